import { sleepUnlessAborted } from '../runtime/clock.ts';
import { createDepartures } from './departures.ts';
import { type PaceParts, createPace } from './pace.ts';
import { type Begun, type RateLimits, createTurns } from './turns.ts';
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
   * `fn` has to end by itself; one that doesn't within two minutes is given up and its place freed. Before it sends anything it
   * awaits its departure, by which the limit is counted.
   */
  schedule<T>(priority: CallPriority, fn: CallInTurn<T>, maxWaitMs: number): Promise<Scheduled<T>>;
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

/**
 * Whose turn it is, and what a priority, a pause or a lower rate means, is decided here when a turn comes. One that comes late makes
 * up for those that were due meanwhile: bottleneck needs three timers for each, one after the other, which all come late where the
 * processors are busy.
 */
export function createBudgetLimiter(limits: RateLimits, parts: PaceParts): BudgetLimiter {
  const [{ clock }, { requestsPerSecond }] = [parts, limits];
  const pace = createPace(requestsPerSecond, parts);
  const turns = createTurns(limits, () => takeTurn());
  let running = 0;
  let waking: AbortController | null = null;
  const line = createWaitingLine({
    clock,
    pauseEnd: () => pace.pauseEnd,
    onGaveUp: () => {
      if (line.size === 0) waking?.abort();
    },
  });

  const departures = createDepartures({ clock, pace, requestsPerSecond, onFree: () => pump() });
  const places = () => (departures.held > 0 ? 0 : limits.maxConcurrent - running);

  const wakeIn = async (ms: number) => {
    waking = new AbortController();
    await sleepUnlessAborted(clock, ms, waking.signal);
    waking = null;
    pump();
  };
  const pump = () => {
    if (waking || turns.asked || line.size === 0 || places() <= 0) return;
    const wait = pace.opensAt() - clock.monotonic();
    if (wait > 0) return void wakeIn(wait);
    if (pace.wallClockWasSetBack()) turns.beginAnew();
    pace.wanted();
    turns.ask();
  };
  const takeTurn = (): Begun[] => {
    const waiters: Waiter[] = [];
    do {
      const isOpen = places() > 0 && pace.opensAt() <= clock.monotonic();
      const waiter = isOpen ? line.shift() : undefined;
      if (waiter === undefined) break;
      pace.started();
      running += 1;
      waiters.push(waiter);
    } while (pace.isBehind());
    // Only now, since a call that begins may ask for the next turn, from when on that is late.
    const calls = waiters.map(begin);
    pump();
    return calls;
  };
  const begin = (waiter: Waiter): Begun => {
    const departure = departures.begin();
    const free = once(() => {
      running -= 1;
      departure.leave();
      pump();
    });
    const giveUp = () => {
      waiter.fail(new Error('A call did not end by itself and was given up'));
      free();
    };
    return { giveUp, ended: waiter.run(departure).then(free) };
  };

  return {
    schedule(priority, fn, maxWaitMs) {
      const scheduled = line.join(priority, fn, maxWaitMs);
      pump();
      return scheduled;
    },
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
      const isBusy = running > 0 || turns.asked || line.size > 0;
      return isBusy ? Number.POSITIVE_INFINITY : Math.max(pace.forgettableIn(), departures.forgettableIn());
    },
  };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
