import type { BudgetState } from '../../ownership-store.port.ts';

export interface BudgetDocument {
  /** The budget. */
  readonly _id: string;
  /** Absent until noted, null when it was noted that there is none. */
  readonly pausedUntil?: number | null;
  readonly openUntil?: number | null;
  /** What was granted of the quotas of the last days that anything was asked of, by descending day. */
  readonly granted?: readonly DayUse[];
  /** Raised by every grant. */
  readonly grants?: number;
}

export interface DayUse {
  readonly day: string;
  readonly calls: number;
}

/** Null where quota was granted and nothing was noted. */
export function budgetStateOf({ pausedUntil, openUntil }: BudgetDocument): BudgetState | null {
  if (pausedUntil === undefined && openUntil === undefined) return null;
  return { pausedUntil: pausedUntil ?? null, openUntil: openUntil ?? null };
}
