/** What a caller prefers about waiting (RFC 7240); null where nothing was said. */
export interface WaitPreference {
  readonly waitMs: number;
  /** For `Preference-Applied`. */
  readonly applied: string;
}

/** Reads `wait=N` (seconds) and `respond-async` of a `Prefer` header; `wait` decides when both are there. Others are ignored. */
export function readWaitPreference(header: string | undefined, longestMs: number): WaitPreference | null {
  const tokens = (header ?? '').split(',').map((token) => token.trim().toLowerCase());
  for (const token of tokens) {
    const seconds = /^wait\s*=\s*"?(\d{1,6})"?$/.exec(token)?.[1];
    if (seconds === undefined) continue;
    const waitMs = Math.min(Number(seconds) * 1_000, longestMs);
    return { waitMs, applied: `wait=${Math.floor(waitMs / 1_000)}` };
  }
  return tokens.includes('respond-async') ? { waitMs: 0, applied: 'respond-async' } : null;
}
