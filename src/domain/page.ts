export interface Page<T> {
  readonly items: readonly T[];
  /** Opaque; null when there is no more. */
  readonly nextCursor: string | null;
}
