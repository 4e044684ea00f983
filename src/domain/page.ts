export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null when there is no more. */
  readonly nextCursor: string | null;
}

/**
 * What one page of anything holds at most, in bytes as stored: it ends with the item that reaches this, so it holds at least one, and what
 * one call reads at a time is bounded however large the items are, and holds up nobody.
 */
export const PAGE_BYTES = 1_048_576;
