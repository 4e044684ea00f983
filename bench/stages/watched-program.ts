import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { systemClock } from '../../src/runtime/clock.ts';
import { PROGRAM, programFlags } from '../harness/program-flags.ts';
import { freePort } from '../support/program.ts';
import type { LoopAsk, LoopReport } from '../neighbour/loop-watch.ts';

/** The heap that the program must do with, MiB. */
export const HEAP_MIB = 512;

/** `zena-crm start` with a small heap, in a process of its own that tells how its event loop fares. */
export interface WatchedProgram {
  readonly url: string;
  /** Null once it has ended. */
  report(): Promise<LoopReport | null>;
  /** What it does with the processor from now on is written into the folder at `endProfile`. */
  profile(folder: string, label: string): void;
  endProfile(): void;
  /** How it ended unasked, and its last words; null while it runs. */
  ended(): string | null;
  stop(): Promise<void>;
}

const LONGEST_START_MS = 60_000;
const LONGEST_REPORT_MS = 60_000;
const WATCH = new URL('../neighbour/loop-watch.ts', import.meta.url).href;

export async function startWatchedProgram(
  settings: Readonly<Record<string, string>>,
): Promise<WatchedProgram> {
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const flags = [...programFlags(), `--max-old-space-size=${HEAP_MIB}`, '--import', WATCH];
  const child = spawn(process.execPath, [...flags, PROGRAM, 'start'], {
    env: { PORT: String(port), ...settings },
    stdio: ['ignore', 'pipe', 'pipe', 'ipc'],
  });
  let said = '';
  for (const stream of [child.stdout, child.stderr])
    stream?.on('data', (chunk: Buffer) => {
      said = (said + chunk.toString('utf8')).slice(-2_000);
    });
  let asked = false;
  const exited = once(child, 'exit');
  const ended = (): string | null => {
    if (asked || (child.exitCode === null && child.signalCode === null)) return null;
    const [, reason] = /FATAL ERROR: ([^\n]*)/.exec(said) ?? [];
    return `${child.signalCode ?? `exit ${String(child.exitCode)}`}: ${reason ?? said.slice(-300)}`;
  };
  const until = performance.now() + LONGEST_START_MS;
  while (!(await isReady(url))) {
    const end = ended();
    if (end !== null) throw new Error(`the program ended at its start: ${end}`);
    if (performance.now() > until) throw new Error(`the program is not ready: ${said}`);
    await systemClock.sleep(20);
  }
  const ask = (message: LoopAsk): void => {
    if (ended() === null && child.connected) child.send(message, () => undefined);
  };
  return {
    url,
    ended,
    profile: (folder, label) => ask({ ask: 'profile', folder, label }),
    endProfile: () => ask({ ask: 'end-profile' }),
    async report() {
      if (ended() !== null || !child.connected) return null;
      ask({ ask: 'report' });
      const reported = new AbortController();
      const signal = AbortSignal.any([AbortSignal.timeout(LONGEST_REPORT_MS), reported.signal]);
      const answered = once(child, 'message', { signal }).catch(() => null);
      const found = await Promise.race([answered, exited.then(() => null)]);
      reported.abort();
      return (found?.[0] as LoopReport | undefined) ?? null;
    },
    async stop() {
      asked = true;
      if (child.exitCode !== null || child.signalCode !== null) return;
      child.kill('SIGTERM');
      const kill = setTimeout(() => child.kill('SIGKILL'), 30_000);
      await exited;
      clearTimeout(kill);
    },
  };
}

async function isReady(url: string): Promise<boolean> {
  try {
    const response = await fetch(`${url}/readyz`);
    await response.arrayBuffer();
    return response.ok;
  } catch {
    return false;
  }
}
