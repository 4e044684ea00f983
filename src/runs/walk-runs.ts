import { PROVIDER_UNAVAILABLE, scopeOf, type Connection, type Scope } from '../domain/connection.ts';
import { doneOf, endedTotals, type Run, type RunMotion, type RunStatus } from '../domain/run.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { workFor } from '../runtime/loop-turns.ts';
import type { CrmConnector } from '../connectors/connector.port.ts';
import type { CrmSessions } from '../delivering/crm-sessions.port.ts';
import type { RunProgress } from './run-service.port.ts';
import { readProgress } from './run-progress.ts';
import { advanceRun, WALK_PAGE } from './sync-walk.ts';

export interface RunStepParts {
  readonly store: StateStore;
  readonly sessions: Pick<CrmSessions, 'connector' | 'factsAtHand'>;
  readonly now: () => number;
  /** Whether this process walks the runs of a connection: one process at a time does. */
  readonly mayWalk: (connection: Connection) => boolean;
  /** There is due work in this scope. */
  readonly nudge: (scope: Scope) => void;
  /** More is marked in this scope that is to go together, until this is called. Absent: nothing waits for it. */
  readonly gather?: (scope: Scope) => () => void;
  readonly tell: (progress: RunProgress) => void;
  readonly onEnded: (status: RunStatus) => void;
  /** Processes that may die while they walk one page of a run; 2. Infinite where something else ends processes all the time. */
  readonly mostStarts?: number;
}

interface WalkParts extends RunStepParts {
  /** The run as this process may walk it; null: somebody else wrote it, or it was ended here. */
  readonly begins: (run: Run) => Promise<Run | null>;
}

/** At the third start a run is ended that two processes died with. */
const MOST_STARTS = 2;

/**
 * Writes down that this process walks a run, once, before it does: what it reads may be what ends the process, and would again at each
 * start. Where its walk is over, what is in hand is its links', which are looked after one by one.
 */
function createBeginnings(parts: RunStepParts): WalkParts['begins'] {
  const { store, mostStarts = MOST_STARTS } = parts;
  const begun = new Set<string>();
  return async (run) => {
    if (run.cursor === null || begun.has(run.runId)) return run;
    const starts = (run.starts ?? 0) + 1;
    if (starts > mostStarts) {
      await endRun(parts, run, 'failed');
      return null;
    }
    const next: Run = { ...run, starts, revision: run.revision + 1 };
    if (!(await store.runs.replace(next, run.revision))) return null;
    // Runs end all the time: who is forgotten is only written down once more.
    if (begun.size >= OPEN_RUNS) begun.clear();
    begun.add(run.runId);
    return next;
  };
}

/** A run never has more than this marked and not yet settled: a full sync of a million records is a thousand at a time. */
const MOST_OUTSTANDING = 1_000;
/** Where the CRM has jobs, as much as so many of them carry. */
const JOBS_OUTSTANDING = 4;

/** What goes with a job waits for it, and others are got ready meanwhile. */
function mostOutstanding({ kinds }: Pick<CrmConnector, 'kinds'>): number {
  const jobs = Object.values(kinds).map(({ batch }) => batch?.createJob?.most ?? 0);
  return Math.max(MOST_OUTSTANDING, JOBS_OUTSTANDING * Math.max(0, ...jobs));
}

/**
 * So many are marked before somebody delivers them: as many as a job carries, where the run may have them. Told of page by page, they would be
 * gone before so many are due, and none would ever go with a job.
 */
function goTogether({ kinds }: Pick<CrmConnector, 'kinds'>, { total }: Pick<Run, 'total'>): number {
  const jobs = Object.values(kinds).flatMap(({ batch }) => batch?.createJob ?? []);
  return Math.max(0, ...jobs.filter(({ from }) => total >= from).map(({ most }) => most));
}

/** One look at an open run: walk on, finish, or note that it waits. False: another process walks it. */
async function stepRun(parts: WalkParts, run: Run): Promise<boolean> {
  const { store } = parts;
  const connection = await store.connections.read(run.connectionId);
  if (connection !== null && !parts.mayWalk(connection)) return false;
  const begun = await parts.begins(run);
  if (begun !== null) await workFor(run.userId, () => walkOn(parts, begun, connection));
  return true;
}

async function walkOn(parts: RunStepParts, run: Run, connection: Connection | null): Promise<void> {
  const { store, now } = parts;
  const connector = connection === null ? null : parts.sessions.connector(connection);
  const left =
    connection?.status === 'disconnected' || (connection !== null && scopeOf(connection) !== run.scope);
  if (connection === null || left) {
    await endRun(parts, run, 'cancelled');
    return;
  }
  if (connector === null) {
    // The operator can give it what it lacks.
    await noteWaiting(parts, run, await readProgress(store, run, now()), PROVIDER_UNAVAILABLE);
    return;
  }
  const marked = await markMore(parts, run, connection, connector);
  if (marked === null) {
    await dropIfCancelled(parts, run.runId);
    return;
  }
  const { current, progress } = marked;
  const motion = current.cursor === null ? await store.links.runMotion(run, now()) : 'now';
  if (motion === 'none') await endRun(parts, current, 'completed');
  else await noteWaiting(parts, current, progress, waitingReason(connection, progress, motion));
}

/**
 * Marks as much as there is room for, page by page; where it is to go with jobs, what one carries, before anything of it is begun. Null: somebody
 * else wrote the run meanwhile.
 */
async function markMore(
  parts: RunStepParts,
  run: Run,
  connection: Connection,
  connector: CrmConnector,
): Promise<{ readonly current: Run; readonly progress: RunProgress } | null> {
  const { store, now } = parts;
  const together = goTogether(connector, run);
  const most = mostOutstanding(connector);
  let current = run;
  let progress = await readProgress(store, run, now());
  let marked = 0;
  const isRoom = (): boolean =>
    current.cursor !== null &&
    progress.totals.outstanding + Math.max(WALK_PAGE, together - marked) <= most &&
    (together === 0 || marked < together);
  const letGo = (together > 0 && isRoom() && parts.gather?.(run.scope)) || null;
  try {
    while (isRoom()) {
      const moved = await advanceRun(store, connection, connector, current, now());
      if (moved === null) return null;
      if (letGo === null) parts.nudge(run.scope);
      marked += WALK_PAGE;
      current = moved;
      progress = await readProgress(store, current, now());
    }
  } finally {
    letGo?.();
  }
  if (letGo !== null) parts.nudge(run.scope);
  return { current, progress };
}

/** Cancelled while a page was being marked: those marks came after the others were dropped. */
async function dropIfCancelled({ store }: RunStepParts, runId: string): Promise<void> {
  const run = await store.runs.read(runId);
  if (run?.status === 'cancelled') await store.links.dropRun(runId);
}

/** Null: somebody else wrote the run meanwhile. What completes with failures is told by its totals. */
export async function endRun(
  parts: RunStepParts,
  run: Run,
  end: 'completed' | 'cancelled' | 'failed',
): Promise<Run | null> {
  const { store, now } = parts;
  const status = end === 'failed' ? 'completed_with_failures' : end;
  const known = endedTotals((await readProgress(store, run, now())).totals, status);
  // What it never got to is not synced: nothing else will tell.
  const left = end === 'failed' ? Math.max(0, run.total - doneOf(known)) : 0;
  const totals = { ...known, failed: known.failed + left };
  const failures = totals.failed + totals.retrying > 0;
  return await writeEnd(parts, run, {
    status: end === 'completed' && failures ? 'completed_with_failures' : status,
    totals,
    reason: end === 'failed' ? 'PROCESS_DIED' : null,
  });
}

async function writeEnd(
  parts: RunStepParts,
  run: Run,
  end: Pick<Run, 'status' | 'totals' | 'reason'>,
): Promise<Run | null> {
  const { store, now } = parts;
  const { status } = end;
  const finishedAt = now();
  const ended: Run = { ...run, ...end, finishedAt, revision: run.revision + 1 };
  // Before the run's own end, which is written once: after a crash in between it is ended, and told of, again.
  if (status !== 'cancelled' && end.reason === null)
    await store.connections.touchLastSync(run.connectionId, finishedAt);
  if (!(await store.runs.replace(ended, run.revision))) return null;
  if (status === 'cancelled') await store.links.dropRun(run.runId);
  parts.onEnded(status);
  parts.tell(await readProgress(store, ended, now()));
  return ended;
}

async function noteWaiting(
  parts: RunStepParts,
  run: Run,
  progress: RunProgress,
  reason: string | null,
): Promise<void> {
  const status: RunStatus = reason === null ? 'running' : 'waiting';
  if (run.status === status && run.reason === reason) {
    parts.tell(progress);
    return;
  }
  const next: Run = { ...run, status, reason, revision: run.revision + 1 };
  if (await parts.store.runs.replace(next, run.revision)) parts.tell({ ...progress, run: next });
}

/**
 * Why nothing moves: the connection, or no call has got through, also before the connection counts as unreachable. A pause that the CRM
 * asked for is none.
 */
function waitingReason(
  { status, health }: Connection,
  progress: RunProgress,
  motion: RunMotion,
): string | null {
  if (status !== 'active') return status.toUpperCase();
  if (health.state === 'unreachable') return health.reason ?? 'UNREACHABLE';
  const { created, updated, deleted, superseded } = progress.totals;
  const nothingWorked = created + updated + deleted + superseded === 0;
  return motion === 'later' && nothingWorked && health.state !== 'rate_limited' ? 'RETRYING' : null;
}

/** Moves the open runs of full syncs on. */
export interface RunWalker {
  /** One look at each of them. */
  walkAll(): Promise<RunsLook>;
  /** Nothing of the connection is left to deliver: a run that this ends, or lets walk on, need not wait for the next look. */
  rested(connectionId: string): void;
  /** Looks at nothing more; resolves when it is at nothing. */
  stop(): Promise<void>;
}

interface RunsLook {
  readonly open: number;
  /** The ids of those that this process walks. */
  readonly walked: ReadonlySet<string>;
}

interface RunWalkerOptions extends RunStepParts {
  readonly onError: (event: string, error: unknown) => void;
}

const OPEN_RUNS = 10_000;

export function createRunWalker(options: RunWalkerOptions): RunWalker {
  const { store } = options;
  const walking: WalkParts = { ...options, begins: createBeginnings(options) };
  /** Connections with an open run, as of the last look at all. */
  let connections: ReadonlySet<string> = new Set();
  /** Runs that a step is at. */
  const stepped = new Set<string>();
  const looks = new Set<Promise<boolean>>();
  let stopped = false;

  /** True where this process walks it. One run's fault must not hold up the others; it is tried again at the next look. */
  async function step(run: Run): Promise<boolean> {
    if (stepped.has(run.runId)) return true;
    stepped.add(run.runId);
    try {
      return await stepRun(walking, run);
    } catch (error) {
      options.onError('run_step_failed', error);
      return false;
    } finally {
      stepped.delete(run.runId);
    }
  }

  async function lookAt(connectionId: string): Promise<boolean> {
    try {
      const run = await store.runs.findOpen(connectionId);
      return run !== null && (await step(run));
    } catch (error) {
      options.onError('run_step_failed', error);
      return false;
    }
  }

  return {
    async walkAll() {
      const open = await store.runs.listOpen(OPEN_RUNS);
      connections = new Set(open.map(({ connectionId }) => connectionId));
      const walked = new Set<string>();
      for (const run of open) if (await step(run)) walked.add(run.runId);
      return { open: open.length, walked };
    },
    rested(connectionId) {
      if (stopped || !connections.has(connectionId)) return;
      const look = lookAt(connectionId).finally(() => looks.delete(look));
      looks.add(look);
    },
    async stop() {
      stopped = true;
      await Promise.all(looks);
    },
  };
}
