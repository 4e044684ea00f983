import type { Connection } from '../../src/domain/connection.ts';
import { scopeOf } from '../../src/domain/connection.ts';
import { doneOf, ENDED_RUN_STATUSES, runTotals, totalOf, type Run } from '../../src/domain/run.ts';
import type { RunProgress, RunService, SyncPreview } from '../../src/runs/run-service.port.ts';
import type { StateStore } from '../../src/state-store/state-store.port.ts';
import { run as runWith } from '../support/builders.ts';

/** Runs that stand in the real store and move only when the test says so. */
export interface FakeRuns extends RunService {
  /** What `wait` makes of a run before it answers; by default nothing, as if the time had passed. */
  whileWaiting: ((runId: string) => Promise<void>) | null;
  readonly waits: number[];
  preview: RunService['preview'];
  patch(runId: string, change: Partial<Run>): Promise<void>;
}

export function createFakeRuns(store: StateStore, now: () => number): FakeRuns {
  const listeners = new Map<string, Set<(progress: RunProgress) => void>>();
  let made = 0;

  const progress = async (runId: string): Promise<RunProgress | null> => {
    const run = await store.runs.read(runId);
    if (run === null) return null;
    const totals = runTotals(run, await store.links.countRun(runId));
    const [total, done] = [totalOf(run, totals), doneOf(totals)];
    return { run, totals, total, done, ratePerSecond: null, etaSeconds: null };
  };
  const fake: FakeRuns = {
    whileWaiting: null,
    waits: [],
    async start(connection) {
      const open = await store.runs.findOpen(connection.connectionId);
      if (open !== null) return open;
      const run = newRun(connection, `run-${connection.connectionId}-${++made}`, now());
      await store.runs.insert(run);
      return run;
    },
    progress,
    async wait(runId, untilMs) {
      fake.waits.push(untilMs);
      await fake.whileWaiting?.(runId);
      return progress(runId);
    },
    onProgress(runId, listener) {
      const set = listeners.get(runId) ?? new Set();
      listeners.set(runId, set.add(listener));
      return () => set.delete(listener);
    },
    async cancel(runId) {
      const run = await store.runs.read(runId);
      if (run === null || ENDED_RUN_STATUSES.includes(run.status)) return run;
      await fake.patch(runId, { status: 'cancelled', finishedAt: now() });
      return store.runs.read(runId);
    },
    preview: () => Promise.resolve(EMPTY_PREVIEW),
    async patch(runId, change) {
      const run = await store.runs.read(runId);
      if (run === null) throw new TypeError(`there is no run ${runId}`);
      await store.runs.replace({ ...run, ...change, revision: run.revision + 1 }, run.revision);
      const told = await progress(runId);
      if (told !== null) for (const listener of listeners.get(runId) ?? []) listener(told);
    },
  };
  return fake;
}

function newRun(connection: Connection, runId: string, createdAt: number): Run {
  return runWith(runId, {
    connectionId: connection.connectionId,
    scope: scopeOf(connection),
    userId: connection.owner.id,
    provider: connection.provider,
    createdAt,
  });
}

const EMPTY_PREVIEW: SyncPreview = {
  total: 0,
  wouldCreateOrAdopt: 0,
  wouldUpdate: 0,
  wouldDelete: 0,
  unchanged: 0,
  superseded: 0,
  skipped: 0,
  wouldWait: 0,
  wouldFail: 0,
  items: [],
  truncated: false,
};
