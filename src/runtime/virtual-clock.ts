import { type Clock, reasonOf } from './clock.ts';

/** A clock that stands still until it is told to move. */
export interface VirtualClock extends Clock {
  /**
   * Moves on by `ms`, waking the sleepers that fall due in their order; after each one all work that it set off
   * runs until only sleepers are left, so that sleeps begun meanwhile are woken in the same move.
   */
  advance(ms: number): Promise<void>;
  /** Moves to the next sleeper and wakes it; false when nobody sleeps. */
  step(): Promise<boolean>;
  /** Sets the wall clock forward or back, as a time server would; monotonic time and sleepers stay. */
  jumpWallClock(ms: number): void;
  /** How many sleep now. */
  readonly sleepers: number;
}

interface Sleeper {
  readonly due: number;
  readonly wake: () => void;
}

/** Makes a clock that starts at an epoch time, by default 2026-01-01T00:00:00Z. */
export function createVirtualClock(startAt = Date.UTC(2026, 0, 1)): VirtualClock {
  let elapsed = 0;
  let wallOffset = startAt;
  const queue: Sleeper[] = [];

  const insert = (sleeper: Sleeper) => {
    let low = 0;
    let high = queue.length;
    while (low < high) {
      const middle = (low + high) >>> 1;
      if ((queue[middle]?.due ?? 0) <= sleeper.due) low = middle + 1;
      else high = middle;
    }
    queue.splice(low, 0, sleeper);
  };
  /** After what was woken, or began before, has come to its end. */
  const wakeNext = async (limit: number): Promise<boolean> => {
    const next = queue[0];
    if (!next || next.due > limit) return false;
    queue.shift();
    elapsed = Math.max(elapsed, next.due);
    next.wake();
    await settle();
    return true;
  };

  return {
    now: () => wallOffset + elapsed,
    monotonic: () => elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) {
          reject(reasonOf(signal));
          return;
        }
        const abort = () => {
          queue.splice(queue.indexOf(sleeper), 1);
          reject(reasonOf(signal));
        };
        const wake = () => {
          signal?.removeEventListener('abort', abort);
          resolve();
        };
        const sleeper = { due: elapsed + Math.max(0, Number.isNaN(ms) ? 0 : ms), wake };
        signal?.addEventListener('abort', abort, { once: true });
        insert(sleeper);
      }),
    async advance(ms) {
      const target = elapsed + ms;
      await settle();
      while (await wakeNext(target));
      elapsed = target;
    },
    async step() {
      await settle();
      return await wakeNext(Number.POSITIVE_INFINITY);
    },
    jumpWallClock(ms) {
      wallOffset += ms;
    },
    get sleepers() {
      return queue.length;
    },
  };
}

/** An immediate runs only after every promise reaction that is ready has run. */
function settle(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
