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
