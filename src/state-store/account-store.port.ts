import type { Scope } from '../domain/connection.ts';

/**
 * Port: which scopes are proven to be of one CRM account, so that what one connection wrote into it is known to the others. A scope that
 * was joined with none stands for itself.
 */
export interface AccountStore {
  /** The other scopes of a scope's account. */
  kinOf(scope: Scope): Promise<Scope[]>;
  /** From now on the two are of one account, and with them all that either was of one account with. */
  join(one: Scope, other: Scope): Promise<void>;
  /** The scope stands for itself again: its connection may speak for another account by now. */
  leave(scope: Scope): Promise<void>;
}
