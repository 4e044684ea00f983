/** So many calls in any window of this length, ms. */
export interface LimitContext {
  readonly name: string;
  readonly calls: number;
  readonly windowMs: number;
  /** Whose calls it counts together: one key's, one account's, or all that this service makes as one application. */
  readonly of: 'key' | 'account' | 'application';
}

/** What an answer says of a context; what is absent it doesn't say. */
export interface ToldLimit {
  readonly context: string;
  readonly calls?: number;
  readonly windowMs?: number;
  /** How many calls are left in the window. */
  readonly left?: number;
  /** It is used up for so long, ms. */
  readonly retryAfterMs?: number;
}
