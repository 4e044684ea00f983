import { NOT_NEEDED, sleepUnlessAborted } from '../runtime/clock.ts';
import { type Departures, createDepartures } from './departures.ts';
import { type PaceParts, createPace } from './pace.ts';
import { type Begun, type RateLimits, type Turn, createTurns } from './turns.ts';
import {
  type CallInTurn,
  type CallPriority,
  type Scheduled,
  type Waiter,
  createWaitingLine,
} from './waiting-line.ts';

/** What a CRM allows for one budget, shared by every connection that it counts together. */
export interface RateLimiter {
  /**
   * Calls `fn` when its turn comes, higher priorities first, within `maxWaitMs`; else not at all. Rejects as `fn` does.
   * Those of one priority have turns in turn, by whose they are (`sharer`). Once `over` is aborted, one that still waits is not called and leaves its turn to the others.
   * `fn` has to end by itself; one that doesn't within two minutes is given up and its place freed. Before it sends anything it
   * awaits its departure, by which the limit is counted.
   */
  schedule<T>(
    priority: CallPriority,
    fn: CallInTurn<T>,
    maxWaitMs: number,
    over?: AbortSignal,
    sharer?: object,
  ): Promise<Scheduled<T>>;
  /** The CRM answered 429: pauses the budget, halves its rate, and says for how many milliseconds it pauses. */
  refused(retryAfterMs: number | null): number;
  /** The CRM answered something else: the next refusal is the first again. */
  accepted(): void;
  /** Lets nothing start before an epoch time, as kept from an earlier owner of the budget. */
  pauseUntil(at: number): void;
  /** Epoch milliseconds until when nothing starts, or null. */
  pausedUntil(): number | null;
}

/** A limiter, and what its keeper has to know to put it away. */
export interface BudgetLimiter extends RateLimiter {
  /** Milliseconds until it can be forgotten without breaking a limit; infinite while it has work. */
  neededFor(): number;
}

/** So far the wall clock may be set back before bottleneck, which counts by it, is begun anew, ms. */
const SET_BACK_MS = 100;
/** Comes before every call's priority. */
const BEFORE_ALL = 0;
/** What is waited for without a time tells by itself when it is there. */
const LONG_MS = 60_000;

/**
 * Each call that waits asks bottleneck for a turn, once. A turn that has come may still be held: by a pause, by the lower rate after a
 * 429, because others came late with it, by calls that are held up on their way out. Whose it is is decided after that.
 */
export function createBudgetLimiter(limits: RateLimits, parts: PaceParts): BudgetLimiter {
  const { clock } = parts;
  const pace = createPace(limits.requestsPerSecond, parts);
  const underWay = new Set<Begun>();
  let lastWall = Number.NEGATIVE_INFINITY;
  let held: AbortController | null = null;
  let last: Promise<unknown> = Promise.resolve();
  const lookAgain = (): void => held?.abort(NOT_NEEDED);
  const departures = createDepartures({ clock, pace, ...limits, onFree: lookAgain });
  const line = createWaitingLine({
    clock,
    pauseEnd: () => pace.pauseEnd,
    onJoined: (waiter) => {
      followWallClock();
      askFor(waiter);
    },
    onGaveUp: lookAgain,
  });
  let turns = createTurns(limits);

  const askFor = ({ priority }: Waiter): void => {
    const mine = turns;
    mine.ask(priority, (turn) => {
      const begun = last.then(() => begin(turn, () => mine === turns));
      last = begun;
      return begun;
    });
  };
  const begin = async (turn: Turn, isValid: () => boolean): Promise<Begun | null> => {
    for (;;) {
      followWallClock();
      if (!isValid() || line.waiting.length === 0) return null;
      const ms = departures.held > 0 || departures.crowded ? LONG_MS : pace.opensAt() - clock.monotonic();
      if (ms <= 0) break;
      held = new AbortController();
      await sleepUnlessAborted(clock, ms, held.signal);
      held = null;
    }
    const waiter = line.take(turn);
    pace.started();
    return waiter === undefined ? null : call(waiter);
  };
  const call = (waiter: Waiter): Begun => {
    const begun = beginCall(waiter, departures.begin(), () => {
      underWay.delete(begun);
      followWallClock();
    });
    underWay.add(begun);
    return begun;
  };
  /** Set back, bottleneck would wait until the old time comes again. */
  const followWallClock = (): void => {
    const wasSetBack = clock.now() < lastWall - SET_BACK_MS;
    lastWall = clock.now();
    if (!wasSetBack) return;
    turns = createTurns(limits);
    // Places that are taken stay taken.
    for (const taken of underWay) turns.ask(BEFORE_ALL, () => Promise.resolve(taken));
    for (const waiter of line.waiting) askFor(waiter);
  };

  return {
    schedule: (priority, fn, maxWaitMs, over, sharer) => line.join(priority, fn, maxWaitMs, over, sharer),
    refused(retryAfterMs) {
      const pause = pace.refused(retryAfterMs);
      line.giveUpBefore(pace.pauseEnd);
      return pause;
    },
    accepted: () => pace.accepted(),
    pauseUntil(at) {
      pace.pauseFor(at - clock.now());
      line.giveUpBefore(pace.pauseEnd);
    },
    pausedUntil: () => pace.pausedUntil(),
    neededFor() {
      const isBusy = underWay.size > 0 || line.waiting.length > 0;
      return isBusy ? Number.POSITIVE_INFINITY : Math.max(pace.forgettableIn(), departures.forgettableIn());
    },
  };
}

function beginCall(waiter: Waiter, departure: ReturnType<Departures['begin']>, onOver: () => void): Begun {
  const over = (): void => {
    departure.leave();
    onOver();
  };
  return {
    ended: waiter.run(departure).then(over),
    giveUp() {
      waiter.fail(new Error('A call did not end by itself and was given up'));
      over();
    },
  };
}
