import { doneOf, ENDED_RUN_STATUSES, runTotals, totalOf, type Run } from '../domain/run.ts';
import type { Clock } from '../runtime/clock.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { RunProgress } from './run-service.port.ts';

/** How far a run is, from its cursor and from what its links say. */
export async function readProgress(
  store: Pick<StateStore, 'links'>,
  run: Run,
  now: number,
): Promise<RunProgress> {
  const totals = run.totals ?? runTotals(run, await store.links.countRun(run.runId));
  const done = doneOf(totals);
  const total = totalOf(run, totals);
  const seconds = ((run.finishedAt ?? now) - run.createdAt) / 1_000;
  const ratePerSecond = done > 0 && seconds > 0 ? done / seconds : null;
  const etaSeconds = run.finishedAt === null ? etaOf(total - done, ratePerSecond) : 0;
  return { run, totals, total, done, ratePerSecond, etaSeconds };
}

function etaOf(left: number, ratePerSecond: number | null): number | null {
  return ratePerSecond === null ? null : Math.ceil(left / ratePerSecond);
}

/** Who watches runs in this process. */
export interface ProgressListeners {
  add(runId: string, listener: (progress: RunProgress) => void): () => void;
  tell(progress: RunProgress): void;
  /** The runs that somebody watches. */
  watched(): readonly string[];
}

export function createProgressListeners(): ProgressListeners {
  const listeners = new Map<string, Set<(progress: RunProgress) => void>>();
  return {
    add(runId, listener) {
      const set = listeners.get(runId) ?? new Set();
      listeners.set(runId, set.add(listener));
      return () => {
        set.delete(listener);
        if (set.size === 0) listeners.delete(runId);
      };
    },
    tell(progress) {
      for (const listener of listeners.get(progress.run.runId) ?? []) listener(progress);
    },
    watched: () => [...listeners.keys()],
  };
}

export interface WaitParts {
  readonly listeners: ProgressListeners;
  readonly progress: (runId: string) => Promise<RunProgress | null>;
  readonly clock: Pick<Clock, 'sleep'>;
}

/** Resolves when the run ended or waits, after `untilMs`, or when `signal` aborts; with the progress then. Null: no such run. */
export async function waitUntilSettled(
  { listeners, progress, clock }: WaitParts,
  runId: string,
  untilMs: number,
  signal: AbortSignal,
): Promise<RunProgress | null> {
  const settled = new AbortController();
  let last: RunProgress | null = null;
  // Listening comes before reading, so that no end falls in between.
  const off = listeners.add(runId, (next) => {
    last = next;
    if (isSettled(next.run)) settled.abort();
  });
  try {
    const first = await progress(runId);
    if (first === null || isSettled(first.run)) return first;
    await clock.sleep(untilMs, AbortSignal.any([signal, settled.signal])).catch(() => undefined);
    return last ?? first;
  } finally {
    off();
  }
}

/** Ended, or waiting for something that a caller need not wait for. */
function isSettled(run: Run): boolean {
  return run.status === 'waiting' || ENDED_RUN_STATUSES.includes(run.status);
}
