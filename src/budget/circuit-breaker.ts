import Opossum from 'opossum';
import type { CallOutcome, Failure, JudgedOutage } from '../domain/outcome.ts';
import { type Clock, LONGEST_TIMER_MS } from '../runtime/clock.ts';
import type { ProbeWaits } from './probe-waits.ts';

export type BreakerState = 'closed' | 'open' | 'half_open';

/** Keeps calls away from a CRM that fails, for one budget. */
export interface CircuitBreaker {
  /** Calls `fn` while closed; else it is withheld (`BREAKER_OPEN`) and nothing is called. */
  run<T>(fn: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>>;
  /** The same for a call whose failing tells nothing of the others: only what the CRM did counts. */
  runAside<T>(fn: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>>;
  /**
   * The one call that may find out whether the CRM is back: when half-open it goes through, one at a time. If the CRM did it,
   * the breaker closes; any other end keeps it open for one more window. While closed the same as `run`, while open withheld.
   */
  probe<T>(fn: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>>;
  state(): BreakerState;
  /** Epoch milliseconds from when a probe may go; null while closed. */
  openUntil(): number | null;
  /** Opens it for what was judged to be the CRM's own failing, whatever it counted; where it is open, for `atLeastMs` from now. */
  trip(outage: JudgedOutage): void;
  /** The wait before the next probe is the first again, and one that is under way ends: a person asks, or knows that the CRM is back. */
  askNow(): void;
  /**
   * After an outage that `authenticate` did not show, calls for one record at a time find out whether it is over. The right to be that
   * record, to be called at its end; null while another has it. Where nothing is on trial, everybody has it.
   */
  beginTrial(): (() => void) | null;
  /** Whether such an outage may still last. */
  isOnTrial(): boolean;
  /** Ends its timers. A disposed breaker withholds everything. */
  dispose(): void;
}

export interface CircuitBreakerOptions {
  readonly clock: Pick<Clock, 'now'>;
  /** How long it stays open before a probe may go, ms, where `waits` doesn't say; 10 s. */
  readonly resetMs?: number;
  /** How long it stays open each time. */
  readonly waits?: ProbeWaits;
  /** Length of the window that failures are counted in, ms; 10 s. */
  readonly windowMs?: number;
  /** Fewest calls in a window that can open it; 5. It opens when more than half of them failed. */
  readonly volume?: number;
  /** Epoch milliseconds until when an earlier owner had it open. */
  readonly openUntil?: number | null;
  /** Told whenever it opens (epoch ms until when) or closes (null), not of what it is made with. Must not throw. */
  readonly onChange?: (openUntil: number | null) => void;
  /** A call that is no probe did what it was for. Must not throw. */
  readonly onSuccess?: () => void;
  /** An outage began (true) or is over (false); one that was there when it was made began earlier. Must not throw. */
  readonly onOutage?: (began: boolean) => void;
}

/** Longer than this nobody is left alone for what an answer asks, ms. */
const LONGEST_ASKED_MS = 3_600_000;
const AT_ONCE_MS = 1;

/**
 * A circuit breaker with a third kind of end: a limit, a refusal or a call held back says nothing about the CRM's being there.
 * Opossum counts, opens, lets one probe through and closes; but it knows two ends, takes what a filter lets pass for a success (so a
 * 429 would close it), and counts calls when they begin, also those that end after it opened. So it is told of a call once it is known
 * that it counts, and only while it is the one that the call began under; the probe is a call of its own from the start.
 */
export function createCircuitBreaker(options: CircuitBreakerOptions): CircuitBreaker {
  const { clock, waits } = options;
  let hidden = false;
  let failing = (options.openUntil ?? 0) > clock.now();
  const trial = createTrial();
  const setFailing = (now: boolean): void => {
    if (now !== failing) options.onOutage?.(now);
    failing = now;
  };
  const window = createOpenings(options, {
    onOpen: () => setFailing(true),
    onClose() {
      trial.set(hidden);
      if (!hidden) setFailing(false);
    },
  });
  const succeeded = (): void => {
    hidden = false;
    trial.set(false);
    setFailing(false);
    window.forgetAsked();
    waits?.beginAnew();
    options.onSuccess?.();
  };
  const callClosed = async <T>(fn: () => Promise<CallOutcome<T>>, call: 'main' | 'aside' | 'probe') => {
    const mine = window.opossum;
    const outcome = await fn();
    const isCurrent = mine === window.opossum && mine.closed;
    const told = availabilityOf(outcome);
    const available = call === 'aside' && told === false ? null : told;
    if (available === false) window.ask(askedFor(outcome));
    if (isCurrent && call !== 'probe' && outcome.kind === 'applied') succeeded();
    if (isCurrent && available !== null)
      await mine.fire(() => Promise.resolve(outcome)).catch(() => undefined);
    return outcome;
  };
  const callHalfOpen = <T>(fn: () => Promise<CallOutcome<T>>) => {
    const asking = async (): Promise<CallOutcome<T>> => {
      const end = await fn();
      window.ask(askedFor(end));
      return end;
    };
    return probeOnce(window.opossum, asking, () => window.isDisposed);
  };
  return {
    run: (fn) => (window.opossum.closed ? callClosed(fn, 'main') : Promise.resolve(withheld())),
    runAside: (fn) => (window.opossum.closed ? callClosed(fn, 'aside') : Promise.resolve(withheld())),
    probe(fn) {
      if (window.opossum.closed) return callClosed(fn, 'probe');
      return window.isDisposed ? Promise.resolve(withheld()) : callHalfOpen(fn);
    },
    state: () => (window.opossum.closed ? 'closed' : window.opossum.halfOpen ? 'half_open' : 'open'),
    openUntil: () => window.probeAt,
    trip({ atLeastMs, isHidden }) {
      hidden ||= isHidden;
      window.open(Math.min(atLeastMs ?? 0, LONGEST_ASKED_MS));
    },
    askNow() {
      waits?.beginAnew();
      window.endWait();
    },
    beginTrial: trial.begin,
    isOnTrial: trial.isOn,
    dispose: () => window.dispose(),
  };
}

/** One opossum after the other, and when each is to be probed. */
function createOpenings(
  options: CircuitBreakerOptions,
  { onOpen, onClose }: Pick<OpossumHooks, 'onClose'> & { readonly onOpen: () => void },
) {
  const { clock, waits } = options;
  let onChange: (openUntil: number | null) => void = () => undefined;
  let probeAt: number | null = null;
  let disposed = false;
  let askedMs = 0;
  /** `fixedMs`: how long it stays open the first time, whatever the waits say. */
  const make = (fixedMs: number | null) => {
    let fixed = fixedMs;
    return makeOpossum(options, {
      waitMs() {
        const waitMs = fixed ?? Math.max(waits?.next() ?? options.resetMs ?? 10_000, askedMs);
        fixed = null;
        askedMs = 0;
        return waitMs;
      },
      onOpen(ms) {
        probeAt = clock.now() + ms;
        onOpen();
        onChange(probeAt);
      },
      onClose() {
        // A probe that was under way.
        if (disposed) return;
        probeAt = null;
        onClose();
        onChange(null);
        // Another one, since the failures from before are still in the window of this one.
        opossum = make(null);
      },
    });
  };
  let opossum = make(null);
  const reopen = (ms: number): void => {
    opossum.shutdown();
    opossum = make(ms);
    opossum.open();
  };
  const left = (options.openUntil ?? 0) - clock.now();
  if (left > 0) {
    waits?.resume(left);
    reopen(left);
    // As it was written down: the clock has gone on meanwhile.
    probeAt = options.openUntil ?? probeAt;
  }
  onChange = options.onChange ?? onChange;
  return {
    get opossum() {
      return opossum;
    },
    get probeAt() {
      return probeAt;
    },
    get isDisposed() {
      return disposed;
    },
    /** How long an answer asks to be left alone; null: it asks nothing. */
    ask(ms: number | null) {
      askedMs = ms ?? askedMs;
    },
    forgetAsked() {
      askedMs = 0;
    },
    /** Opens it; where it is open, it stays so for `atLeastMs` from now. */
    open(atLeastMs: number) {
      if (disposed) return;
      if (opossum.closed) {
        askedMs = Math.max(askedMs, atLeastMs);
        opossum.open();
      } else if (!opossum.halfOpen && clock.now() + atLeastMs > (probeAt ?? 0)) reopen(atLeastMs);
    },
    endWait() {
      if (!disposed && !opossum.closed && !opossum.halfOpen) reopen(AT_ONCE_MS);
    },
    dispose() {
      disposed = true;
      opossum.shutdown();
    },
  };
}

interface OpossumHooks {
  /** How long it stays open this time, ms. */
  readonly waitMs: () => number;
  readonly onOpen: (ms: number) => void;
  readonly onClose: () => void;
}

function makeOpossum(options: CircuitBreakerOptions, { waitMs, onOpen, onClose }: OpossumHooks) {
  const settings = { ...countingOf(options), resetTimeout: 0 };
  const made = new Opossum(told, settings);
  // Before opossum's own, which takes the time from here.
  made.prependListener('open', () => {
    settings.resetTimeout = Math.min(waitMs(), LONGEST_TIMER_MS);
  });
  made.on('open', () => onOpen(settings.resetTimeout));
  made.on('close', () => {
    made.shutdown();
    onClose();
  });
  return made;
}

async function probeOnce<T>(
  mine: ReturnType<typeof makeOpossum>,
  fn: () => Promise<CallOutcome<T>>,
  isDisposed: () => boolean,
): Promise<CallOutcome<T>> {
  // What it stays where opossum lets no probe through: it is open, or another one is under way.
  let end: CallOutcome<T> = withheld();
  const neutral = Promise.withResolvers<void>();
  const probe = async (): Promise<CallOutcome<T>> => {
    end = await fn();
    if (availabilityOf(end) !== null) return end;
    if (!isDisposed()) mine.open();
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
}

/** Who may find out whether an outage is over: one at a time while it is on, everybody else. */
function createTrial() {
  let on = false;
  let taken = false;
  return {
    isOn: () => on,
    set(now: boolean) {
      on = now;
    },
    begin() {
      if (!on) return () => undefined;
      if (taken) return null;
      taken = true;
      let mine = true;
      return () => {
        if (mine) taken = mine = false;
      };
    },
  };
}

/** What an answer that tells of no success asks to wait, ms. */
function askedFor(outcome: CallOutcome<unknown>): number | null {
  const asked = outcome.kind === 'applied' ? null : (outcome.answer?.retryAfterMs ?? null);
  return asked === null ? null : Math.min(Math.max(0, asked), LONGEST_ASKED_MS);
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
  if (outcome.kind !== 'retry_later' && outcome.kind !== 'ambiguous') return null;
  const { status } = outcome;
  return status !== null && status >= 300 && status < 500 ? null : false;
}

function withheld(): Failure {
  return {
    kind: 'withheld',
    code: 'BREAKER_OPEN',
    detail: 'The CRM failed repeatedly; it is tried again shortly.',
  };
}
