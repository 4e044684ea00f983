import type { Connection, Scope, SealedCredentials } from '../domain/connection.ts';
import type { EntityKind, RecordKey } from '../domain/entity.ts';
import type {
  Claim,
  CreateIntent,
  Lane,
  Link,
  LinkId,
  LinkState,
  Remote,
  RunResult,
} from '../domain/link.ts';
import type { ZenaRecord } from '../domain/record.ts';
import type { Run, RunCount } from '../domain/run.ts';
import type { TimelineEntry } from '../domain/timeline.ts';
import type { AuditLog } from './audit-log.port.ts';
import type { DeadLetterStore, ReplayStore } from './dead-letter-store.port.ts';
import type { ErasureStore } from './erasure-store.port.ts';
import type { IdempotencyStore } from './idempotency-store.port.ts';
import type { BudgetStore, OwnershipStore } from './ownership-store.port.ts';
import type { Page } from '../domain/page.ts';

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
  readonly links: LinkStore;
  readonly runs: RunStore;
  readonly timeline: TimelineStore;
  readonly deadLetters: DeadLetterStore;
  readonly replays: ReplayStore;
  readonly ownership: OwnershipStore;
  readonly budgets: BudgetStore;
  readonly idempotency: IdempotencyStore;
  readonly audit: AuditLog;
  readonly settings: SettingStore;
  readonly erasure: ErasureStore;
  /**
   * Destroys what is left in the store's own files of values that were unset or removed before: sealed credentials only, or
   * everything. It takes the time to write what it looks after anew, so it is for rare acts.
   */
  shred(what: 'credentials' | 'everything'): Promise<Destruction>;
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

export interface RecordWrite {
  readonly record: ZenaRecord;
  /** The revision that was read; 0 = the record must not exist yet. */
  readonly expectedRevision: number;
  /** The record refers to what the revision that was read referred to, so that a store need not look. */
  readonly keepsReferences?: boolean;
}

export interface RecordStore {
  /** Absent keys are absent from the map. */
  read(keys: readonly RecordKey[]): Promise<Map<RecordKey, ZenaRecord>>;
  /** Writes each record whose stored revision is the expected one; returns the keys that were not written. One round trip. */
  write(writes: readonly RecordWrite[]): Promise<RecordKey[]>;
  /** Records of a user and kind, tombstones included, by ascending entity id, after `after`. */
  page(userId: string, kind: EntityKind, after: string | null, limit: number): Promise<ZenaRecord[]>;
  count(userId: string): Promise<number>;
  /** Keys of the user's live records that refer to `key`, ascending, after `after`. */
  referrers(userId: string, key: RecordKey, after: RecordKey | null, limit: number): Promise<RecordKey[]>;
}

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

export interface WantedMark {
  readonly scope: Scope;
  readonly connectionId: string;
  readonly userId: string;
  readonly key: RecordKey;
  /** The record's stored revision. */
  readonly wanted: number;
  readonly now: number;
}

export interface LookMark {
  readonly scope: Scope;
  readonly connectionId: string;
  readonly userId: string;
  readonly key: RecordKey;
  readonly lane: Lane;
  readonly now: number;
  /** Set on the link as `{id, result: null}` unless it already carries this run. */
  readonly runId?: string;
  /** Also clears `notBefore`: a person asked. */
  readonly skipBackOff?: boolean;
}

export interface Seen {
  readonly wanted: number;
  readonly marks: number;
}

/** The holder's fields that a settling write sets; absent members stay as they are. */
export interface LinkPatch {
  readonly intent?: CreateIntent | null;
  readonly quietUntil?: number | null;
  readonly notBefore?: number | null;
  readonly attempts?: number;
  readonly waitingSince?: number | null;
  readonly remote?: Remote | null;
  readonly keyHash?: string | null;
  readonly shadow?: Link['shadow'];
  readonly dead?: Link['dead'];
  readonly recreatedAt?: number | null;
  readonly wake?: boolean;
  readonly untold?: boolean;
  readonly journal?: number;
  /** Written only while the link carries this run. */
  readonly runResult?: { readonly id: string; readonly result: RunResult };
}

/** What settling does to `nextAt`, only while `wanted` and `marks` are as seen; otherwise the link stays due as it is. */
export type NextLook =
  /** Nothing more to do: `nextAt` and `dirtySince` are unset. */
  | { readonly kind: 'rest' }
  /** Look again at this time (epoch ms). */
  | { readonly kind: 'at'; readonly at: number }
  /** Stays due; `lane` becomes `retry` (the patch carries `notBefore`). */
  | { readonly kind: 'back_off' }
  /** Stays due, untouched. */
  | { readonly kind: 'keep' };

export interface Settlement {
  readonly id: LinkId;
  readonly token: string;
  readonly seen: Seen;
  readonly patch: LinkPatch;
  readonly next: NextLook;
}

/** `released`: done as told. `kept`: recorded, but something changed meanwhile, so it stays due. `lost`: the claim was not ours. */
export type SettleResult = 'released' | 'kept' | 'lost';

export interface ClaimRequest {
  readonly scope: Scope;
  /** Null: all of them, the urgent first. */
  readonly lane: Lane | null;
  readonly now: number;
  readonly limit: number;
  readonly claim: Claim;
}

/** What makes another link a neighbour: the CRM's id of its record, the hash of its natural key or of the one that its intent sent. */
export interface NeighbourMarks {
  readonly remoteIds: readonly string[];
  readonly keyHashes: readonly string[];
}

export interface LinkFilter {
  readonly scope: Scope;
  readonly kind?: EntityKind;
  readonly state?: LinkState;
  /** Found in the record's search text, case-insensitively. */
  readonly text?: string;
}

export interface LinkCounts {
  readonly linked: number;
  readonly due: number;
  readonly waiting: number;
  readonly failed: number;
  /** The oldest `dirtySince` of a due link, epoch ms. */
  readonly dirtySince: number | null;
}

export interface LinkStore {
  /**
   * Ingest's mark: makes a link (creating it where absent) due at `now` on the lane `live`, if its `wanted` is lower than the
   * mark's; otherwise changes nothing. `dirtySince` becomes `now` where null. One round trip for all.
   */
  markWanted(marks: readonly WantedMark[]): Promise<void>;
  /**
   * Asks for another look: raises `marks`, makes `nextAt` the lesser of itself and `now`; creates absent links (with wanted 0).
   * A link that was already due keeps its lane where that is more urgent.
   */
  markLook(marks: readonly LookMark[]): Promise<void>;
  /** As `markLook` on the lane `live`, for links that exist only. */
  wake(ids: readonly LinkId[], now: number): Promise<void>;
  read(ids: readonly LinkId[]): Promise<Map<LinkId, Link>>;
  /** Scopes with a link due at `now` (nextAt, notBefore and quietUntil passed, no claim that still lasts), at most `limit`. */
  dueScopes(now: number, limit: number): Promise<Scope[]>;
  /** Scopes with a link whose `wake` or `untold` is set, at most `limit`: settled, but somebody is still to be told. */
  unfinishedScopes(limit: number): Promise<Scope[]>;
  /**
   * Claims up to `limit` due links of a scope and lane, or of all its lanes, the urgent first; of a lane, oldest `nextAt` first.
   * Claimable: no claim, or a claim of a lower epoch, or one whose `until` has passed. Taking over a claim sets `quietUntil` to at
   * least its `until` in the same write. Two callers never both get a link.
   */
  claim(request: ClaimRequest): Promise<Link[]>;
  /** Moves the claim's `until`; false when the claim is not ours any more. */
  extendClaim(id: LinkId, token: string, until: number): Promise<boolean>;
  /** Writes the intent before a create is sent; false when the claim is not ours any more: then nothing may be sent. */
  beginCreate(id: LinkId, token: string, intent: CreateIntent): Promise<boolean>;
  /**
   * Writes down that a CRM record was taken as this link's copy, before anything is written to it: `remote` and `keyHash`, with `wake`
   * set. False when the claim is not ours any more.
   */
  noteRemote(id: LinkId, token: string, remote: Remote, keyHash: string | null): Promise<boolean>;
  /** Ends a claim. One document write; the claim is gone after it unless `lost`. */
  settle(settlement: Settlement): Promise<SettleResult>;
  /**
   * What a lost claim learned: `remote` is set only where absent; where another id stands, this one is added to `strays`
   * (once). Returns what happened.
   */
  recordLost(id: LinkId, remote: Remote): Promise<'set' | 'same' | 'stray' | 'absent'>;
  /** Unsets the shadows of these links (not claimed by the caller): a shared CRM record is about to be written by another. */
  clearShadows(ids: readonly LinkId[]): Promise<void>;
  /** Sets `wake` false where set. */
  clearWake(id: LinkId): Promise<void>;
  /** Links of a scope with `wake` set, at most `limit`. */
  pendingWakes(scope: Scope, limit: number): Promise<Link[]>;
  /** Links of a scope with `untold` set, at most `limit`. */
  untoldDead(scope: Scope, limit: number): Promise<Link[]>;
  /** Sets `untold` false while the link's dead letter is the one that failed at this time (epoch ms). */
  clearUntold(id: LinkId, failedAt: number): Promise<void>;
  /**
   * Asks for another look at links that rest dead: as `wake`, on the lane `replay`, for those that have `dead` with fewer than
   * `mostReplays` replays and are not due. Others are left alone.
   */
  wakeDead(ids: readonly LinkId[], now: number, mostReplays: number): Promise<number>;
  /** The other links of a link's scope and kind that have any of these marks, each once. One round trip. */
  findNeighbours(of: Pick<Link, 'id' | 'scope' | 'kind'>, marks: NeighbourMarks): Promise<Link[]>;
  counts(scope: Scope, now: number): Promise<LinkCounts>;
  /** Newest `id` order is not promised: pages by link id, each with its record. */
  list(
    filter: LinkFilter,
    now: number,
    cursor: string | null,
    limit: number,
  ): Promise<Page<{ link: Link; record: ZenaRecord | null }>>;
  /** Unsets `nextAt`, `notBefore` and the run of every link of the scope: disconnect drops waiting work. */
  dropWork(scope: Scope): Promise<number>;
  /** Unsets `nextAt` of links that carry this run without a result and are on the lane `sync` or `replay`; for a cancelled run. */
  dropRun(runId: string): Promise<number>;
  /** Deletes every link of the scope and their timelines. */
  forget(scope: Scope): Promise<number>;
  countRun(runId: string): Promise<RunCount[]>;
  /** Due links over all scopes and the oldest `dirtySince`, for the metrics. */
  backlog(now: number): Promise<{ readonly due: number; readonly dirtySince: number | null }>;
}

export interface RunStore {
  /** False when the connection already has a run that has not ended. */
  insert(run: Run): Promise<boolean>;
  read(runId: string): Promise<Run | null>;
  findOpen(connectionId: string): Promise<Run | null>;
  listOpen(limit: number): Promise<Run[]>;
  replace(run: Run, expectedRevision: number): Promise<boolean>;
  /** Newest first. */
  list(connectionId: string, cursor: string | null, limit: number): Promise<Page<Run>>;
  /** Deletes runs that ended before this time (epoch ms). */
  prune(before: number): Promise<number>;
}

export interface TimelineStore {
  /** Keeps the last `TIMELINE_LENGTH` entries of each link. One round trip. */
  append(entries: readonly TimelineEntry[]): Promise<void>;
  /** Newest first. */
  ofLink(id: LinkId, cursor: string | null, limit: number): Promise<Page<TimelineEntry>>;
  /** A user's entries with an id greater than `after`, ascending; `after` null = the newest `limit`, ascending. */
  ofUser(userId: string, after: string | null, limit: number): Promise<TimelineEntry[]>;
  /** Deletes entries older than `before` (epoch ms). */
  prune(before: number): Promise<number>;
}

export interface SettingStore {
  readCanary(): Promise<SealedCredentials | null>;
  writeCanaryIfAbsent(sealed: SealedCredentials): Promise<SealedCredentials>;
  /** Writes it over the one that is there. */
  replaceCanary(sealed: SealedCredentials): Promise<void>;
  /** Raises and returns the owner's epoch: claims of lower epochs belong to processes that are gone. */
  nextEpoch(): Promise<number>;
  hasSealedCredentials(): Promise<boolean>;
}
