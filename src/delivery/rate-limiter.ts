import Bottleneck from 'bottleneck/light.js';
import { sleepUnlessAborted } from '../runtime/clock.ts';
import { spacingMs, turnsAhead } from './adaptive-rate.ts';
import { createDepartures } from './departures.ts';
import { type PaceParts, createPace } from './pace.ts';
import {
  type CallInTurn,
  type CallPriority,
  type Scheduled,
  type Waiter,
  createWaitingLine,
} from './waiting-line.ts';

export interface RateLimits {
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
}

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

const LONGEST_CALL_MS = 120_000;

/** Bottleneck, and how many turns wait in it. */
interface Lane {
  readonly bottleneck: Bottleneck;
  turns: number;
}

/**
 * Bottleneck spaces the turns and bounds how many calls run. What waits inside of it is the next few turns and no call: whose a
 * turn is, and what a priority, a pause or a lower rate means, is decided here once it has come, so none of bottleneck's settings
 * ever has to change. A few turns and not one, since a turn that is asked for late is lost, and one that only comes late is not.
 */
export function createBudgetLimiter(limits: RateLimits, parts: PaceParts): BudgetLimiter {
  const [{ clock }, { requestsPerSecond }] = [parts, limits];
  const ahead = turnsAhead(requestsPerSecond);
  const pace = createPace(requestsPerSecond, parts);
  let lane = createLane(limits);
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
    if (waking) return;
    while (lane.turns < Math.min(ahead, line.size, places())) {
      const wait = pace.opensAt() - clock.monotonic();
      if (wait > 0) return void wakeIn(wait);
      if (pace.wallClockWasSetBack()) lane = createLane(limits);
      else askForTurn(lane);
    }
  };
  const askForTurn = (asked: Lane) => {
    asked.turns += 1;
    let waiter: Waiter | undefined;
    let free = () => {};
    const turn = async () => {
      asked.turns -= 1;
      const isOpen = asked === lane && places() > 0 && pace.opensAt() <= clock.monotonic();
      waiter = isOpen ? line.shift() : undefined;
      if (waiter === undefined) return pump();
      pace.started();
      running += 1;
      const departure = departures.begin();
      free = once(() => {
        running -= 1;
        departure.leave();
        pump();
      });
      pump();
      await waiter.run(departure);
      free();
    };
    asked.bottleneck.schedule({ expiration: LONGEST_CALL_MS }, turn).catch(() => {
      waiter?.fail(new Error('A call did not end by itself and was given up'));
      free();
    });
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
      const isBusy = running > 0 || lane.turns > 0 || line.size > 0;
      return isBusy ? Number.POSITIVE_INFINITY : Math.max(pace.forgettableIn(), departures.forgettableIn());
    },
  };
}

/** Of the build without clustering: the same code, but with async functions of the language's own, so a job costs a quarter. */
function createLane(limits: RateLimits): Lane {
  const bottleneck = new Bottleneck({
    minTime: spacingMs(limits.requestsPerSecond),
    maxConcurrent: limits.maxConcurrent,
  });
  return { bottleneck, turns: 0 };
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
