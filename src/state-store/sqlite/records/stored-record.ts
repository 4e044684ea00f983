import type { LogPlace } from '../../../domain/change-event.ts';
import type { EntityBody, EntityKind, RecordKey } from '../../../domain/entity.ts';
import {
  recordTitle,
  summaryOf,
  type RecordHead,
  type RecordSummary,
  type ZenaRecord,
} from '../../../domain/record.ts';
import { searchText } from '../../../domain/canonical/search-text.ts';

/** What is stored of a record as JSON: all that no query asks for. */
interface RecordDocument {
  readonly accountId: string | null;
  readonly version: number;
  readonly body: EntityBody | null;
  readonly occurredAt: number;
  readonly acceptedAt: number;
  readonly place: LogPlace | null;
  readonly references: readonly RecordKey[];
  /** Absent where it never had another owner. */
  readonly formerUserIds?: readonly string[];
}

export interface RecordRow {
  readonly key: string;
  readonly user_id: string;
  readonly kind: string;
  readonly entity_id: string;
  readonly revision: number;
  readonly deleted: number;
  readonly document: string;
}

/** The columns that `recordOf` needs. */
export const RECORD_COLUMNS = 'key, user_id, kind, entity_id, revision, deleted, document';

/** The columns that `headOf` needs: what is large stays in the database. */
export const HEAD_COLUMNS =
  "key, user_id, kind, entity_id, revision, deleted, json_remove(document, '$.body', '$.references') AS document";

export function headOf(row: RecordRow): RecordHead {
  const { body: _body, references: _references, ...head } = recordOf(row);
  return head;
}

export function recordOf(row: RecordRow): ZenaRecord {
  const document = JSON.parse(row.document) as RecordDocument;
  return {
    key: row.key as RecordKey,
    kind: row.kind as EntityKind,
    entityId: row.entity_id,
    userId: row.user_id,
    accountId: document.accountId,
    version: document.version,
    revision: row.revision,
    deleted: row.deleted === 1,
    body: document.body,
    occurredAt: document.occurredAt,
    acceptedAt: document.acceptedAt,
    place: document.place,
    references: document.references,
    formerUserIds: document.formerUserIds ?? [],
  };
}

/** What `summaryOfRow` needs: what is large is read only of a row that an older program wrote. */
export interface SummaryRow {
  readonly record_key: string | null;
  readonly record_user_id: string;
  readonly record_deleted: number;
  readonly summary: string | null;
  readonly revision: number;
  readonly document: string | null;
}

export const SUMMARY_COLUMNS = `
  records.key AS record_key, records.user_id AS record_user_id, records.deleted AS record_deleted, records.summary,
  records.revision, iif(records.summary IS NULL, records.document, NULL) AS document`;

type StoredSummary = Pick<RecordSummary, 'version' | 'title'>;

/** Null where there is no record. */
export function summaryOfRow(
  row: SummaryRow,
  of: Pick<RecordRow, 'kind' | 'entity_id'>,
): RecordSummary | null {
  if (row.record_key === null) return null;
  const [userId, deleted] = [row.record_user_id, row.record_deleted];
  if (row.summary !== null)
    return { userId, deleted: deleted === 1, ...(JSON.parse(row.summary) as StoredSummary) };
  const { kind, entity_id } = of;
  const { record_key: key, revision, document } = row;
  return summaryOf(
    recordOf({ key, user_id: userId, kind, entity_id, revision, deleted, document: document ?? '' }),
  );
}

/** Values for the columns `user_id, kind, entity_id, revision, deleted, search, summary, document`. */
export function recordValues(record: ZenaRecord): (string | number)[] {
  const { accountId, version, body, occurredAt, acceptedAt, place, references, formerUserIds } = record;
  const document: RecordDocument = {
    accountId,
    version,
    body,
    occurredAt,
    acceptedAt,
    place,
    references,
    ...(formerUserIds.length > 0 && { formerUserIds }),
  };
  return [
    record.userId,
    record.kind,
    record.entityId,
    record.revision,
    record.deleted ? 1 : 0,
    searchText(record),
    JSON.stringify({ version, title: recordTitle(record) } satisfies StoredSummary),
    JSON.stringify(document),
  ];
}
