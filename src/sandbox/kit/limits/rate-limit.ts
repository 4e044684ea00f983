import type { Clock } from '../../../runtime/clock.ts';
import type { RetryAfterStyle, SandboxRateLimit } from '../../mri-vault/vault-settings.ts';

export type RateVerdict =
  { readonly allowed: true } | { readonly allowed: false; readonly retryAfterMs: number };

export interface RateLimiter {
  /** Takes one request of this key's allowance; a refused one costs nothing but is counted. */
  take(key: string): RateVerdict;
  /** Requests refused so far. */
  refused(): number;
  reset(): void;
}

/** Rates are measured by the monotonic clock, days told by the wall clock. */
type RateClock = Pick<Clock, 'now' | 'monotonic'>;

const DAY_MS = 86_400_000;

interface Bucket {
  tokens: number;
  /** Monotonic ms of the last refill. */
  at: number;
  /** UTC days since 1970. */
  day: number;
  today: number;
}

function refill(bucket: Bucket, limit: SandboxRateLimit, clock: RateClock): void {
  const at = clock.monotonic();
  const gained = ((at - bucket.at) / 1000) * limit.requestsPerSecond;
  bucket.tokens = Math.min(burstOf(limit), bucket.tokens + gained);
  bucket.at = at;
  const day = Math.floor(clock.now() / DAY_MS);
  if (day !== bucket.day) Object.assign(bucket, { day, today: 0 });
}

function burstOf(limit: SandboxRateLimit): number {
  return Math.max(1, limit.burst ?? limit.requestsPerSecond);
}

function verdict(bucket: Bucket, limit: SandboxRateLimit, now: number): RateVerdict {
  if (limit.requestsPerDay !== undefined && bucket.today >= limit.requestsPerDay) {
    return { allowed: false, retryAfterMs: (bucket.day + 1) * DAY_MS - now };
  }
  // Sums of fractions end a hair below 1, which is a whole token all the same.
  if (bucket.tokens < 1 - 1e-9) {
    return { allowed: false, retryAfterMs: ((1 - bucket.tokens) / limit.requestsPerSecond) * 1000 };
  }
  return { allowed: true };
}

/** A token bucket per key, with a count per UTC day. */
export function createRateLimiter(clock: RateClock, limit: () => SandboxRateLimit | null): RateLimiter {
  const buckets = new Map<string, Bucket>();
  let refusals = 0;
  return {
    take(key) {
      const current = limit();
      if (!current) return { allowed: true };
      const at = clock.monotonic();
      const bucket = buckets.get(key) ?? { tokens: burstOf(current), at, day: -1, today: 0 };
      buckets.set(key, bucket);
      refill(bucket, current, clock);
      const decided = verdict(bucket, current, clock.now());
      if (decided.allowed) {
        bucket.tokens -= 1;
        bucket.today += 1;
      } else {
        refusals += 1;
      }
      return decided;
    },
    refused: () => refusals,
    reset() {
      buckets.clear();
      refusals = 0;
    },
  };
}

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
