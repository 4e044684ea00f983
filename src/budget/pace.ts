import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';
import {
  type AdaptedRate,
  earlyMs,
  FULL_RATE,
  halved,
  partOfRate,
  recoveredAt,
  spacingMs,
} from './adaptive-rate.ts';
import { pauseAfter } from './pause-after.ts';

export interface PaceParts {
  readonly clock: Clock;
  readonly random: Pick<Random, 'next'>;
}

const WINDOW_MS = 1_000;

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
  let rate: AdaptedRate = FULL_RATE;
  let refusals = 0;
  let pauseEnd = Number.NEGATIVE_INFINITY;
  let lastStart = Number.NEGATIVE_INFINITY;
  /** When the next would start if all turns came in time, monotonic ms. */
  let due = Number.NEGATIVE_INFINITY;
  const early = earlyMs(requestsPerSecond);
  return {
    get part() {
      return partOfRate(rate, clock.monotonic());
    },
    get pauseEnd() {
      return pauseEnd;
    },
    opensAt() {
      return Math.max(pauseEnd, this.part < 1 ? due : due - early);
    },
    started() {
      lastStart = clock.monotonic();
      due = Math.max(due, lastStart) + spacingMs(requestsPerSecond, this.part);
    },
    refused(retryAfterMs) {
      const now = clock.monotonic();
      // Calls that were under way together are refused together: one step down for all of them.
      if (now >= pauseEnd) {
        refusals += 1;
        rate = halved(rate, now);
      }
      pauseEnd = Math.max(pauseEnd, now + pauseAfter(retryAfterMs, refusals, random.next()));
      return Math.ceil(pauseEnd - now);
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
      const until = Math.max(pauseEnd, recoveredAt(rate), lastStart + WINDOW_MS);
      return Math.max(0, until - clock.monotonic());
    },
  };
}
