import { NOT_NEEDED, sleepUnlessAborted, type Clock } from '../runtime/clock.ts';
import type { Departure } from './departures.ts';
import type { Turn } from './turns.ts';

/** Whose turn comes first: the lowest number. */
export const CALL_PRIORITIES = { live: 1, retry: 2, replay: 3, sync: 4 } as const;
export type CallPriority = keyof typeof CALL_PRIORITIES;

/** A call whose turn has come. It awaits both steps of the departure before it sends anything. */
export type CallInTurn<T> = (departure: Departure) => Promise<T>;

export type Scheduled<T> =
  | { readonly ran: true; readonly value: T; readonly waitedMs: number }
  /** Not called, since its caller needs it no longer. */
  | { readonly ran: false; readonly reason: 'left'; readonly waitedMs: number }
  /** Not called, since its turn would not have come in time; `retryAfterMs` is when to ask again at the earliest. */
  | {
      readonly ran: false;
      readonly reason: 'paused' | 'busy';
      readonly waitedMs: number;
      readonly retryAfterMs: number;
    };

/** A call that waits for its turn. */
export interface Waiter {
  readonly priority: number;
  /** Which of all that joined the line, counted from 1: they ask for turns in this order. */
  readonly joined: number;
  /** Monotonic milliseconds after which it is not called any more. */
  readonly deadline: number;
  /** Whose call it is: those of one priority have turns in turn. By identity. */
  readonly sharer: object | null;
  /** Calls it and resolves once it has ended, either way. */
  run(departure: Departure): Promise<void>;
  fail(error: Error): void;
  giveUp(): void;
}

export interface WaitingLine {
  /** In the order of their turns: the highest priority, then the longest waiting. */
  readonly waiting: readonly Waiter[];
  join<T>(
    priority: CallPriority,
    fn: CallInTurn<T>,
    maxWaitMs: number,
    over?: AbortSignal,
    sharer?: object,
  ): Promise<Scheduled<T>>;
  /**
   * Takes the one that a turn is for. It belongs to a call of its priority, whoever asked for it: to the longest waiting one of whom had the fewest
   * turns since they began to wait; but one of a higher priority that joined after the turn's time was set goes first, and a turn that nobody
   * needs any more is the next one's.
   */
  take(turn: Turn): Waiter | undefined;
  /** Gives up those that would be too late at a time (monotonic ms), at once instead of then. */
  giveUpBefore(at: number): void;
}

export interface LineOptions {
  readonly clock: Clock;
  /** Monotonic milliseconds until when nothing starts. */
  readonly pauseEnd: () => number;
  readonly onJoined: (waiter: Waiter) => void;
  /** Somebody left without being called. */
  readonly onGaveUp: () => void;
}

/** What waits when nothing names a time, ms. */
const ASK_AGAIN_MS = 1_000;

/**
 * The calls that wait for turns, and until when. Bottleneck keeps a job once it has it, also where nobody waits for its end any more,
 * and lets none overtake a job whose time is set: so what it keeps are turns, and which call takes one is decided when it comes.
 */
export function createWaitingLine({ clock, pauseEnd, onJoined, onGaveUp }: LineOptions): WaitingLine {
  const waiting: Waiter[] = [];
  const turns = createFairTurns();
  let joined = 0;
  const insert = (waiter: Waiter): void => {
    const at = waiting.findIndex(({ priority }) => priority > waiter.priority);
    waiting.splice(at < 0 ? waiting.length : at, 0, waiter);
    joined += 1;
    onJoined(waiter);
  };
  const tooLate = (asked: number): Scheduled<never> => {
    const now = clock.monotonic();
    const pause = Math.ceil(pauseEnd() - now);
    const reason = pause > 0 ? 'paused' : 'busy';
    return { ran: false, reason, waitedMs: now - asked, retryAfterMs: pause > 0 ? pause : ASK_AGAIN_MS };
  };
  return {
    waiting,
    join<T>(
      priority: CallPriority,
      fn: CallInTurn<T>,
      maxWaitMs: number,
      left?: AbortSignal,
      sharer: object | null = null,
    ) {
      const { promise, resolve, reject } = Promise.withResolvers<Scheduled<T>>();
      const asked = clock.monotonic();
      const over = new AbortController();
      const end = (scheduled: Scheduled<T>): void => {
        if (over.signal.aborted) return;
        over.abort(NOT_NEEDED);
        const at = waiting.indexOf(waiter);
        if (at >= 0) waiting.splice(at, 1);
        onGaveUp();
        resolve(scheduled);
      };
      const leave = (): void => end({ ran: false, reason: 'left', waitedMs: clock.monotonic() - asked });
      const waiter: Waiter = {
        priority: CALL_PRIORITIES[priority],
        joined: joined + 1,
        deadline: asked + maxWaitMs,
        sharer,
        async run(departure) {
          over.abort(NOT_NEEDED);
          left?.removeEventListener('abort', leave);
          const waitedMs = clock.monotonic() - asked;
          await fn(departure).then((value) => resolve({ ran: true, value, waitedMs }), reject);
        },
        fail: reject,
        giveUp() {
          left?.removeEventListener('abort', leave);
          end(tooLate(asked));
        },
      };
      if (left?.aborted) leave();
      else if (pauseEnd() > waiter.deadline) waiter.giveUp();
      else {
        left?.addEventListener('abort', leave, { once: true });
        insert(waiter);
        void sleepUnlessAborted(clock, maxWaitMs, over.signal).then((whole) => {
          if (whole) waiter.giveUp();
        });
      }
      return promise;
    },
    take({ priority, chosenAfter }) {
      const next = waiting.findIndex((one) => one.priority >= priority || one.joined > chosenAfter);
      const first = waiting[Math.max(0, next)];
      if (first === undefined) return undefined;
      const chosen = turns.choose(waiting, first);
      waiting.splice(waiting.indexOf(chosen), 1);
      return chosen;
    },
    giveUpBefore(at) {
      for (const waiter of waiting.filter(({ deadline }) => deadline < at)) waiter.giveUp();
    },
  };
}

/** Who had how many turns while others waited, so that one with a thousand calls is no longer in front of one with three. */
function createFairTurns(): { choose(waiting: readonly Waiter[], first: Waiter): Waiter } {
  let had = new Map<object | null, number>();
  return {
    choose(waiting, first) {
      const rivals = waiting.filter(({ priority }) => priority === first.priority);
      const sharers = new Set(rivals.map(({ sharer }) => sharer));
      if (sharers.size === 1) {
        // Nobody else waits: whoever comes next begins level with this one.
        if (rivals.length === waiting.length) had = new Map();
        return first;
      }
      const known = [...sharers].map((sharer) => had.get(sharer)).filter((turns) => turns !== undefined);
      // Who comes anew begins level with those who wait already.
      const level = known.length === 0 ? 0 : Math.min(...known);
      for (const sharer of sharers) if (!had.has(sharer)) had.set(sharer, level);
      const of = ({ sharer }: Waiter): number => had.get(sharer) ?? level;
      const fewest = Math.min(...rivals.map(of));
      const chosen = rivals.find((one) => of(one) === fewest) ?? first;
      had.set(chosen.sharer, of(chosen) + 1);
      return chosen;
    },
  };
}
