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
const KEPT_APART = 0.5;

/** How old an answer to whether a call may go out can get while the calls before it leave, ms. */
const OLDEST_ANSWER_MS = 200;

/** How many calls may ask at a time, or have asked and not gone out. */
export function mostAsking(requestsPerSecond: number): number {
  return Math.max(2, Math.floor(OLDEST_ANSWER_MS / spacingMs(requestsPerSecond)));
}

/** How much earlier than at its distance a call may go where it came late, ms: the first two stay apart, as a CRM may see them closer. */
export function earlyMs(requestsPerSecond: number): number {
  const together = Math.max(1, Math.floor(BURST * requestsPerSecond));
  return (together - KEPT_APART) * spacingMs(requestsPerSecond);
}
