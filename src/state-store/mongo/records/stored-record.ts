import type { Collection } from 'mongodb';
import type { EntityBody, EntityKind, RecordKey } from '../../../domain/entity.ts';
import { recordTitle, type RecordHead, type RecordSummary, type ZenaRecord } from '../../../domain/record.ts';
import { searchText } from '../../../domain/canonical/search-text.ts';
import type { MongoSession } from '../session/mongo-session.ts';

export interface RecordDocument {
  /** The record key. */
  readonly _id: string;
  readonly userId: string;
  readonly kind: EntityKind;
  readonly entityId: string;
  readonly accountId?: string;
  readonly version: number;
  readonly revision: number;
  readonly deleted: boolean;
  /** JSON text: names of attributes come from outside and may look like paths or operators. */
  readonly body?: string;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly place?: { readonly topic: string; readonly partition: number; readonly offset: string };
  readonly references: readonly string[];
  /** Absent where it never had another owner. */
  readonly formerUserIds?: readonly string[];
  readonly search: string;
  /** What lists show of it; absent where an older program wrote it. */
  readonly title?: string;
  /** Names the write that made this document what it is, so that a writer can tell its own. */
  readonly write: string;
}

export function recordsIn({ database }: MongoSession): Collection<RecordDocument> {
  return database.collection('records');
}

export function recordDocument(record: ZenaRecord, write: string): RecordDocument {
  const { accountId, body, place } = record;
  return {
    _id: record.key,
    userId: record.userId,
    kind: record.kind,
    entityId: record.entityId,
    ...(accountId !== null && { accountId }),
    version: record.version,
    revision: record.revision,
    deleted: record.deleted,
    ...(body !== null && { body: JSON.stringify(body) }),
    occurredAt: record.occurredAt,
    acceptedAt: record.acceptedAt,
    ...(place !== null && {
      place: { topic: place.topic, partition: place.partition, offset: place.offset },
    }),
    references: [...record.references],
    ...(record.formerUserIds.length > 0 && { formerUserIds: [...record.formerUserIds] }),
    search: searchText(record),
    title: recordTitle(record),
    write,
  };
}

/** What is read of a document where its content isn't needed. */
export type HeadDocument = Omit<RecordDocument, 'body' | 'references' | 'search'>;
export const WITHOUT_CONTENT = { body: 0, references: 0, search: 0 } as const;

/** Of a document read without its content; null where only its content tells, since an older program wrote it. */
export function listedOf({ userId, version, deleted, title }: HeadDocument): RecordSummary | null {
  return title === undefined ? null : { userId, version, deleted, title };
}

export function recordOf(document: RecordDocument): ZenaRecord {
  const { body } = document;
  return {
    ...headOf(document),
    body: body === undefined ? null : (JSON.parse(body) as EntityBody),
    references: document.references as readonly RecordKey[],
  };
}

export function headOf(document: HeadDocument): RecordHead {
  const { place } = document;
  return {
    key: document._id as RecordKey,
    kind: document.kind,
    entityId: document.entityId,
    userId: document.userId,
    accountId: document.accountId ?? null,
    version: document.version,
    revision: document.revision,
    deleted: document.deleted,
    occurredAt: document.occurredAt,
    acceptedAt: document.acceptedAt,
    place:
      place === undefined ? null : { topic: place.topic, partition: place.partition, offset: place.offset },
    formerUserIds: document.formerUserIds ?? [],
  };
}
