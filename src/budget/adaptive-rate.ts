/** What part of the declared rate is used: less after each 429, slowly more again. */
export interface AdaptedRate {
  readonly part: number;
  /** Monotonic milliseconds of the last 429. */
  readonly since: number;
}

const STEP_MS = 10_000;
const STEP = 0.1;
const LEAST = 1 / 64;
/** Spacing a little wider than the limit's own, so that no window holds more than the limit, whoever's clock measures it. */
const SAFETY = 0.97;

/** Nothing was refused yet. */
export const FULL_RATE: AdaptedRate = { part: 1, since: 0 };

/** The part now: a tenth of the declared rate comes back for each 10 s without a 429. */
export function partOfRate({ part, since }: AdaptedRate, now: number): number {
  const steps = Math.max(0, Math.floor((now - since) / STEP_MS));
  return Math.min(1, part + STEP * steps);
}

/** After a 429: half of what was used. */
export function halved(rate: AdaptedRate, now: number): AdaptedRate {
  return { part: Math.max(LEAST, partOfRate(rate, now) / 2), since: now };
}

/** When the declared rate is used in full again, monotonic milliseconds. */
export function recoveredAt({ part, since }: AdaptedRate): number {
  return part >= 1 ? since : since + Math.ceil((1 - part) / STEP - 1e-9) * STEP_MS;
}

/** Milliseconds between two calls, so that at most `requestsPerSecond` start within any second. */
export function spacingMs(requestsPerSecond: number, part = 1): number {
  return 1000 / (SAFETY * requestsPerSecond * part);
}

/** What part of a second's calls may follow each other at once, where they came late. */
const BURST = 0.02;

/** Calls one distance after the other, as monotonic milliseconds tell. */
export interface Distance {
  /** Of the last call. */
  readonly last: number;
  /** Before which the next is too early, at this part of the rate; one that comes late is made up for, but for more than a burst. */
  opensAt(part: number): number;
  passed(now: number, part: number): void;
}

/** @param more distances that a call may come early beside those of a burst; less than none where the first two stay apart */
export function createDistance(requestsPerSecond: number, more: number): Distance {
  const together = Math.max(1, Math.floor(BURST * requestsPerSecond));
  const early = (together + more) * spacingMs(requestsPerSecond);
  let last = Number.NEGATIVE_INFINITY;
  /** When the next would be due if all had come in time. */
  let due = Number.NEGATIVE_INFINITY;
  return {
    get last() {
      return last;
    },
    opensAt: (part) => (part < 1 ? last + spacingMs(requestsPerSecond, part) : due - early),
    passed(now, part) {
      last = now;
      due = Math.max(due, now) + spacingMs(requestsPerSecond, part);
    },
  };
}
