import Bottleneck from 'bottleneck/light.js';
import { spacingMs } from './adaptive-rate.ts';
import { type PaceParts, createPace } from './pace.ts';
import {
  type CallPriority,
  type Scheduled,
  type Waiter,
  createWaitingLine,
  sleepUnlessAborted,
} from './waiting-line.ts';

export interface RateLimits {
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
}

/** What a CRM allows for one budget, shared by every connection that it counts together. */
export interface RateLimiter {
  /**
   * Calls `fn` when its turn comes, higher priorities first, within `maxWaitMs`; else not at all. Rejects as `fn` does.
   * `fn` has to end by itself; one that doesn't within two minutes is given up and its place freed.
   */
  schedule<T>(priority: CallPriority, fn: () => Promise<T>, maxWaitMs: number): Promise<Scheduled<T>>;
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

/**
 * Bottleneck spaces the calls and bounds how many run. Nothing waits inside of it but the one call whose turn is next: what a
 * priority, a pause or a lower rate means is decided here, so none of its settings ever has to change.
 */
export function createBudgetLimiter(limits: RateLimits, parts: PaceParts): BudgetLimiter {
  const { clock } = parts;
  const pace = createPace(limits.requestsPerSecond, parts);
  let lane = createLane(limits);
  let running = 0;
  let handedOver = false;
  let waking: AbortController | null = null;
  const line = createWaitingLine({
    clock,
    pauseEnd: () => pace.pauseEnd,
    onGaveUp: () => {
      if (line.size === 0) waking?.abort();
    },
  });

  const wakeIn = async (ms: number) => {
    waking = new AbortController();
    await sleepUnlessAborted(clock, ms, waking.signal);
    waking = null;
    pump();
  };
  const pump = () => {
    if (handedOver || waking || running >= limits.maxConcurrent || line.size === 0) return;
    const wait = pace.opensAt() - clock.monotonic();
    if (wait > 0) void wakeIn(wait);
    else handOver(line.shift());
  };
  const handOver = (waiter: Waiter | undefined) => {
    if (!waiter) return;
    if (pace.wallClockWasSetBack()) lane = createLane(limits);
    handedOver = true;
    let free = () => {};
    const start = async () => {
      handedOver = false;
      const isOpen = pace.opensAt() <= clock.monotonic();
      if (!waiter.over && !isOpen) line.putBack(waiter);
      if (waiter.over || !isOpen) return pump();
      pace.started();
      running += 1;
      free = once(() => {
        running -= 1;
        pump();
      });
      pump();
      await waiter.run();
      free();
    };
    lane.schedule({ priority: waiter.priority, expiration: LONGEST_CALL_MS }, start).catch(() => {
      waiter.fail(new Error('A call did not end by itself and was given up'));
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
    pausedUntil() {
      const left = pace.pauseEnd - clock.monotonic();
      return left > 0 ? Math.ceil(clock.now() + left) : null;
    },
    neededFor: () =>
      running > 0 || handedOver || line.size > 0 ? Number.POSITIVE_INFINITY : pace.forgettableIn(),
  };
}

/** Of the build without clustering: the same code, but with async functions of the language's own, so a job costs a quarter. */
function createLane(limits: RateLimits): Bottleneck {
  return new Bottleneck({
    minTime: spacingMs(limits.requestsPerSecond),
    maxConcurrent: limits.maxConcurrent,
  });
}

function once(action: () => void): () => void {
  let done = false;
  return () => {
    if (done) return;
    done = true;
    action();
  };
}
