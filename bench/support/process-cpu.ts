import { readFileSync } from 'node:fs';

/** Of Linux' accounting: a hundredth of a second. */
const TICK_MS = 10;

/** Processor time so far of a process and of all that it started, also of those that have ended, ms; NaN but on Linux. */
export function processTreeCpuMs(pid: number): number {
  if (process.platform !== 'linux') return Number.NaN;
  const children = readProc(pid, `task/${pid}/children`).trim().split(' ').filter(Boolean);
  return children.reduce((sum, child) => sum + processTreeCpuMs(Number(child)), ownCpuMs(pid));
}

/** With that of its children that have ended. */
function ownCpuMs(pid: number): number {
  // After the name, which may hold blanks, in brackets: state is the third field, the four times the 14th to the 17th.
  const fields = readProc(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
  return fields.slice(11, 15).reduce((sum, ticks) => sum + Number(ticks), 0) * TICK_MS;
}

/** What Linux tells of a process; empty for one that has just ended: its parent counts its time from then on. */
export function readProc(pid: number | string, name: string): string {
  try {
    return readFileSync(`/proc/${pid}/${name}`, 'utf8');
  } catch (error) {
    const { code } = error as NodeJS.ErrnoException;
    if (code === 'ENOENT' || code === 'ESRCH') return '';
    throw error;
  }
}
