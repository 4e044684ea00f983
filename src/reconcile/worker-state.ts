import { NOT_NEEDED, type Clock } from '../runtime/clock.ts';
import type { Lease } from './ownership.ts';

/** What a connection's worker is told from outside while it works, and how it is woken. */
export interface WorkerState {
  /** No further link is taken and no further request goes out. */
  stopping: boolean;
  /** What is held of the connection is out of date: end the round and read it anew. */
  stale: boolean;
  /** Something may have become due since the last claim. */
  nudged: boolean;
  /** A delivery ended without bringing its link to rest. */
  leftDue: boolean;
  /** The lease that the present round works under. */
  lease: Lease | null;
  wake(): void;
  /** Resolves at the next `wake`. */
  woken(): Promise<void>;
  /** A wait that a `wake` cuts short and that leaves no timer behind. */
  sleep(ms: number): Promise<void>;
}

export function createWorkerState(clock: Pick<Clock, 'sleep'>): WorkerState {
  let next = Promise.withResolvers<void>();
  return {
    stopping: false,
    stale: false,
    nudged: true,
    leftDue: false,
    lease: null,
    wake() {
      next.resolve();
      next = Promise.withResolvers<void>();
    },
    woken: () => next.promise,
    async sleep(ms) {
      const timer = new AbortController();
      await Promise.race([clock.sleep(ms, timer.signal).catch(() => undefined), next.promise]);
      timer.abort(NOT_NEEDED);
    },
  };
}
