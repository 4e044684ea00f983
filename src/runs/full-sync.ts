import { scopeOf, type Connection } from '../domain/connection.ts';
import { ENDED_RUN_STATUSES, NONE_PASSED, type Run } from '../domain/run.ts';
import type { Clock } from '../runtime/clock.ts';
import { workFor } from '../runtime/loop-turns.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import type { Random } from '../runtime/random.ts';
import type { FactsAtHand } from './informed-draft.ts';
import { previewSync } from './preview-sync.ts';
import type { RunProgress, RunService } from './run-service.port.ts';
import { createProgressListeners, readProgress, waitUntilSettled } from './run-progress.ts';
import { createRunWalker, endRun, type RunStepParts } from './walk-runs.ts';

export interface FullSyncOptions extends Omit<RunStepParts, 'now' | 'tell'> {
  readonly clock: Clock;
  readonly random: Random;
  readonly onError: (event: string, error: unknown) => void;
  /** Whether this process walks runs, or only starts and watches them. */
  readonly walks: boolean;
}

export interface FullSyncs extends RunService {
  /** Goes on with the runs that an earlier process left. */
  begin(): void;
  /** Nothing of the connection is left to deliver: if that ends a run, or lets it walk on, it does so at once. */
  rested(connectionId: string): void;
  stop(): Promise<void>;
}

/** Between looks at the progress of open runs, ms; while none is open, only another process's could appear. */
const TICK_MS = 250;
const IDLE_TICK_MS = 2_000;

export function createFullSyncs(options: FullSyncOptions): FullSyncs {
  const { store, clock } = options;
  const listeners = createProgressListeners();
  const parts: RunStepParts = { ...options, now: () => clock.now(), tell: listeners.tell };
  const walker = createRunWalker({ ...parts, onError: options.onError });
  let loop: PeriodicLoop | null = null;
  let idle = false;

  async function walkAll(): Promise<void> {
    const { open, walked } = await walker.walkAll();
    idle = open === 0;
    await watchOthers(walked);
  }

  /** What another process walks is read for those who watch here, the end included. */
  async function watchOthers(walked: ReadonlySet<string>): Promise<void> {
    for (const runId of listeners.watched()) {
      if (walked.has(runId)) continue;
      const read = await progress(runId);
      if (read !== null) listeners.tell(read);
    }
  }

  const progress = async (runId: string): Promise<RunProgress | null> => {
    const run = await store.runs.read(runId);
    return run === null ? null : await readProgress(store, run, clock.now());
  };

  async function start(connection: Connection): Promise<Run> {
    for (;;) {
      const open = await store.runs.findOpen(connection.connectionId);
      if (open !== null && open.createdAt >= connection.connectedAt) return open;
      if (open !== null) {
        // Of an earlier time: what it walked past may have changed while nobody was connected.
        await endRun(parts, open, 'cancelled');
        continue;
      }
      const total = await store.records.count(connection.owner.id);
      const run = newRun(connection, options.random.uuid(), clock.now(), total);
      if (!(await store.runs.insert(run))) continue;
      idle = false;
      loop?.wake();
      return run;
    }
  }

  async function cancel(runId: string): Promise<Run | null> {
    for (;;) {
      const run = await store.runs.read(runId);
      if (run === null || ENDED_RUN_STATUSES.includes(run.status)) return run;
      const ended = await endRun(parts, run, 'cancelled');
      if (ended !== null) return ended;
    }
  }

  return {
    begin() {
      loop = startPeriodicLoop({
        run: () => (options.walks ? walkAll() : watchOthers(new Set())),
        waitMs: () => (options.walks && idle ? IDLE_TICK_MS : TICK_MS),
        clock,
        onError: (error) => {
          options.onError('run_loop_failed', error);
        },
      });
    },
    rested: (connectionId) => walker.rested(connectionId),
    stop: async () => {
      await loop?.stop();
      await walker.stop();
    },
    start,
    progress,
    cancel,
    onProgress: listeners.add,
    wait: (runId, untilMs, signal) =>
      waitUntilSettled({ listeners, progress, clock }, runId, untilMs, signal),
    async preview(connection, limit) {
      const connector = options.sessions.connector(connection);
      if (connector === null) throw new TypeError(`no connector for ${connection.provider}`);
      const facts: FactsAtHand = (names) => options.sessions.factsAtHand(connection, names);
      const parts = { store, connector, now: clock.now(), facts };
      // Long, and so no piece that is brought to its end before others begin.
      return await workFor(connection.owner.id, () => previewSync(parts, connection, limit));
    },
  };
}

function newRun(connection: Connection, runId: string, now: number, total: number): Run {
  return {
    runId,
    connectionId: connection.connectionId,
    scope: scopeOf(connection),
    userId: connection.owner.id,
    provider: connection.provider,
    status: 'running',
    createdAt: now,
    finishedAt: null,
    cursor: { kind: 'contact', after: null },
    walked: 0,
    total,
    unchanged: { contact: 0, property: 0, deal: 0 },
    passed: NONE_PASSED,
    totals: null,
    reason: null,
    revision: 1,
  };
}
