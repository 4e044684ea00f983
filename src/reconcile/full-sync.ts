import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import { scopeOf, type Connection, type Scope } from '../domain/connection.ts';
import { ENDED_RUN_STATUSES, runTotals, type Run, type RunStatus } from '../domain/run.ts';
import type { StateStore } from '../state-store/state-store.ts';
import type { CrmSessions } from './crm-sessions.ts';
import { previewSync } from './preview-sync.ts';
import type { RunProgress, RunService } from './reconciler.ts';
import { advanceRun } from './sync-walk.ts';

export interface FullSyncOptions {
  readonly store: StateStore;
  readonly sessions: Pick<CrmSessions, 'definition'>;
  readonly clock: Clock;
  readonly random: Random;
  /** There is due work in this scope. */
  readonly nudge: (scope: Scope) => void;
  readonly onEnded: (status: RunStatus) => void;
  readonly onError: (event: string, error: unknown) => void;
  /** Whether this process walks runs, or only starts and watches them. */
  readonly walks: boolean;
}

export interface FullSyncs extends RunService {
  /** Goes on with the runs that an earlier process left. */
  begin(): void;
  stop(): Promise<void>;
}

/** A run never has more than this marked and not yet settled: a full sync of a million records is a thousand at a time. */
const MOST_OUTSTANDING = 1_000;
/** Between looks at the progress of open runs, ms. */
const TICK_MS = 250;
const OPEN_RUNS = 10_000;

export function createFullSyncs(options: FullSyncOptions): FullSyncs {
  const { store, clock } = options;
  const listeners = new Map<string, Set<(progress: RunProgress) => void>>();
  let loop: PeriodicLoop | null = null;
  let idle = false;

  const progressOf = async (run: Run): Promise<RunProgress> => {
    const totals = runTotals(run, await store.links.countRun(run.runId));
    const done = Math.max(0, run.walked - totals.outstanding);
    const seconds = ((run.finishedAt ?? clock.now()) - run.createdAt) / 1_000;
    const rate = done > 0 && seconds > 0 ? done / seconds : null;
    const left = Math.max(0, run.total - done);
    const etaSeconds = run.finishedAt !== null ? 0 : rate === null ? null : Math.ceil(left / rate);
    return { run, totals, ratePerSecond: rate, etaSeconds };
  };

  const tell = (progress: RunProgress): void => {
    for (const listener of listeners.get(progress.run.runId) ?? []) listener(progress);
  };

  /** One look at every open run: walk on, finish, or note that it waits. */
  async function tick(): Promise<void> {
    const open = await store.runs.listOpen(OPEN_RUNS);
    idle = open.length === 0;
    for (const run of open) {
      try {
        if (options.walks) await step(run);
        else tell(await progressOf(run));
      } catch (error) {
        // One run's fault must not hold up the others; it is tried again at the next tick.
        options.onError('run_step_failed', error);
      }
    }
  }

  async function step(run: Run): Promise<void> {
    const connection = await store.connections.read(run.connectionId);
    const definition = connection === null ? null : options.sessions.definition(connection.provider);
    if (
      connection === null ||
      definition === null ||
      connection.status === 'disconnected' ||
      scopeOf(connection) !== run.scope
    ) {
      await end(run, 'cancelled');
      return;
    }
    let current = run;
    let progress = await progressOf(run);
    while (current.cursor !== null && progress.totals.outstanding < MOST_OUTSTANDING) {
      const moved = await advanceRun(store, connection, definition, current, clock.now());
      if (moved === null) return;
      options.nudge(run.scope);
      current = moved;
      progress = await progressOf(current);
    }
    if (current.cursor === null && progress.totals.outstanding === 0) {
      await end(current, progress.totals.failed > 0 ? 'completed_with_failures' : 'completed');
      return;
    }
    await noteWaiting(current, connection, progress);
  }

  async function noteWaiting(run: Run, connection: Connection, progress: RunProgress): Promise<void> {
    const reason = waitingReason(connection, progress);
    const status: RunStatus = reason === null ? 'running' : 'waiting';
    if (run.status === status && run.reason === reason) {
      tell(progress);
      return;
    }
    const next: Run = { ...run, status, reason, revision: run.revision + 1 };
    if (await store.runs.replace(next, run.revision)) tell({ ...progress, run: next });
  }

  async function end(run: Run, status: RunStatus): Promise<Run | null> {
    const ended: Run = { ...run, status, reason: null, finishedAt: clock.now(), revision: run.revision + 1 };
    if (!(await store.runs.replace(ended, run.revision))) return null;
    if (status === 'cancelled') await store.links.dropRun(run.runId);
    options.onEnded(status);
    tell(await progressOf(ended));
    return ended;
  }

  async function wait(runId: string, untilMs: number, signal: AbortSignal): Promise<RunProgress | null> {
    const first = await store.runs.read(runId);
    if (first === null) return null;
    let last = await progressOf(first);
    if (isSettled(last.run)) return last;
    const { promise, resolve } = Promise.withResolvers<void>();
    const off = onProgress(runId, (progress) => {
      last = progress;
      if (isSettled(progress.run)) resolve();
    });
    const timer = new AbortController();
    const sleep = clock.sleep(untilMs, AbortSignal.any([signal, timer.signal])).catch(() => undefined);
    await Promise.race([promise, sleep]);
    timer.abort();
    off();
    return last;
  }

  function onProgress(runId: string, listener: (progress: RunProgress) => void): () => void {
    const set = listeners.get(runId) ?? new Set();
    listeners.set(runId, set.add(listener));
    return () => {
      set.delete(listener);
      if (set.size === 0) listeners.delete(runId);
    };
  }

  return {
    begin() {
      loop = startPeriodicLoop({
        run: tick,
        // With nothing open only another process's runs could appear; those may wait a little.
        waitMs: () => (idle ? TICK_MS * 8 : TICK_MS),
        clock,
        onError: (error) => {
          options.onError('run_loop_failed', error);
        },
      });
    },
    async stop() {
      await loop?.stop();
    },
    async start(connection) {
      for (;;) {
        const open = await store.runs.findOpen(connection.connectionId);
        if (open !== null) return open;
        const run = newRun(
          connection,
          options.random.uuid(),
          clock.now(),
          await store.records.count(connection.owner.id),
        );
        if (!(await store.runs.insert(run))) continue;
        idle = false;
        loop?.wake();
        return run;
      }
    },
    async progress(runId) {
      const run = await store.runs.read(runId);
      return run === null ? null : await progressOf(run);
    },
    wait,
    onProgress,
    async cancel(runId) {
      for (;;) {
        const run = await store.runs.read(runId);
        if (run === null || ENDED_RUN_STATUSES.includes(run.status)) return run;
        const ended = await end(run, 'cancelled');
        if (ended !== null) return ended;
      }
    },
    async preview(connection, limit) {
      const definition = options.sessions.definition(connection.provider);
      if (definition === null) throw new TypeError(`no connector for ${connection.provider}`);
      return await previewSync(store, connection, definition, limit);
    },
  };
}

/** Ended, or waiting for something that a caller need not wait for. */
function isSettled(run: Run): boolean {
  return run.status === 'waiting' || ENDED_RUN_STATUSES.includes(run.status);
}

/** Why nothing moves: the connection, or every record that is left is backing off. */
function waitingReason(connection: Connection, progress: RunProgress): string | null {
  if (connection.status !== 'active') return connection.status.toUpperCase();
  if (connection.health.state === 'unreachable') return connection.health.reason ?? 'UNREACHABLE';
  const { outstanding, retrying } = progress.totals;
  return progress.run.cursor === null && outstanding > 0 && outstanding === retrying ? 'RETRYING' : null;
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
    reason: null,
    revision: 1,
  };
}
