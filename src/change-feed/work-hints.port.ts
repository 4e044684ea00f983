import type { Scope } from '../domain/connection.ts';

/** What one process tells the others. */
export type WorkHint =
  /** There may be due work in these scopes. */
  | { readonly kind: 'due'; readonly scopes: readonly Scope[] }
  /** A connection's status, credentials or config changed. */
  | { readonly kind: 'connection'; readonly connectionId: string };

/** Port: hints between processes. Lossy by design: what a lost one would have told, a poll of the store finds. */
export interface WorkHints {
  /** Never throws and never waits. */
  publish(hint: WorkHint): void;
}
