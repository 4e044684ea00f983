import type { AccountStore } from './account-store.port.ts';
import type { AuditLog } from './audit-log.port.ts';
import type { ConnectionStore } from './connection-store.port.ts';
import type { DeadLetterStore, ReplayStore } from './dead-letter-store.port.ts';
import type { ErasureStore } from './erasure-store.port.ts';
import type { FeedPositionStore } from './feed-position-store.port.ts';
import type { IdempotencyStore } from './idempotency-store.port.ts';
import type { LinkStore } from './link-store.port.ts';
import type { LookStore } from './look-store.port.ts';
import type { BudgetStore, OwnershipStore } from './ownership-store.port.ts';
import type { RecordStore } from './record-store.port.ts';
import type { RunStore } from './run-store.port.ts';
import type { SettingStore } from './setting-store.port.ts';
import type { TimelineStore } from './timeline-store.port.ts';

/**
 * Port: everything that must outlive the process.
 *
 * Every method that changes something is atomic per document and durable when it resolves; no method spans documents
 * atomically, and no caller relies on that. A store that can't answer within its deadline, or at all, throws `StoreUnavailable`;
 * callers never take that for 'absent'.
 */
export interface StateStore {
  readonly records: RecordStore;
  readonly connections: ConnectionStore;
  readonly accounts: AccountStore;
  readonly links: LinkStore;
  readonly looks: LookStore;
  readonly runs: RunStore;
  readonly timeline: TimelineStore;
  readonly deadLetters: DeadLetterStore;
  readonly replays: ReplayStore;
  readonly ownership: OwnershipStore;
  readonly budgets: BudgetStore;
  readonly idempotency: IdempotencyStore;
  readonly audit: AuditLog;
  readonly settings: SettingStore;
  readonly feedPositions: FeedPositionStore;
  readonly erasure: ErasureStore;
  /**
   * Destroys what is left in the store's own files of values that were unset or removed before: sealed credentials only, or
   * everything. It takes the time to write what it looks after anew, so it is for rare acts.
   */
  shred(what: 'credentials' | 'everything'): Promise<Destruction>;
  /**
   * Lets others have their turn of the event loop, where this one has had much of it: for what takes long between two questions to the
   * store, which are such places themselves.
   */
  breathe(): Promise<void>;
  /** Resolves when the store answers. */
  ping(): Promise<void>;
  close(): Promise<void>;
}

/**
 * What became of the bytes. `overwritten`: no copy is in the store's files any more. `removed`: no document holds them any more;
 * when their place is used again is up to the database.
 */
export type Destruction = 'overwritten' | 'removed';

export class StoreUnavailable extends Error {
  override readonly name = 'StoreUnavailable';
  readonly code = 'STORE_UNAVAILABLE';
}
