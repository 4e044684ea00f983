import type { EntityKind, RecordKey } from '../domain/entity.ts';
import type { ZenaRecord } from '../domain/record.ts';

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
