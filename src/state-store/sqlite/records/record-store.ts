import type { RecordKey } from '../../../domain/entity.ts';
import type { RecordHead, ZenaRecord } from '../../../domain/record.ts';
import { ascendingIds } from '../../page-places.ts';
import { createPageFiller, readUntilFull } from '../../page-places.ts';
import type { RecordStore, RecordWrite } from '../../record-store.port.ts';
import { pageOfRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import {
  HEAD_COLUMNS,
  headOf,
  RECORD_COLUMNS,
  recordOf,
  recordValues,
  type RecordRow,
} from './stored-record.ts';

export const REFERRERS = `
  SELECT key FROM record_refs WHERE user_id = ? AND target = ? AND key > ? ORDER BY key LIMIT +?`;

export const RECORD_PAGE = `
  SELECT ${RECORD_COLUMNS} FROM records
  WHERE user_id = ? AND kind = ? AND entity_id > ? ORDER BY entity_id LIMIT +?`;

export const RECORD_COUNT = 'SELECT count(*) AS count FROM records WHERE user_id = ?';

const INSERT = `
  INSERT INTO records (key, user_id, kind, entity_id, revision, deleted, search, summary, document)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

// A column that is set has its indexes written anew, also where it keeps its value: an index page for each record, which is what
// makes an event dearer in a larger store. So only a record that moves to another user sets what is indexed.
const UPDATE = `
  UPDATE records SET revision = ?, deleted = ?, search = ?, summary = ?, document = ?
  WHERE key = ? AND revision = ? AND user_id = ?`;

const MOVE = `
  UPDATE records
  SET user_id = ?, kind = ?, entity_id = ?, revision = ?, deleted = ?, search = ?, summary = ?, document = ?
  WHERE key = ? AND revision = ?`;

export function createRecordStore(session: SqliteSession): RecordStore {
  const { prepare } = session;

  /** References are kept under the referring record's user, since a user's records are all that a user's CRMs see. */
  const index = (record: ZenaRecord): void => {
    const insert = prepare('INSERT OR IGNORE INTO record_refs (user_id, target, key) VALUES (?, ?, ?)');
    if (record.deleted) return;
    for (const target of record.references) insert.run(record.userId, target, record.key);
  };

  const indexAnew = (record: ZenaRecord): void => {
    const held = prepare('SELECT user_id, target FROM record_refs WHERE key = ?').all(record.key);
    const wanted = new Set<unknown>(record.deleted ? [] : record.references);
    const same = ({ user_id: user, target }: (typeof held)[number]): boolean =>
      user === record.userId && wanted.has(target);
    if (held.length === wanted.size && held.every(same)) return;
    prepare('DELETE FROM record_refs WHERE key = ?').run(record.key);
    index(record);
  };

  const writeOne = ({ record, expectedRevision, keepsReferences = false }: RecordWrite): boolean => {
    if (expectedRevision === 0) {
      if (prepare(INSERT).run(record.key, ...recordValues(record)).changes === 0) return false;
      index(record);
      return true;
    }
    const values = recordValues(record);
    const [userId, , , ...content] = values;
    const updated = prepare(UPDATE).run(...content, record.key, expectedRevision, userId ?? null).changes > 0;
    if (updated && keepsReferences) return true;
    if (!updated && prepare(MOVE).run(...values, record.key, expectedRevision).changes === 0) return false;
    indexAnew(record);
    return true;
  };

  return {
    read: (keys) =>
      session.read(() => {
        const select = prepare(`SELECT ${RECORD_COLUMNS} FROM records WHERE key = ?`);
        const found = new Map<RecordKey, ZenaRecord>();
        for (const key of keys) {
          const row = select.get(key) as RecordRow | undefined;
          if (row !== undefined) found.set(key, recordOf(row));
        }
        return found;
      }),
    write: (writes) =>
      session.write(() => writes.filter((write) => !writeOne(write)).map((write) => write.record.key)),
    ...createPartialReads(session),
    page: (userId, kind, after, limit) =>
      session.read(() => {
        const rows = prepare(RECORD_PAGE).iterate(userId, kind, after ?? '', limit + 1);
        const read = (row: object): ZenaRecord => recordOf(row as RecordRow);
        return pageOfRows(rows, limit, read, ({ entityId }) => entityId);
      }),
    count: (userId) => session.read(() => Number(prepare(RECORD_COUNT).get(userId)?.['count'])),
    referrers: (userId, key, after, limit) =>
      session.peek(() => {
        const rows = prepare(REFERRERS).all(userId, key, after ?? '', limit);
        return rows.map((row) => row['key'] as RecordKey);
      }),
  };
}

/** Reads of what may be large, or of which what is large isn't needed. */
function createPartialReads(session: SqliteSession): Pick<RecordStore, 'readPart' | 'heads'> {
  const { prepare } = session;
  return {
    readPart: (keys) =>
      session.peek(() => {
        const select = prepare(`SELECT ${RECORD_COLUMNS} FROM records WHERE key = ?`);
        const part = createPageFiller<ZenaRecord>(Number.POSITIVE_INFINITY);
        const { wanted } = ascendingIds(keys);
        const looked = readUntilFull(part, wanted, (key) => {
          const row = select.get(key) as RecordRow | undefined;
          if (row !== undefined) part.add(recordOf(row), row.document.length);
        });
        return {
          records: new Map(part.items.map((record) => [record.key, record])),
          rest: wanted.slice(looked),
        };
      }),
    heads: (keys) =>
      session.peek(() => {
        const select = prepare(`SELECT ${HEAD_COLUMNS} FROM records WHERE key = ?`);
        const found = new Map<RecordKey, RecordHead>();
        for (const key of keys) {
          const row = select.get(key) as RecordRow | undefined;
          if (row !== undefined) found.set(key, headOf(row));
        }
        return found;
      }),
  };
}
