import type { AccountIdentity, ConnectorCredentials } from '../connectors/connector.port.ts';
import type { CrmFields } from '../domain/remote-record.ts';
import type { EntityKind } from '../domain/entity.ts';
import type { Connection, ConnectorRef, Scope } from '../domain/connection.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { LeaseListener } from '../ownership/ownership.port.ts';

/** The loop that makes each CRM equal to Zena. Hints are only hints: what they miss, its own poll finds. */
export interface Reconciler extends LeaseListener {
  start(): void;
  /** Takes no new work, lets calls on the wire end within `graceMs`, releases what it holds. Idempotent. */
  stop(graceMs: number): Promise<void>;
  /** There may be due work in this scope. */
  nudge(scope: Scope): void;
  /** More is being marked in this scope that is to go together: until this is called, nothing of it but people's changes is begun. */
  gather(scope: Scope): () => void;
  /** The connection's status, credentials or config changed: what it holds of it is read anew before the next call. */
  connectionChanged(connectionId: string): void;
  /** A person asks for its CRM: whatever it is left alone for, it is tried at once. */
  askNow(connectionId: string): void;
}

/** Whose credentials are used. */
export interface CredentialsInUse {
  /** As entered, or as they were sealed. */
  readonly credentials: ConnectorCredentials;
  /** The connection that they are sealed in, whose sessions are used and kept; null: they were entered. */
  readonly stored: Connection | null;
}

export interface CheckedAccount extends AccountIdentity {
  /** The credentials, with what the CRM gave for them: it would be lost if it weren't sealed with them. */
  readonly toSeal: ConnectorCredentials;
}

/** Speaks to a CRM outside the loop: for connect, test and the probe. */
export interface CredentialCheck {
  /**
   * Whether the CRM takes these credentials, and the account that they are good for: `authenticate`, then `identify`, through guard,
   * limiter and breaker of their budget.
   */
  check(of: ConnectorRef, used: CredentialsInUse): Promise<CallOutcome<CheckedAccount>>;
  /**
   * Tells the CRM that nothing of what a connection kept is used any more, where it wants to know. What it answers changes nothing, and it never
   * rejects for that.
   */
  close?(of: ConnectorRef, credentials: ConnectorCredentials): Promise<void>;
  /**
   * What the CRM shows to these credentials of some records, in their order; null where it says that there is none, or refuses that one.
   * Fails as soon as a call fails otherwise.
   */
  read(
    of: ConnectorRef,
    used: CredentialsInUse,
    wanted: readonly { readonly kind: EntityKind; readonly remoteId: string }[],
  ): Promise<CallOutcome<readonly (CrmFields | null)[]>>;
}
