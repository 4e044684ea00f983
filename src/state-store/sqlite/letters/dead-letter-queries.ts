import type { SQLInputValue } from 'node:sqlite';
import type { DeadLetterFilter } from '../../../domain/replay.ts';
import type { Place } from '../../page-places.ts';
import { LISTED_COLUMNS } from './stored-dead-letter.ts';

export interface Query {
  readonly sql: string;
  readonly parameters: Record<string, SQLInputValue>;
}

/** What letters are found by, what tells them apart best first. */
const FINDERS = ['id', 'entity_id', 'connection_id', 'user_id', 'code', 'status'] as const;

interface Condition {
  readonly column: string;
  /** What follows the column; the parameter is named as the condition. */
  readonly test: string;
  readonly value: SQLInputValue | undefined;
}

function conditionsOf(filter: DeadLetterFilter): Record<string, Condition> {
  const { ids, statuses } = filter;
  const equal = (column: string, name: string, value: string | undefined): Condition => ({
    column,
    test: `= :${name}`,
    value,
  });
  const among = (column: string, name: string, values: readonly string[] | undefined): Condition => ({
    column,
    test: `IN (SELECT value FROM json_each(:${name}))`,
    value: values === undefined ? undefined : JSON.stringify(values),
  });
  return {
    ids: among('id', 'ids', ids),
    kind: equal('kind', 'kind', filter.kind),
    code: equal('code', 'code', filter.code),
    provider: equal('provider', 'provider', filter.provider),
    user: equal('user_id', 'user', filter.userId),
    connection: equal('connection_id', 'connection', filter.connectionId),
    entity: equal('entity', 'entity', filter.entity),
    entityid: equal('entity_id', 'entityid', filter.entityId),
    from: { column: 'failed_at', test: '>= :from', value: filter.from },
    to: { column: 'failed_at', test: '< :to', value: filter.to },
    // Several statuses are never gone by: that would cost the list's order.
    status:
      statuses?.length === 1 ? equal('status', 'status', statuses[0]) : among('+status', 'status', statuses),
  };
}

/**
 * What a filter leaves of the letters, as a condition.
 *
 * SQLite knows nothing of how many letters have a value; so every column but the one that tells them apart best has a unary
 * plus, which keeps its index out of the choice.
 */
function conditionOf(filter: DeadLetterFilter): Query {
  const wanted = Object.entries(conditionsOf(filter)).filter(([, { value }]) => value !== undefined);
  const columns = wanted.map(([, { column }]) => column);
  const finder = FINDERS.find((column) => columns.includes(column));
  const outOfChoice = FINDERS.filter((column) => column !== finder);
  const plus = (column: string): string => (outOfChoice.some((each) => each === column) ? '+' : '');
  return {
    sql: wanted.map(([, { column, test }]) => `${plus(column)}${column} ${test}`).join(' AND ') || 'true',
    parameters: Object.fromEntries(wanted.map(([name, { value }]) => [name, value as SQLInputValue])),
  };
}

/** One more than `limit`, where there is more. */
export function letterPage(filter: DeadLetterFilter, { at, id }: Place, limit: number): Query {
  const { sql, parameters } = conditionOf(filter);
  return {
    sql: `
      SELECT ${LISTED_COLUMNS} FROM dead_letters
      WHERE ${sql} AND failed_at <= :at AND (failed_at < :at OR id > :id)
      ORDER BY failed_at DESC, id LIMIT +:limit`,
    parameters: { ...parameters, at, id, limit: limit + 1 },
  };
}

/** Letters that are grouped in one turn of the event loop: some milliseconds. */
const STRETCH = 3_000;

/** Where the next stretch of letters ends that failed before `before`, the latest first: nothing where it is the last one. */
export function letterStretch(filter: DeadLetterFilter, before: number): Query {
  const { sql, parameters } = conditionOf(filter);
  return {
    sql: `
      SELECT failed_at AS upTo FROM dead_letters WHERE ${sql} AND failed_at < :before
      ORDER BY failed_at DESC LIMIT 1 OFFSET ${String(STRETCH)}`,
    parameters: { ...parameters, before },
  };
}

/** The groups of a stretch: what failed before `before`, and not before `upTo`. */
export function letterGroups(filter: DeadLetterFilter, before: number, upTo: number): Query {
  const { sql, parameters } = conditionOf(filter);
  return {
    sql: `
      SELECT kind, code, provider, count(*) AS count, min(failed_at) AS oldest, max(failed_at) AS newest
      FROM dead_letters WHERE ${sql} AND failed_at < :before AND failed_at >= :upTo
      GROUP BY kind, code, provider`,
    parameters: { ...parameters, before, upTo },
  };
}

export function letterCount(filter: DeadLetterFilter): Query {
  const { sql, parameters } = conditionOf(filter);
  return { sql: `SELECT count(*) AS count FROM dead_letters WHERE ${sql}`, parameters };
}
