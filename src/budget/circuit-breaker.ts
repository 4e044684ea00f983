import Opossum from 'opossum';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import { type Clock, LONGEST_TIMER_MS } from '../runtime/clock.ts';

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
 * Opossum counts, opens, lets one probe through and closes; but it knows two ends, takes what a filter lets pass for a success (so a
 * 429 would close it), and counts calls when they begin, also those that end after it opened. So it is told of a call once it is known
 * that it counts, and only while it is the one that the call began under; the probe is a call of its own from the start.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { clock, resetMs = 10_000 } = options;
  let onChange: (openUntil: number | null) => void = () => undefined;
  let probeAt: number | null = null;
  let disposed = false;
  let opossum = open(resetMs);

  function open(firstResetMs: number) {
    const settings = { ...countingOf(options), resetTimeout: firstResetMs };
    const opened = new Opossum(told, settings);
    opened.on('open', () => {
      probeAt = clock.now() + settings.resetTimeout;
      onChange(probeAt);
    });
    opened.on('halfOpen', () => {
      settings.resetTimeout = resetMs;
    });
    opened.on('close', () => {
      probeAt = null;
      onChange(null);
      opened.shutdown();
      // Another one, since the failures from before are still in the window of this one.
      opossum = open(resetMs);
    });
    return opened;
  }
  const callClosed = async <T>(fn: () => Promise<CallOutcome<T>>) => {
    const mine = opossum;
    const outcome = await fn();
    const counts = availabilityOf(outcome) !== null && mine === opossum && mine.closed;
    if (counts) await mine.fire(() => Promise.resolve(outcome)).catch(() => undefined);
    return outcome;
  };
  const callHalfOpen = async <T>(fn: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>> => {
    const mine = opossum;
    // What it stays where opossum lets no probe through: it is open, or another one is under way.
    let end: CallOutcome<T> = withheld();
    const neutral = Promise.withResolvers<void>();
    const probe = async (): Promise<CallOutcome<T>> => {
      end = await fn();
      if (availabilityOf(end) !== null) return end;
      if (!disposed) mine.open();
      neutral.resolve();
      // Opossum is never told of it: either end would count.
      return await new Promise<never>(() => undefined);
    };
    try {
      await Promise.race([mine.fire(probe), neutral.promise]);
    } catch (error) {
      if (error !== UNAVAILABLE && !Opossum.isOurError(error as Error)) throw error;
    }
    return end;
  };

  const left = (options.openUntil ?? 0) - clock.now();
  if (left > 0) {
    opossum.shutdown();
    opossum = open(Math.min(left, LONGEST_TIMER_MS));
    opossum.open();
  }
  onChange = options.onChange ?? onChange;
  return {
    run: (fn) => (opossum.closed ? callClosed(fn) : Promise.resolve(withheld())),
    probe(fn) {
      if (opossum.closed) return callClosed(fn);
      return disposed ? Promise.resolve(withheld()) : callHalfOpen(fn);
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

/** What opossum is told of a call that failed; its own trace says nothing, so it is one for all. */
const UNAVAILABLE = new Error('The CRM failed or could not be reached');

/** The action that opossum guards: it succeeds where the CRM did what was asked. */
async function told(call: () => Promise<CallOutcome<unknown>>): Promise<void> {
  if (availabilityOf(await call()) === false) throw UNAVAILABLE;
}

/**
 * Whether an outcome tells about the CRM's being there: true = it answered and did it, false = it failed or could not be
 * reached, null = neither, since a limit, a refusal or a call that we held back says nothing about it.
 */
export function availabilityOf(outcome: CallOutcome<unknown>): boolean | null {
  if (outcome.kind === 'applied') return true;
  if (outcome.kind === 'ambiguous') return false;
  if (outcome.kind !== 'retry_later') return null;
  const { status } = outcome;
  return status !== null && status >= 400 && status < 500 ? null : false;
}

function withheld(): Failure {
  return {
    kind: 'withheld',
    code: 'BREAKER_OPEN',
    detail: 'The CRM failed repeatedly; it is tried again shortly.',
  };
}
