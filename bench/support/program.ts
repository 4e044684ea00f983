import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readFileSync } from 'node:fs';
import { createServer, type AddressInfo } from 'node:net';
import { systemClock } from '../../src/runtime/clock.ts';
import { PROGRAM, programFlags } from '../harness/program-flags.ts';

/** `zena-crm start` as a process of its own. */
export interface Program {
  readonly url: string;
  /** When it was spawned, epoch ms with fractions. */
  readonly spawnedAt: number;
  /** From the spawn to the first 200 of `/readyz`, ms. */
  readonly readyMs: number;
  /** What it holds in memory now, MiB; of Linux only. */
  memoryMiB(): number;
  /** Processor time so far, ms; of Linux only. */
  cpuMs(): number;
  stop(): Promise<void>;
}

const LONGEST_START_MS = 60_000;
const POLL_MS = 5;
/** Of Linux' accounting: a hundredth of a second. */
const TICK_MS = 10;

/** Starts it on a free port with nothing but these settings; rejects with what it said when it ends or is never ready. */
export async function startProgram(settings: Readonly<Record<string, string>>): Promise<Program> {
  const port = await freePort();
  const began = performance.now();
  const child = spawn(process.execPath, [...programFlags(), PROGRAM, 'start'], {
    env: { PORT: String(port), ...settings },
    stdio: ['ignore', 'pipe', 'pipe'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-4_000);
    });
  const url = `http://127.0.0.1:${port}`;
  while (!(await isReady(url))) {
    if (child.exitCode !== null) throw new Error(`it ended with ${child.exitCode}: ${said}`);
    if (performance.now() - began > LONGEST_START_MS) throw new Error(`it is not ready: ${said}`);
    await systemClock.sleep(POLL_MS);
  }
  const readyMs = performance.now() - began;
  const pid = child.pid ?? 0;
  return {
    url,
    readyMs,
    spawnedAt: performance.timeOrigin + began,
    memoryMiB: () => Number(/VmRSS:\s+(\d+) kB/.exec(readProc(pid, 'status'))?.[1] ?? Number.NaN) / 1_024,
    cpuMs() {
      // After the name, which may hold blanks, in brackets: state is the third field, the two times the 14th and 15th.
      const fields = readProc(pid, 'stat').split(') ')[1]?.split(' ') ?? [];
      return (Number(fields[11]) + Number(fields[12])) * TICK_MS;
    },
    async stop() {
      if (child.exitCode !== null) return;
      const ended = once(child, 'exit');
      child.kill('SIGTERM');
      await ended;
    },
  };
}

function readProc(pid: number, name: string): string {
  return readFileSync(`/proc/${pid}/${name}`, 'utf8');
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`);
    await response.arrayBuffer();
    return response.ok;
  } catch (error) {
    // Nobody listens yet.
    if (error instanceof TypeError) return false;
    throw error;
  }
}

export async function freePort(): Promise<number> {
  const probe = createServer().listen(0, '127.0.0.1');
  await once(probe, 'listening');
  const { port } = probe.address() as AddressInfo;
  probe.close();
  await once(probe, 'close');
  return port;
}
