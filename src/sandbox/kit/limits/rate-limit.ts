import type { Clock } from '../../../runtime/clock.ts';

/** How many requests are allowed; `name` tells it from the CRM's others. */
export type Limit =
  /** A rate, after a rest so many at once. */
  | {
      readonly kind: 'bucket';
      readonly name: string;
      readonly perSecond: number;
      readonly burst: number;
    }
  /** In any span of `windowMs`. */
  | {
      readonly kind: 'window';
      readonly name: string;
      readonly requests: number;
      readonly windowMs: number;
    }
  /** From midnight UTC to midnight UTC. */
  | { readonly kind: 'day'; readonly name: string; readonly requests: number };

/** One request counts against a limit, and by whom: a key, an account, an application. */
export interface Charge {
  readonly limit: Limit;
  readonly holder: string;
}

/** What is left of the limits that a request counts against, in the order of its charges. */
export interface RateVerdict {
  readonly left: readonly number[];
  /** The first limit that has no room, and when it has; null: the request was taken. */
  readonly refusal: { readonly limit: Limit; readonly retryAfterMs: number } | null;
}

export interface RateLimiter {
  /** Takes one request of each allowance, or of none; a refused one costs nothing but is counted. */
  take(charges: readonly Charge[]): RateVerdict;
  /** Requests refused so far. */
  refused(): number;
  reset(): void;
}

/** Rates are measured by the monotonic clock, days told by the wall clock. */
type RateClock = Pick<Clock, 'now' | 'monotonic'>;

/** One holder's count against one limit. */
interface Count {
  left(): number;
  /** How long until there is room, ms; 0: there is. */
  waitMs(): number;
  add(): void;
}

const DAY_MS = 86_400_000;

export function createRateLimiter(clock: RateClock): RateLimiter {
  const counts = new Map<string, Count>();
  let refusals = 0;

  const countOf = ({ limit, holder }: Charge): Count => {
    const name = `${limit.name} ${holder}`;
    const known = counts.get(name);
    if (known) return known;
    const count = countFor(limit, clock);
    counts.set(name, count);
    return count;
  };

  return {
    take(charges) {
      const open = charges.map((charge) => ({ limit: charge.limit, count: countOf(charge) }));
      const waits = open.map(({ limit, count }) => ({ limit, retryAfterMs: count.waitMs() }));
      const refusal = waits.find(({ retryAfterMs }) => retryAfterMs > 0) ?? null;
      if (refusal) refusals += 1;
      else for (const { count } of open) count.add();
      return { left: open.map(({ count }) => count.left()), refusal };
    },
    refused: () => refusals,
    reset() {
      counts.clear();
      refusals = 0;
    },
  };
}

function countFor(limit: Limit, clock: RateClock): Count {
  switch (limit.kind) {
    case 'bucket':
      return bucket(limit.perSecond, limit.burst, clock);
    case 'window':
      return rollingWindow(limit.requests, limit.windowMs, clock);
    case 'day':
      return utcDay(limit.requests, clock);
  }
}

function bucket(perSecond: number, burst: number, clock: RateClock): Count {
  let tokens = burst;
  let filledAt = clock.monotonic();
  const fill = (): number => {
    const at = clock.monotonic();
    tokens = Math.min(burst, tokens + ((at - filledAt) / 1000) * perSecond);
    filledAt = at;
    return tokens;
  };
  return {
    left: () => Math.floor(fill()),
    // Sums of fractions end a hair below 1, which is a whole token all the same.
    waitMs: () => (fill() < 1 - 1e-9 ? ((1 - tokens) / perSecond) * 1000 : 0),
    add() {
      tokens -= 1;
    },
  };
}

function rollingWindow(requests: number, windowMs: number, clock: RateClock): Count {
  let taken: number[] = [];
  const inWindow = (): number[] => {
    const since = clock.monotonic() - windowMs;
    taken = taken.filter((at) => at > since);
    return taken;
  };
  return {
    left: () => requests - inWindow().length,
    waitMs() {
      const oldest = inWindow()[taken.length - requests];
      if (oldest !== undefined) return oldest + windowMs - clock.monotonic();
      return requests > 0 ? 0 : windowMs;
    },
    add: () => void taken.push(clock.monotonic()),
  };
}

function utcDay(requests: number, clock: RateClock): Count {
  let day = Number.NaN;
  let today = 0;
  const count = (): number => {
    const now = Math.floor(clock.now() / DAY_MS);
    if (now !== day) [day, today] = [now, 0];
    return today;
  };
  return {
    left: () => requests - count(),
    waitMs: () => (count() < requests ? 0 : (day + 1) * DAY_MS - clock.now()),
    add() {
      today = count() + 1;
    },
  };
}

/** What 429 says about when to come back; the last two are wrong on purpose. */
export type RetryAfterStyle = 'seconds' | 'date' | 'absent' | 'absurd' | 'negative';

/** The `Retry-After` value, or null where the header is left out. */
export function retryAfterHeader(style: RetryAfterStyle, waitMs: number, now: number): string | null {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  switch (style) {
    case 'seconds':
      return String(seconds);
    case 'date':
      return new Date(Math.ceil((now + waitMs) / 1000) * 1000).toUTCString();
    case 'absent':
      return null;
    case 'absurd':
      return '315360000';
    case 'negative':
      return '-5';
  }
}
