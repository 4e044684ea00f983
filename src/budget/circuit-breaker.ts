import Opossum from 'opossum';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import { type Clock, LONGEST_TIMER_MS } from '../runtime/clock.ts';
import { availabilityOf } from './availability.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Keeps calls away from a CRM that fails, for one budget. */
export interface CircuitBreaker {
  /** Calls `fn` while closed; else it is withheld (`BREAKER_OPEN`) and nothing is called. */
  run<T>(fn: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>>;
  /**
   * The one call that may find out whether the CRM is back: when half-open it goes through, one at a time. If the CRM did it,
   * the breaker closes; any other end keeps it open for one more window. While closed the same as `run`, while open withheld.
   */
  probe<T>(fn: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>>;
  state(): BreakerState;
  /** Epoch milliseconds from when a probe may go; null while closed. */
  openUntil(): number | null;
  /** Ends its timers. A disposed breaker withholds everything. */
  dispose(): void;
}

export interface CircuitBreakerOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How long it stays open before a probe may go, ms; 10 s. */
  readonly resetMs?: number;
  /** Length of the window that failures are counted in, ms; 10 s. */
  readonly windowMs?: number;
  /** Fewest calls in a window that can open it; 5. It opens when more than half of them failed. */
  readonly volume?: number;
  /** Epoch milliseconds until when an earlier owner had it open. */
  readonly openUntil?: number | null;
  /** Told whenever it opens (epoch ms until when) or closes (null), not of what it is made with. Must not throw. */
  readonly onChange?: (openUntil: number | null) => void;
}

/**
 * A circuit breaker with a third kind of end: a limit, a refusal or a call held back says nothing about the CRM's being there.
 * Opossum knows two, takes what a filter lets pass for a success (so a 429 would close it), and counts calls that were begun
 * before it opened. So it never sees a call: it is told clear ends, of calls of its present time, and keeps count and time.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { clock, resetMs = 10_000 } = options;
  let onChange: (openUntil: number | null) => void = () => undefined;
  let probing = false;
  let disposed = false;
  let probeAt: number | null = null;
  /** Grows whenever it opens or closes: tells an end whose call belongs to an earlier time. */
  let era = 0;
  let opossum = createCounter();

  function createCounter(firstResetMs = resetMs) {
    const settings = { ...countingOf(options), resetTimeout: firstResetMs };
    const counter = new Opossum(settle, settings);
    counter.on('open', () => {
      era += 1;
      probeAt = clock.now() + settings.resetTimeout;
      onChange(probeAt);
    });
    counter.on('halfOpen', () => {
      settings.resetTimeout = resetMs;
    });
    counter.on('close', () => {
      era += 1;
      probeAt = null;
      onChange(null);
      counter.shutdown();
      // Another one, since the failures from before are still in the window of this one.
      opossum = createCounter();
    });
    return counter;
  }
  const tell = (available: boolean) =>
    opossum.fire(available).then(
      () => available,
      () => available,
    );
  const callClosed = async <T>(fn: () => Promise<CallOutcome<T>>) => {
    const began = era;
    const outcome = await fn();
    const available = availabilityOf(outcome);
    if (available !== null && began === era && !disposed) await tell(available);
    return outcome;
  };
  const callHalfOpen = async <T>(fn: () => Promise<CallOutcome<T>>) => {
    probing = true;
    let available: boolean | null = null;
    try {
      const outcome = await fn();
      available = availabilityOf(outcome);
      return outcome;
    } finally {
      probing = false;
      if (!disposed) {
        if (available === null) opossum.open();
        else await tell(available);
      }
    }
  };

  const left = (options.openUntil ?? 0) - clock.now();
  if (left > 0) {
    opossum.shutdown();
    opossum = createCounter(Math.min(left, LONGEST_TIMER_MS));
    opossum.open();
  }
  onChange = options.onChange ?? onChange;
  return {
    run: (fn) => (opossum.closed ? callClosed(fn) : Promise.resolve(withheld())),
    probe(fn) {
      if (opossum.closed) return callClosed(fn);
      return opossum.halfOpen && !probing ? callHalfOpen(fn) : Promise.resolve(withheld());
    },
    state: () => (opossum.closed ? 'closed' : opossum.halfOpen ? 'half_open' : 'open'),
    openUntil: () => probeAt,
    dispose() {
      disposed = true;
      opossum.shutdown();
    },
  };
}

/** No time-out, capacity, filter or abort controller of opossum's: each counts as a failure what is none, or ends what goes on. */
function countingOf({ windowMs = 10_000, volume = 5 }: CircuitBreakerOptions) {
  return {
    timeout: false,
    rollingCountTimeout: windowMs,
    rollingCountBuckets: 10,
    volumeThreshold: volume,
    errorThresholdPercentage: 50,
    rollingPercentilesEnabled: false,
    enableSnapshots: false,
  } as const;
}

function settle(available: boolean): Promise<void> {
  return available ? Promise.resolve() : Promise.reject(new Error('The CRM failed or could not be reached'));
}

function withheld(): Failure {
  return {
    kind: 'withheld',
    code: 'BREAKER_OPEN',
    detail: 'The CRM failed repeatedly; it is tried again shortly.',
  };
}
