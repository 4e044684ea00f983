import type { Scope } from '../domain/connection.ts';
import { createLeftClaims } from './steps/left-claims.ts';
import { createSuspects } from './suspects.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import { createByteRoom } from './byte-room.ts';
import { startConnectionWorker, type ConnectionWorker, type WorkerEnd } from './connection-worker.ts';
import type { Lease } from '../ownership/ownership.port.ts';
import { createKeyedMutex } from '../runtime/keyed-mutex.ts';
import type { Reconciler } from './reconciler.port.ts';
import type { DeliveryParts } from './round.ts';

export interface ReconcileLoopOptions extends Omit<
  DeliveryParts,
  'mutex' | 'room' | 'suspects' | 'leftClaims' | 'gathering'
> {
  /** How often the store is asked for due work that no hint told of, ms. */
  readonly pollEveryMs: number;
  /** Nothing of the connection is left to deliver by now. Must not throw. */
  readonly onRested: (connectionId: string) => void;
  /** A record that so many processes died with in hand is set aside; 2. Infinite where something else ends processes all the time. */
  readonly mostStarts?: number;
}

/** Scopes asked for in one poll. */
const SCOPES_A_POLL = 1_000;
/**
 * How long a connection that may not be worked on is left alone, unless a change is told of, ms: one that is paused or has refused
 * credentials, and one whose budget is another worker's (with its next credentials it may be this one's).
 */
const REST_MS: Readonly<Record<Exclude<WorkerEnd, 'idle'>, number>> = { not_active: 30_000, not_ours: 5_000 };
/** Every so many polls, work that was settled but not finished is looked for: wakes and letters that nobody was told of. */
const POLLS_A_SWEEP = 10;

/** What all connections share of this process. */
function deliveryParts(options: ReconcileLoopOptions, gathering: ReadonlyMap<string, number>): DeliveryParts {
  const suspects = createSuspects(options.mostStarts);
  const leftClaims = createLeftClaims();
  return {
    ...options,
    mutex: createKeyedMutex(),
    room: createByteRoom(),
    suspects,
    leftClaims,
    gathering,
  };
}

/** Holds a connection until it is let go; only the first letting go counts. */
function holdIn(gathering: Map<string, number>, connectionId: string): () => void {
  const add = (by: 1 | -1): void => {
    const held = (gathering.get(connectionId) ?? 0) + by;
    if (held > 0) gathering.set(connectionId, held);
    else gathering.delete(connectionId);
  };
  add(1);
  let isHeld = true;
  return () => {
    if (isHeld) add(-1);
    isHeld = false;
  };
}

/** One worker per connection that has due work; hints start it at once, the poll finds what hints missed. */
export function createReconcileLoop(options: ReconcileLoopOptions): Reconciler {
  const { store, clock, outlets } = options;
  const gathering = new Map<string, number>();
  const parts = deliveryParts(options, gathering);
  const workers = new Map<string, ConnectionWorker>();
  const restUntil = new Map<string, number>();
  let stopping = false;
  let polls = 0;
  let poll: PeriodicLoop | null = null;
  let stopped: Promise<void> | null = null;

  function ensureWorker(connectionId: string, asked = false): void {
    if (stopping) return;
    const running = workers.get(connectionId);
    const worker = running ?? startConnectionWorker(parts, connectionId);
    // Also who connects, resumes or sets it anew.
    if (asked) worker.state.ask();
    if (running !== undefined) return void running.state.nudge();
    workers.set(connectionId, worker);
    worker.ended
      .then((end) => {
        workers.delete(connectionId);
        // Resumed while it still saw a connection that was paused: what it says of it is out of date.
        if (worker.state.stale) ensureWorker(connectionId);
        else if (end !== 'idle') restUntil.set(connectionId, clock.monotonic() + REST_MS[end]);
        else if (worker.state.nudged) ensureWorker(connectionId);
        else options.onRested(connectionId);
      })
      .catch((error: unknown) => {
        workers.delete(connectionId);
        outlets.onError('connection_worker_failed', error);
      });
  }

  async function pollDue(): Promise<void> {
    const now = clock.monotonic();
    for (const [connectionId, until] of restUntil) if (until <= now) restUntil.delete(connectionId);
    (await store.links.dueScopes(clock.now(), SCOPES_A_POLL)).forEach(nudge);
    if (polls++ % POLLS_A_SWEEP === 0) (await store.links.unfinishedScopes(SCOPES_A_POLL)).forEach(nudge);
  }

  function nudge(scope: Scope): void {
    const connectionId = connectionOf(scope);
    if (!restUntil.has(connectionId)) ensureWorker(connectionId);
  }

  return {
    start() {
      poll = startPeriodicLoop({
        run: pollDue,
        waitMs: options.pollEveryMs,
        clock,
        onError: (error) => void outlets.onError('due_poll_failed', error),
      });
    },
    stop(graceMs) {
      stopped ??= stopAll(graceMs);
      return stopped;
    },
    nudge,
    gather: (scope) => holdIn(gathering, connectionOf(scope)),
    gained() {
      restUntil.clear();
      poll?.wake();
    },
    async drain(lease: Lease) {
      // One that has not looked for its lease yet finds that there is none.
      const under = [...workers.values()].filter((worker) => isUnder(worker, lease));
      await Promise.all(under.map(stopWorker));
    },
    connectionChanged(connectionId) {
      restUntil.delete(connectionId);
      workers.get(connectionId)?.state.expire();
      ensureWorker(connectionId, true);
    },
    askNow(connectionId) {
      if (!restUntil.has(connectionId)) ensureWorker(connectionId, true);
    },
  };

  async function stopAll(graceMs: number): Promise<void> {
    stopping = true;
    await poll?.stop();
    const grace = new AbortController();
    const all = Promise.all([...workers.values()].map(stopWorker)).then(() => {
      grace.abort();
    });
    // What is still on the wire after the grace is waited out by whoever takes its claim over.
    await Promise.race([all, clock.sleep(graceMs, grace.signal).catch(() => undefined)]);
  }
}

/** Resolves when the links in hand are settled. */
async function stopWorker({ state, ended }: ConnectionWorker): Promise<void> {
  state.stop();
  await ended.catch(() => undefined);
}

function isUnder({ state: { lease } }: ConnectionWorker, { shard, epoch }: Lease): boolean {
  return lease?.shard === shard && lease.epoch === epoch;
}

/** A scope begins with its connection's id, which holds no dot. */
export function connectionOf(scope: Scope): string {
  return scope.slice(0, scope.indexOf('.'));
}
