import type { Scope } from '../domain/connection.ts';
import { startPeriodicLoop, type PeriodicLoop } from '../runtime/periodic-loop.ts';
import {
  startConnectionWorker,
  type ConnectionWorker,
  type WorkerDependencies,
} from './connection-worker.ts';
import type { Reconciler } from './reconciler.ts';

export interface ReconcileLoopOptions extends Omit<WorkerDependencies, 'epoch'> {
  /** How often the store is asked for due work that no hint told of, ms. */
  readonly pollEveryMs: number;
}

/** Scopes asked for in one poll. */
const SCOPES_A_POLL = 1_000;
/** A connection that may not be worked on (paused, refused credentials) is looked at again after this, or when it changes, ms. */
const REST_MS = 30_000;

/** One worker per connection that has due work; hints start it at once, the poll finds what hints missed. */
export function createReconcileLoop(options: ReconcileLoopOptions): Reconciler {
  const { store, clock } = options;
  const workers = new Map<string, ConnectionWorker>();
  const restUntil = new Map<string, number>();
  let epoch: number | null = null;
  let stopping = false;
  let poll: PeriodicLoop | null = null;
  let stopped: Promise<void> | null = null;

  function ensureWorker(connectionId: string): void {
    if (stopping || epoch === null) return;
    const running = workers.get(connectionId);
    if (running !== undefined) {
      running.nudge();
      return;
    }
    const worker = startConnectionWorker({ ...options, epoch }, connectionId);
    workers.set(connectionId, worker);
    worker.ended
      .then((end) => {
        workers.delete(connectionId);
        if (end === 'not_active') restUntil.set(connectionId, clock.monotonic() + REST_MS);
        else if (worker.nudged) ensureWorker(connectionId);
      })
      .catch((error: unknown) => {
        workers.delete(connectionId);
        options.onError('connection_worker_failed', error);
      });
  }

  async function pollDue(): Promise<void> {
    if (epoch === null) return;
    const now = clock.monotonic();
    for (const [connectionId, until] of restUntil) if (until <= now) restUntil.delete(connectionId);
    for (const scope of await store.links.dueScopes(clock.now(), epoch, SCOPES_A_POLL)) {
      const connectionId = connectionOf(scope);
      if (!restUntil.has(connectionId)) ensureWorker(connectionId);
    }
  }

  return {
    async start() {
      epoch = await store.settings.nextEpoch();
      poll = startPeriodicLoop({
        run: pollDue,
        waitMs: options.pollEveryMs,
        clock,
        onError: (error) => {
          options.onError('due_poll_failed', error);
        },
      });
    },
    stop(graceMs) {
      stopped ??= stopAll(graceMs);
      return stopped;
    },
    nudge(scope) {
      const connectionId = connectionOf(scope);
      if (!restUntil.has(connectionId)) ensureWorker(connectionId);
    },
    connectionChanged(connectionId) {
      restUntil.delete(connectionId);
      workers.get(connectionId)?.changed();
      ensureWorker(connectionId);
    },
  };

  async function stopAll(graceMs: number): Promise<void> {
    stopping = true;
    await poll?.stop();
    const grace = new AbortController();
    const all = Promise.all([...workers.values()].map((worker) => worker.stop())).then(() => {
      grace.abort();
    });
    // What is still on the wire after the grace is waited out by whoever takes its claim over.
    await Promise.race([all, clock.sleep(graceMs, grace.signal).catch(() => undefined)]);
  }
}

/** A scope begins with its connection's id, which holds no dot. */
export function connectionOf(scope: Scope): string {
  return scope.slice(0, scope.indexOf('.'));
}
