import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import { createDistance, FULL_RATE, halved, partOfRate, recoveredAt } from './adaptive-rate.ts';

export interface PaceParts {
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
}

const WINDOW_MS = 1_000;
/** Where calls go out decides: here it is only that few wait there, and what is late twice should not be lost twice. */
const MORE_EARLY = 1;

/** When the next call of a budget may start, as far as its CRM's answers say. */
export interface Pace {
  /** What part of the declared rate is used now. */
  readonly part: number;
  /** Monotonic milliseconds. */
  readonly pauseEnd: number;
  /** Monotonic milliseconds before which nothing may start, for a pause, a lower rate, or turns that came late and together. */
  opensAt(): number;
  started(): void;
  refused(retryAfterMs: number | null): number;
  accepted(): void;
  pauseFor(ms: number): void;
  /** Epoch milliseconds until when nothing starts, or null. */
  pausedUntil(): number | null;
  forgettableIn(): number;
}

export function createPace(requestsPerSecond: number, { clock, random }: PaceParts): Pace {
  const distance = createDistance(requestsPerSecond, MORE_EARLY);
  let rate = FULL_RATE;
  let refusals = 0;
  let pauseEnd = Number.NEGATIVE_INFINITY;
  return {
    get part() {
      return partOfRate(rate, clock.monotonic());
    },
    get pauseEnd() {
      return pauseEnd;
    },
    opensAt() {
      return Math.max(pauseEnd, distance.opensAt(this.part));
    },
    started() {
      distance.passed(clock.monotonic(), this.part);
    },
    refused(retryAfterMs) {
      const now = clock.monotonic();
      // Calls that were under way together are refused together: one step down for all of them.
      if (now >= pauseEnd) {
        refusals += 1;
        rate = halved(rate, now);
      }
      pauseEnd = Math.max(pauseEnd, now + pauseAfter(retryAfterMs, refusals, random.next()));
      // A sum and a difference of fractions may be a little more than what was asked.
      return Math.ceil(pauseEnd - now - 1e-6);
    },
    accepted() {
      refusals = 0;
    },
    pauseFor(ms) {
      pauseEnd = Math.max(pauseEnd, clock.monotonic() + ms);
    },
    pausedUntil() {
      const left = pauseEnd - clock.monotonic();
      return left > 0 ? Math.ceil(clock.now() + left) : null;
    },
    forgettableIn() {
      const until = Math.max(pauseEnd, recoveredAt(rate), distance.last + WINDOW_MS);
      return Math.max(0, until - clock.monotonic());
    },
  };
}

const LONGEST_PAUSE_MS = 3_600_000;
const SHORTEST_PAUSE_MS = 1_000;
const LONGEST_GUESS_MS = 60_000;
const JITTER = 0.1;

/**
 * How long to wait after a 429, ms: what the CRM asked for, within 1 s and 1 h, or a guess that doubles with each refusal in
 * a row, from 1 s to 60 s. Up to a tenth is added, never taken away, so that waiters spread without coming early.
 *
 * @param refusals 429s in a row, this one included
 * @param random from 0 up to, but not including, 1
 */
export function pauseAfter(retryAfterMs: number | null, refusals: number, random: number): number {
  const asked =
    retryAfterMs === null || Number.isNaN(retryAfterMs)
      ? Math.min(LONGEST_GUESS_MS, SHORTEST_PAUSE_MS * 2 ** Math.max(0, refusals - 1))
      : Math.min(LONGEST_PAUSE_MS, Math.max(SHORTEST_PAUSE_MS, retryAfterMs));
  return Math.round(asked * (1 + JITTER * random));
}
