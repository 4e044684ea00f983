import type { EntityKind, RecordKey } from '../domain/entity.ts';
import type { Page } from '../domain/page.ts';
import type { RecordHead, ZenaRecord } from '../domain/record.ts';

export interface RecordWrite {
  readonly record: ZenaRecord;
  /** The revision that was read; 0 = the record must not exist yet. */
  readonly expectedRevision: number;
  /** The record refers to what the revision that was read referred to, so that a store need not look. */
  readonly keepsReferences?: boolean;
}

export interface RecordPart {
  readonly records: ReadonlyMap<RecordKey, ZenaRecord>;
  readonly rest: readonly RecordKey[];
}

export interface RecordStore {
  /** Absent keys are absent from the map. For a few: all of them are held at once, however large they are. */
  read(keys: readonly RecordKey[]): Promise<Map<RecordKey, ZenaRecord>>;
  /** As many of them as a page holds by bytes, by ascending key; `rest`: the keys that were not looked at. */
  readPart(keys: readonly RecordKey[]): Promise<RecordPart>;
  /** As `read`, without their content. */
  heads(keys: readonly RecordKey[]): Promise<Map<RecordKey, RecordHead>>;
  /** Writes each record whose stored revision is the expected one; returns the keys that were not written. One round trip. */
  write(writes: readonly RecordWrite[]): Promise<RecordKey[]>;
  /** Records of a user and kind, tombstones included, by ascending entity id, after `after`; the cursor is the last one's id. */
  page(userId: string, kind: EntityKind, after: string | null, limit: number): Promise<Page<ZenaRecord>>;
  count(userId: string): Promise<number>;
  /** Keys of the user's live records that refer to `key`, ascending, after `after`. */
  referrers(userId: string, key: RecordKey, after: RecordKey | null, limit: number): Promise<RecordKey[]>;
}
