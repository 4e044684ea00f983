import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { startProgram, type ProgramProcess } from './program-process.ts';

/** Workers as an orchestrator runs them: one that ends unasked, or does not start, is started again. */
export interface WorkerPool {
  readonly size: number;
  readonly living: () => readonly ProgramProcess[];
  /** SIGKILL; `downMs` later it is started again. Resolves once it serves. */
  kill(index: number, downMs: number): Promise<void>;
  /** SIGKILL, until it is asked to start again. */
  killUntil(index: number): Promise<{ startAgain(): Promise<void> }>;
  /** SIGTERM, and again as before. Answers its exit code. */
  stop(index: number, downMs: number): Promise<number | null>;
  /** SIGSTOP, and SIGCONT when the time is over. */
  freeze(index: number, forMs: number): Promise<void>;
  /** One more worker for a time, then SIGTERM. Answers its exit code. */
  lend(forMs: number): Promise<number | null>;
  /** How often one ended although nobody had asked it to, and how often one did not start at the first attempt. */
  readonly surprises: () => { readonly ended: number; readonly failedStarts: number };
  readonly logFiles: () => readonly string[];
  close(): Promise<void>;
}

export interface WorkerPoolOptions {
  readonly program: string;
  readonly size: number;
  readonly env: Readonly<Record<string, string>>;
  readonly logFolder: string;
  /** Called with each process as it begins to serve. */
  readonly onStart: (worker: ProgramProcess) => void;
}

const START_WITHIN_MS = 40_000;
/** How long a start is tried again while what it needs is away. */
const KEEP_TRYING_MS = 180_000;
/** More than `SHUTDOWN_GRACE`. */
const STOP_WITHIN_MS = 25_000;

interface Slot {
  readonly logFile: string;
  process: ProgramProcess | null;
  /** Somebody is about to do something with it: its end is no surprise. */
  wanted: boolean;
}

export async function startWorkers(options: WorkerPoolOptions): Promise<WorkerPool> {
  const { program, env, logFolder, size } = options;
  const surprises = { ended: 0, failedStarts: 0 };
  const slots: Slot[] = [];
  let closed = false;

  function addSlot(): Slot {
    const logFile = join(logFolder, `worker-${slots.length + 1}.log`);
    const slot = { logFile, process: null, wanted: true };
    slots.push(slot);
    return slot;
  }

  async function start(slot: Slot): Promise<void> {
    const until = performance.now() + KEEP_TRYING_MS;
    slot.wanted = true;
    while (!closed && slot.process === null) {
      const args = ['start'];
      const startWithinMs = START_WITHIN_MS;
      try {
        const started = await startProgram({ program, args, env, logFile: slot.logFile, startWithinMs });
        slot.process = started;
        void started.gone.then(() => ended(slot, started));
        options.onStart(started);
      } catch (error) {
        surprises.failedStarts += 1;
        if (performance.now() > until) throw error;
        await sleep(500);
      }
    }
    if (closed) await slot.process?.end('SIGKILL', 1_000);
  }

  function ended(slot: Slot, process: ProgramProcess): void {
    if (slot.process !== process) return;
    slot.process = null;
    if (!slot.wanted || closed) return;
    surprises.ended += 1;
    // A failure to come back shows as a run that does not converge.
    void sleep(500)
      .then(() => start(slot))
      .catch(() => undefined);
  }

  /** The slot's process to itself, once it serves: two faults of one worker come one after another. */
  async function taken(index: number): Promise<{ slot: Slot; process: ProgramProcess }> {
    const slot = slots[index % size] as Slot;
    while (slot.process === null || !slot.wanted) await sleep(50);
    slot.wanted = false;
    return { slot, process: slot.process };
  }

  async function end(index: number, signal: 'SIGTERM' | 'SIGKILL', downMs: number): Promise<number | null> {
    const { slot, process } = await taken(index);
    const code = await process.end(signal, STOP_WITHIN_MS);
    slot.process = null;
    await sleep(downMs);
    await start(slot);
    return code;
  }

  const pool: WorkerPool = {
    size,
    living: () => slots.flatMap(({ process }) => (process?.isAlive() ? [process] : [])),
    surprises: () => surprises,
    logFiles: () => slots.map(({ logFile }) => logFile),
    kill: async (index, downMs) => void (await end(index, 'SIGKILL', downMs)),
    async killUntil(index) {
      const { slot, process } = await taken(index);
      await process.end('SIGKILL', STOP_WITHIN_MS);
      slot.process = null;
      return { startAgain: () => start(slot) };
    },
    stop: (index, downMs) => end(index, 'SIGTERM', downMs),
    async freeze(index, forMs) {
      const { slot, process } = await taken(index);
      process.signal('SIGSTOP');
      await sleep(forMs);
      process.signal('SIGCONT');
      slot.wanted = true;
      // A frozen worker may find that it is better to end; whoever runs it starts it again.
      if (!process.isAlive()) await start(slot);
    },
    async lend(forMs) {
      const slot = addSlot();
      await start(slot);
      await sleep(forMs);
      slot.wanted = false;
      return (await slot.process?.end('SIGTERM', STOP_WITHIN_MS)) ?? null;
    },
    async close() {
      closed = true;
      for (const { process } of slots) await process?.end('SIGKILL', 1_000);
    },
  };

  try {
    await Promise.all(Array.from({ length: size }, () => start(addSlot())));
    return pool;
  } catch (error) {
    await pool.close();
    throw error;
  }
}
