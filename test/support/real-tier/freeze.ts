import { execFile } from 'node:child_process';
import { readdir, readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';

const run = promisify(execFile);

/** The states of a process's threads, as `ps` shows them; elsewhere than on Linux that of the whole process. */
const threadStates = async (pid: number): Promise<string[]> => {
  if (process.platform !== 'linux') {
    const { stdout } = await run('ps', ['-o', 'state=', '-p', String(pid)]);
    return [stdout.trim().slice(0, 1)];
  }
  const folder = `/proc/${pid}/task`;
  const stats = await Promise.all(
    (await readdir(folder)).map((thread) => readFile(`${folder}/${thread}/stat`, 'utf8')),
  );
  // The name before it, in brackets, may hold anything.
  return stats.map((stat) => stat.slice(stat.lastIndexOf(')') + 2).slice(0, 1));
};

/**
 * Stops a process (SIGSTOP) and resolves once none of its threads runs any more. On a busy machine that takes a while after the signal was
 * sent: until the thread that is to take it gets the processor, the others go on answering.
 */
export const freeze = async (pid: number): Promise<void> => {
  process.kill(pid, 'SIGSTOP');
  while ((await threadStates(pid)).some((state) => state !== 'T')) await sleep(5);
};
