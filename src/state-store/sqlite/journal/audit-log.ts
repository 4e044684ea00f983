import type { SQLInputValue } from 'node:sqlite';
import type { AuditEntry } from '../../../domain/audit-entry.ts';
import type { AuditFilter, AuditLog } from '../../audit-log.port.ts';
import { cursorOf, type Place, placeOf } from '../../page-places.ts';
import { inChunks } from '../session/in-chunks.ts';
import { documentOf } from '../session/json-document.ts';
import { pageOfRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const APPEND = `
  INSERT INTO audit (id, at, user_id, act, resource_id, document)
  VALUES (:id, :at, :userId, :act, :resourceId, :document)`;

const PRUNED_AT_ONCE = 2_000;
export const PRUNE_AUDIT = `
  DELETE FROM audit WHERE rowid IN (SELECT rowid FROM audit WHERE at < ? LIMIT ${String(PRUNED_AT_ONCE)})`;

export function createAuditLog(session: SqliteSession): AuditLog {
  const { prepare } = session;
  return {
    append: (entry) =>
      session.write(() => {
        const { entryId: id, at, userId, act, resource } = entry;
        const document = JSON.stringify(entry);
        prepare(APPEND).run({ id, at, userId, act, resourceId: resource?.id ?? null, document });
      }),
    list: (filter, cursor, limit) =>
      session.read(() => {
        const { sql, parameters } = auditPage(filter, placeOf(cursor), limit);
        const rows = prepare(sql).iterate(parameters);
        return pageOfRows(rows, limit, documentOf<AuditEntry>, ({ at, entryId }) =>
          cursorOf({ at, id: entryId }),
        );
      }),
    prune: (before) =>
      inChunks(session, PRUNED_AT_ONCE, () => Number(prepare(PRUNE_AUDIT).run(before).changes)),
  };
}

/** One more than `limit`, where there is more. */
export function auditPage(
  { userId, act, resourceId, from, to }: AuditFilter,
  { at, id }: Place,
  limit: number,
): { readonly sql: string; readonly parameters: Record<string, SQLInputValue> } {
  const conditions = {
    userid: ['user_id = :userid', userId],
    act: ['act = :act', act],
    resourceid: ['resource_id = :resourceid', resourceId],
    from: ['at >= :from', from],
    to: ['at < :to', to],
  } as const;
  const wanted = Object.entries(conditions).filter(([, [, value]]) => value !== undefined);
  const tests = [...wanted.map(([, [test]]) => test), 'at <= :at AND (at < :at OR id > :id)'];
  return {
    sql: `SELECT document FROM audit WHERE ${tests.join(' AND ')} ORDER BY at DESC, id LIMIT +:limit`,
    parameters: {
      ...Object.fromEntries(wanted.map(([name, [, value]]) => [name, value as SQLInputValue])),
      at,
      id,
      limit: limit + 1,
    },
  };
}
