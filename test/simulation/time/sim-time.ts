import type { Clock } from '../../../src/runtime/clock.ts';

/** Something that happens at a virtual time, unless it is taken back before. */
export interface Timer {
  cancel(): void;
}

/**
 * Virtual time, and the one scheduler of a simulation: everything that happens is an entry of its queue. Entries of the same
 * millisecond run in an order that the seed chooses; after each one all promise reactions that it set off run to their end.
 */
export interface SimTime {
  /** Milliseconds since the simulation began. */
  readonly elapsed: number;
  /** Epoch ms. */
  now(): number;
  after(ms: number, action: () => void): Timer;
  /** Runs until `done` says so, nothing is left, or `limit` (elapsed ms) is reached; true when done. */
  runUntil(done: () => boolean, limit: number): Promise<boolean>;
  /** Entries run so far. */
  readonly steps: number;
}

interface Entry {
  readonly due: number;
  readonly tie: number;
  action: (() => void) | null;
}

/** So many entries a turn of the event loop: each is an immediate of its own, so that microtasks run to their end in between. */
const ENTRIES_A_TURN = 64;
const START = Date.UTC(2026, 0, 1);

export function createSimTime(chance: () => number): SimTime {
  const heap: Entry[] = [];
  let elapsed = 0;
  let steps = 0;

  const before = (a: Entry, b: Entry): boolean => a.due < b.due || (a.due === b.due && a.tie < b.tie);
  const push = (entry: Entry): void => {
    let at = heap.length;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      const above = heap[parent] as Entry;
      if (!before(entry, above)) break;
      heap[at] = above;
      at = parent;
    }
    heap[at] = entry;
  };
  const pop = (): Entry | undefined => {
    const top = heap[0];
    const last = heap.pop();
    if (top === undefined || last === undefined || heap.length === 0) return top;
    let at = 0;
    for (;;) {
      let child = 2 * at + 1;
      if (child >= heap.length) break;
      if (child + 1 < heap.length && before(heap[child + 1] as Entry, heap[child] as Entry)) child += 1;
      if (!before(heap[child] as Entry, last)) break;
      heap[at] = heap[child] as Entry;
      at = child;
    }
    heap[at] = last;
    return top;
  };
  const next = (limit: number): Entry | null => {
    while (heap[0]?.action === null) pop();
    const top = heap[0];
    return top === undefined || top.due > limit ? null : (pop() ?? null);
  };

  return {
    get elapsed() {
      return elapsed;
    },
    get steps() {
      return steps;
    },
    now: () => START + elapsed,
    after(ms, action) {
      const entry: Entry = { due: elapsed + Math.max(0, Math.ceil(ms)), tie: chance(), action };
      push(entry);
      return {
        cancel() {
          entry.action = null;
        },
      };
    },
    runUntil: (done, limit) =>
      new Promise((resolve, reject) => {
        let over = false;
        const end = (isDone: boolean): void => {
          over = true;
          if (!isDone && limit > elapsed) elapsed = limit;
          resolve(isDone);
        };
        const step = (): void => {
          if (over) return;
          try {
            if (done()) return end(true);
            const entry = next(limit);
            if (entry === null) return end(false);
            elapsed = entry.due;
            steps += 1;
            entry.action?.();
          } catch (error) {
            over = true;
            reject(error instanceof Error ? error : new Error(String(error)));
          }
        };
        const turn = (): void => {
          if (over) return;
          for (let i = 0; i < ENTRIES_A_TURN; i += 1) setImmediate(step);
          setImmediate(turn);
        };
        turn();
      }),
  };
}

/** A clock on virtual time whose sleepers wake through `resume`, which may keep them asleep or never wake them. */
export function clockOn(time: SimTime, resume: (action: () => void) => void, skewMs = 0): Clock {
  return {
    now: () => time.now() + skewMs,
    monotonic: () => time.elapsed,
    sleep: (ms, signal) =>
      new Promise((resolve, reject) => {
        if (signal?.aborted) return reject(signal.reason as Error);
        const timer = time.after(Number.isNaN(ms) ? 0 : ms, () => {
          resume(() => {
            signal?.removeEventListener('abort', abort);
            resolve();
          });
        });
        const abort = (): void => {
          timer.cancel();
          reject(signal?.reason as Error);
        };
        signal?.addEventListener('abort', abort, { once: true });
      }),
  };
}
