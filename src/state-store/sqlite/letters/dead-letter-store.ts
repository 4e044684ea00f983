import type { DeadLetter, DeadLetterStatus } from '../../../domain/dead-letter.ts';
import type { DeadLetterGroup, DeadLetterStore } from '../../dead-letter-store.port.ts';
import { cursorOf, placeOf } from '../../page-places.ts';
import { inChunks } from '../session/in-chunks.ts';
import { pageOfRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { letterCount, letterGroups, letterPage, letterStretch, type Query } from './dead-letter-queries.ts';
import { deadLetterColumns, deadLetterOf, type DeadLetterRow } from './stored-dead-letter.ts';

const COLUMNS = [
  ...['id', 'kind', 'status', 'code', 'provider', 'user_id', 'connection_id', 'entity', 'entity_id'],
  ...['first_failed_at', 'failed_at', 'attempts', 'replays', 'document', 'key', 'value'],
];
const CHANGEABLE = COLUMNS.filter((column) => column !== 'id');

const PUT = `
  INSERT INTO dead_letters (${COLUMNS.join(', ')}) VALUES (${COLUMNS.map((column) => `:${column}`).join(', ')})
  ON CONFLICT (id) DO UPDATE SET
    ${CHANGEABLE.filter((column) => column !== 'first_failed_at')
      .map((column) => `${column} = excluded.${column}`)
      .join(', ')}
  WHERE excluded.kind = 'deliver' AND excluded.failed_at > dead_letters.failed_at`;

const REPLACE = `
  UPDATE dead_letters SET ${CHANGEABLE.map((column) => `${column} = :${column}`).join(', ')}
  WHERE id = :id AND replays = :expected_replays AND status = :expected_status`;

const SET_STATUS = `
  UPDATE dead_letters SET status = :to
  WHERE id = :id AND status IN (SELECT value FROM json_each(:from))`;

const PRUNED_AT_ONCE = 500;
export const PRUNE_LETTERS = `
  DELETE FROM dead_letters WHERE rowid IN (
    SELECT rowid FROM dead_letters WHERE failed_at < ? LIMIT ${String(PRUNED_AT_ONCE)}
  )`;

export function createDeadLetterStore(session: SqliteSession): DeadLetterStore {
  const { prepare } = session;
  const all = ({ sql, parameters }: Query): unknown[] => prepare(sql).all(parameters);

  const read = (id: string): DeadLetter | null => {
    const row = prepare('SELECT * FROM dead_letters WHERE id = ?').get(id);
    return row === undefined ? null : deadLetterOf(row as unknown as DeadLetterRow);
  };

  const setStatus = (ids: readonly string[], from: readonly DeadLetterStatus[], to: DeadLetterStatus) => {
    const update = prepare(SET_STATUS);
    let moved = 0;
    for (const id of new Set(ids))
      moved += Number(update.run({ id, from: JSON.stringify(from), to }).changes);
    return moved;
  };

  return {
    put: (letters) =>
      session.write(() => {
        const put = prepare(PUT);
        for (const letter of letters) put.run(deadLetterColumns(letter));
      }),
    read: (id) => session.read(() => read(id)),
    list: (filter, cursor, limit) =>
      session.read(() => {
        const { sql, parameters } = letterPage(filter, placeOf(cursor), limit);
        const rows = prepare(sql).iterate(parameters);
        const read = (row: object): DeadLetter => deadLetterOf(row as DeadLetterRow);
        return pageOfRows(rows, limit, read, ({ failedAt, id }) => cursorOf({ at: failedAt, id }));
      }),
    async groups(filter) {
      const causes = createGroups();
      for (let before: number | null = Number.MAX_SAFE_INTEGER; before !== null;) {
        const from: number = before;
        before = await session.peek(() => {
          const [stretch] = all(letterStretch(filter, from)) as { upTo: number }[];
          const upTo = stretch?.upTo ?? Number.MIN_SAFE_INTEGER;
          causes.add(all(letterGroups(filter, from, upTo)) as DeadLetterGroup[]);
          return stretch?.upTo ?? null;
        });
      }
      return causes.added();
    },
    count: (filter) => session.read(() => (all(letterCount(filter)) as [{ count: number }])[0].count),
    setStatus: (ids, from, to) => session.write(() => setStatus(ids, from, to)),
    replace: (letter, expected) =>
      session.write(() => {
        const { changes } = prepare(REPLACE).run({
          ...deadLetterColumns(letter),
          expected_replays: expected.replays,
          expected_status: expected.status,
        });
        return changes === 1;
      }),
    prune: (before) =>
      inChunks(session, PRUNED_AT_ONCE, () => Number(prepare(PRUNE_LETTERS).run(before).changes)),
  };
}

/** Groups as they add up, stretch by stretch. */
function createGroups() {
  const byCause = new Map<string, DeadLetterGroup>();
  const nameOf = ({ kind, code, provider }: DeadLetterGroup): string =>
    JSON.stringify([kind, code, provider]);
  const byName = (one: string, other: string): number => (one < other ? -1 : Number(one > other));
  return {
    add(groups: readonly DeadLetterGroup[]): void {
      for (const group of groups) {
        const known = byCause.get(nameOf(group)) ?? { ...group, count: 0 };
        byCause.set(nameOf(group), {
          ...group,
          count: known.count + group.count,
          oldest: Math.min(known.oldest, group.oldest),
          newest: Math.max(known.newest, group.newest),
        });
      }
    },
    added: (): DeadLetterGroup[] =>
      [...byCause.values()].sort(
        (one, other) =>
          other.count - one.count ||
          byName(one.kind, other.kind) ||
          byName(one.code, other.code) ||
          byName(one.provider ?? '', other.provider ?? ''),
      ),
  };
}
