import type { SQLInputValue } from 'node:sqlite';
import type { DeadLetterFilter } from '../../domain/replay.ts';
import { LISTED_COLUMNS } from './dead-letter-rows.ts';
import type { Place } from './page-places.ts';

export interface Query {
  readonly sql: string;
  readonly parameters: Record<string, SQLInputValue>;
}

/**
 * What a filter leaves of the letters, as a condition.
 *
 * The unary plus keeps SQLite from an index that would have it sort, or that tells little apart.
 */
function conditionOf(filter: DeadLetterFilter): Query {
  const { ids, kind, code, provider, userId, connectionId, entity, entityId, from, to, statuses } = filter;
  const one = statuses?.length === 1;
  const conditions: readonly (readonly [string, string, SQLInputValue | undefined])[] = [
    ['ids', 'id IN (SELECT value FROM json_each(:ids))', ids && JSON.stringify(ids)],
    ['kind', 'kind = :kind', kind],
    ['code', 'code = :code', code],
    ['provider', 'provider = :provider', provider],
    ['user', 'user_id = :user', userId],
    ['connection', 'connection_id = :connection', connectionId],
    ['entity', 'entity = :entity', entity],
    ['entityid', 'entity_id = :entityid', entityId],
    ['from', 'failed_at >= :from', from],
    ['to', 'failed_at < :to', to],
    ['status', 'status = :status', one ? statuses[0] : undefined],
    [
      'statuses',
      '+status IN (SELECT value FROM json_each(:statuses))',
      statuses && !one ? JSON.stringify(statuses) : undefined,
    ],
  ];
  const wanted = conditions.filter(([, , value]) => value !== undefined);
  return {
    sql: wanted.map(([, condition]) => condition).join(' AND ') || 'true',
    parameters: Object.fromEntries(wanted.map(([name, , value]) => [name, value as SQLInputValue])),
  };
}

/** One more than `limit`, where there is more. */
export function letterPage(filter: DeadLetterFilter, { at, id }: Place, limit: number): Query {
  const { sql, parameters } = conditionOf(filter);
  return {
    sql: `
      SELECT ${LISTED_COLUMNS} FROM dead_letters
      WHERE ${sql} AND failed_at <= :at AND (failed_at < :at OR id > :id)
      ORDER BY failed_at DESC, id LIMIT :limit`,
    parameters: { ...parameters, at, id, limit: limit + 1 },
  };
}

export function letterGroups(filter: DeadLetterFilter): Query {
  const { sql, parameters } = conditionOf(filter);
  return {
    sql: `
      SELECT kind, code, provider, count(*) AS count, min(failed_at) AS oldest, max(failed_at) AS newest
      FROM dead_letters WHERE ${sql}
      GROUP BY kind, code, provider ORDER BY count DESC, kind, code, provider`,
    parameters,
  };
}

export function letterCount(filter: DeadLetterFilter): Query {
  const { sql, parameters } = conditionOf(filter);
  return { sql: `SELECT count(*) AS count FROM dead_letters WHERE ${sql}`, parameters };
}
