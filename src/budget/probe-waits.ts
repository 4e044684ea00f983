import type { Clock } from '../runtime/clock.ts';
import type { Random } from '../runtime/random.ts';

/** How long a CRM that fails is left alone before it is asked again. */
export interface ProbeWaits {
  /** The wait before the next probe, ms: each about twice the one before, up to a ceiling, until it begins anew. */
  next(): number;
  /** The CRM did something, or a person asks: the next wait is the first again. */
  beginAnew(): void;
  /** What an earlier owner of the budget had left of a wait, ms: the next goes on from there. */
  resume(leftMs: number): void;
}

export interface ProbeWaitsOptions {
  readonly clock: Pick<Clock, 'now'>;
  readonly random: Pick<Random, 'next'>;
  /** Null: the CRM counts no days. */
  readonly requestsPerDay: number | null;
}

/** The first wait, and the ceiling of all; both up to a fifth shorter, by chance. */
export const FIRST_WAIT_MS = 2_000;
export const LONGEST_WAIT_MS = 300_000;
const JITTER = 0.2;
/** Of a day's calls, what probes may use up. */
const SHARE_OF_A_DAY = 0.01;
const DAY_MS = 86_400_000;

/**
 * Waits that grow from seconds to minutes. Where the CRM counts days, the probes of one take a hundredth of its calls at most: once half
 * of that is used, the rest is spread over what is left of the day.
 */
export function createProbeWaits({ clock, random, requestsPerDay }: ProbeWaitsOptions): ProbeWaits {
  const most = requestsPerDay === null ? null : Math.max(1, Math.floor(requestsPerDay * SHARE_OF_A_DAY));
  let step = 0;
  let day = 0;
  let used = 0;

  const paced = (): number => {
    if (most === null) return 0;
    const now = clock.now();
    const today = Math.floor(now / DAY_MS);
    if (today !== day) [day, used] = [today, 0];
    const left = most - used;
    const rest = DAY_MS - (now % DAY_MS);
    used += 1;
    if (left <= 0) return rest;
    return left * 2 > most ? 0 : rest / left;
  };
  return {
    next() {
      const wait = Math.min(LONGEST_WAIT_MS, FIRST_WAIT_MS * 2 ** step);
      step += 1;
      return Math.round(Math.max(wait * (1 - JITTER * random.next()), paced()));
    },
    beginAnew() {
      step = 0;
    },
    resume(leftMs) {
      step = Math.max(0, Math.ceil(Math.log2(Math.min(leftMs, LONGEST_WAIT_MS) / FIRST_WAIT_MS)) + 1);
    },
  };
}
