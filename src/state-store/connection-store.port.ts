import type { Connection, SealedCredentials } from '../domain/connection.ts';

/** What a sealed value says of itself without being opened. */
export type SealedForm = Pick<SealedCredentials, 'v' | 'keyId'>;

export interface SealedCount extends SealedForm {
  readonly count: number;
}

export interface ConnectionStore {
  read(connectionId: string): Promise<Connection | null>;
  findByOwner(userId: string, provider: string): Promise<Connection | null>;
  listByOwner(userId: string): Promise<Connection[]>;
  /** Connections of these users that are not disconnected: ingest's fan-out. */
  listForUsers(userIds: readonly string[]): Promise<Connection[]>;
  /** Connections of a provider with this account key, of every status, at most 1,000. */
  listByAccount(provider: string, accountKey: string): Promise<Connection[]>;
  /** Whether a connection that is not disconnected has this budget. */
  usesBudget(budgetKey: string): Promise<boolean>;
  /** How many accounts share a budget, of active connections. */
  accountsOnBudget(budgetKey: string): Promise<number>;
  /** Empties the budget keys of disconnected connections, as disconnecting does now; answers those that it took. */
  dropRestedBudgets(): Promise<string[]>;
  /** All that are not disconnected, by ascending id after `after`. */
  pageConnected(after: string | null, limit: number): Promise<Connection[]>;
  /** False when the owner already has a connection to this provider (unique by owner and provider). */
  insert(connection: Connection): Promise<boolean>;
  /** Replaces the document if its stored revision is `expectedRevision`; `connection.revision` must be greater. */
  replace(connection: Connection, expectedRevision: number): Promise<boolean>;
  /** How many connections have sealed credentials of each form under each key, in no order; nothing is opened. */
  countSealed(): Promise<SealedCount[]>;
  /** Connections whose sealed credentials are of another form or key than this, whatever their status, by ascending id after `after`. */
  pageSealedUnlike(sealed: SealedForm, after: string | null, limit: number): Promise<Connection[]>;
  /**
   * Sets the sealed credentials and raises the revision, if the stored revision is `expectedRevision` and credentials are there; touches
   * nothing else.
   */
  reseal(connectionId: string, sealed: SealedCredentials, expectedRevision: number): Promise<boolean>;
  /** Sets `lastSyncAt` to the greater of the stored and `at`; touches neither revision nor epoch. */
  touchLastSync(connectionId: string, at: number): Promise<void>;
}
