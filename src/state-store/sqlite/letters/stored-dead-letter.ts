import type { SQLInputValue } from 'node:sqlite';
import type { DeadLetter } from '../../../domain/dead-letter.ts';

export interface DeadLetterRow {
  readonly id: string;
  readonly kind: DeadLetter['kind'];
  readonly status: DeadLetter['status'];
  readonly code: string;
  readonly entity: DeadLetter['entity'];
  readonly entity_id: string | null;
  readonly first_failed_at: number;
  readonly failed_at: number;
  readonly attempts: number;
  readonly replays: number;
  readonly document: string;
  readonly key: Uint8Array | null;
  /** Not asked for by lists. */
  readonly value?: Uint8Array | null;
}

/** What nothing is found by. */
type DeadLetterDocument = Pick<DeadLetter, 'detail' | 'fields' | 'source' | 'delivery' | 'valueBytes'>;

/** All columns but `value`. */
export const LISTED_COLUMNS =
  'id, kind, status, code, entity, entity_id, first_failed_at, failed_at, attempts, replays, document, key';

export function deadLetterOf(row: DeadLetterRow): DeadLetter {
  const { detail, fields, source, delivery, valueBytes } = JSON.parse(row.document) as DeadLetterDocument;
  return {
    id: row.id,
    kind: row.kind,
    status: row.status,
    code: row.code,
    detail,
    fields,
    firstFailedAt: row.first_failed_at,
    failedAt: row.failed_at,
    attempts: row.attempts,
    replays: row.replays,
    source,
    key: row.key,
    value: row.value ?? null,
    ...(valueBytes !== undefined && { valueBytes }),
    entity: row.entity,
    entityId: row.entity_id,
    delivery,
  };
}

export function deadLetterColumns(letter: DeadLetter): Record<string, SQLInputValue> {
  const { detail, fields, source, delivery, valueBytes } = letter;
  return {
    id: letter.id,
    kind: letter.kind,
    status: letter.status,
    code: letter.code,
    provider: delivery?.provider ?? null,
    user_id: delivery?.userId ?? null,
    connection_id: delivery?.connectionId ?? null,
    entity: letter.entity,
    entity_id: letter.entityId,
    first_failed_at: letter.firstFailedAt,
    failed_at: letter.failedAt,
    attempts: letter.attempts,
    replays: letter.replays,
    document: JSON.stringify({
      ...({ detail, fields, source, delivery } satisfies DeadLetterDocument),
      ...(valueBytes !== undefined && { valueBytes }),
    }),
    key: letter.key,
    value: letter.value,
  };
}
