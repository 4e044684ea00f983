import { NOT_NEEDED, sleepUnlessAborted, type Clock } from '../runtime/clock.ts';
import type { Departure } from './departures.ts';

/** Whose turn comes first: the lowest number. */
export const CALL_PRIORITIES = { live: 1, retry: 2, replay: 3, sync: 4 } as const;
export type CallPriority = keyof typeof CALL_PRIORITIES;

/** A call whose turn has come. It awaits both steps of the departure before it sends anything. */
export type CallInTurn<T> = (departure: Departure) => Promise<T>;

export type Scheduled<T> =
  | { readonly ran: true; readonly value: T; readonly waitedMs: number }
  /** Not called, since its turn would not have come in time; `retryAfterMs` is when to ask again at the earliest. */
  | {
      readonly ran: false;
      readonly reason: 'paused' | 'busy';
      readonly waitedMs: number;
      readonly retryAfterMs: number;
    };

/** A call that waits for its turn. Once it is over (called, or too late) the rest does nothing. */
export interface Waiter {
  readonly priority: number;
  /** Monotonic milliseconds after which it is not called any more. */
  readonly deadline: number;
  /** Calls it and resolves once it has ended, either way. */
  run(departure: Departure): Promise<void>;
  fail(error: Error): void;
  giveUp(): void;
}

export interface WaitingLine {
  readonly size: number;
  join<T>(priority: CallPriority, fn: CallInTurn<T>, maxWaitMs: number): Promise<Scheduled<T>>;
  /** Takes the one whose turn is next: the highest priority, then the longest waiting. */
  shift(): Waiter | undefined;
  /** Gives up those that would be too late at a time (monotonic ms), at once instead of then. */
  giveUpBefore(at: number): void;
}

export interface LineOptions {
  readonly clock: Clock;
  /** Monotonic milliseconds until when nothing starts. */
  readonly pauseEnd: () => number;
  /** Somebody left without being called. */
  readonly onGaveUp: () => void;
}

/** What waits when nothing names a time, ms. */
const ASK_AGAIN_MS = 1_000;

export function createWaitingLine({ clock, pauseEnd, onGaveUp }: LineOptions): WaitingLine {
  const waiting: Waiter[] = [];
  const insert = (waiter: Waiter) => {
    const at = waiting.findIndex(({ priority }) => priority > waiter.priority);
    waiting.splice(at < 0 ? waiting.length : at, 0, waiter);
  };
  const leave = (waiter: Waiter) => {
    const at = waiting.indexOf(waiter);
    if (at >= 0) waiting.splice(at, 1);
    onGaveUp();
  };

  return {
    get size() {
      return waiting.length;
    },
    join: (priority, fn, maxWaitMs) =>
      new Promise((resolve, reject) => {
        const asked = clock.monotonic();
        const waiter = createWaiter(clock, fn, CALL_PRIORITIES[priority], asked + maxWaitMs, {
          ran: (value) => resolve({ ran: true, value, waitedMs: waiter.startedAt - asked }),
          failed: reject,
          gaveUp: () => {
            leave(waiter);
            const now = clock.monotonic();
            const pause = pauseEnd() - now;
            resolve({
              ran: false,
              reason: pause > 0 ? 'paused' : 'busy',
              waitedMs: now - asked,
              retryAfterMs: pause > 0 ? Math.ceil(pause) : ASK_AGAIN_MS,
            });
          },
        });
        if (pauseEnd() > waiter.deadline) waiter.giveUp();
        else insert(waiter);
      }),
    shift: () => waiting.shift(),
    giveUpBefore(at) {
      for (const waiter of waiting.filter(({ deadline }) => deadline < at)) waiter.giveUp();
    },
  };
}

interface Ends<T> {
  ran(value: T): void;
  failed(error: unknown): void;
  gaveUp(): void;
}

function createWaiter<T>(
  clock: Clock,
  fn: CallInTurn<T>,
  priority: number,
  deadline: number,
  ends: Ends<T>,
): Waiter & { readonly startedAt: number } {
  const called = new AbortController();
  let over = false;
  let startedAt = 0;
  const giveUp = () => {
    if (over) return;
    over = true;
    called.abort(NOT_NEEDED);
    ends.gaveUp();
  };
  void sleepUnlessAborted(clock, deadline - clock.monotonic(), called.signal).then((whole) => {
    if (whole) giveUp();
  });
  return {
    priority,
    deadline,
    get startedAt() {
      return startedAt;
    },
    async run(departure) {
      over = true;
      called.abort(NOT_NEEDED);
      startedAt = clock.monotonic();
      await fn(departure).then(ends.ran, ends.failed);
    },
    fail: ends.failed,
    giveUp,
  };
}
