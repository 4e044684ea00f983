/** A time of the API, shorter: `2026-03-01 10:20:30Z`. Null stays null. */
export function shortTime(at: string | null): string | null {
  return at === null ? null : `${at.slice(0, 19).replace('T', ' ')}Z`;
}

/** Seconds as people read them. */
export function shortSeconds(seconds: number): string {
  if (seconds < 1) return `${Math.round(seconds * 1_000)} ms`;
  return seconds < 120 ? `${seconds.toFixed(1)} s` : `${Math.round(seconds / 60)} min`;
}
