import type { RecordKey } from '../../domain/entity.ts';
import type { ZenaRecord } from '../../domain/record.ts';
import type { RecordStore, RecordWrite } from '../state-store.ts';
import { RECORD_COLUMNS, recordOf, recordValues, type RecordRow } from './record-rows.ts';
import type { SqliteSession } from './sqlite-session.ts';

export const REFERRERS = `
  SELECT key FROM record_refs WHERE user_id = ? AND target = ? AND key > ? ORDER BY key LIMIT ?`;

export const RECORD_PAGE = `
  SELECT ${RECORD_COLUMNS} FROM records
  WHERE user_id = ? AND kind = ? AND entity_id > ? ORDER BY entity_id LIMIT ?`;

export const RECORD_COUNT = 'SELECT count(*) AS count FROM records WHERE user_id = ?';

const INSERT = `
  INSERT INTO records (key, user_id, kind, entity_id, revision, deleted, search, document)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

const UPDATE = `
  UPDATE records
  SET user_id = ?, kind = ?, entity_id = ?, revision = ?, deleted = ?, search = ?, document = ?
  WHERE key = ? AND revision = ?`;

export function createRecordStore(session: SqliteSession): RecordStore {
  const { prepare } = session;

  /** References are kept under the referring record's user, since a user's records are all that a user's CRMs see. */
  const index = (record: ZenaRecord): void => {
    const insert = prepare('INSERT OR IGNORE INTO record_refs (user_id, target, key) VALUES (?, ?, ?)');
    if (record.deleted) return;
    for (const target of record.references) insert.run(record.userId, target, record.key);
  };

  const writeOne = ({ record, expectedRevision }: RecordWrite): boolean => {
    const values = recordValues(record);
    const { changes } =
      expectedRevision === 0
        ? prepare(INSERT).run(record.key, ...values)
        : prepare(UPDATE).run(...values, record.key, expectedRevision);
    if (changes === 0) return false;
    if (expectedRevision !== 0) prepare('DELETE FROM record_refs WHERE key = ?').run(record.key);
    index(record);
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
    page: (userId, kind, after, limit) =>
      session.read(() => {
        const rows = prepare(RECORD_PAGE).all(userId, kind, after ?? '', limit);
        return (rows as unknown as RecordRow[]).map(recordOf);
      }),
    count: (userId) => session.read(() => Number(prepare(RECORD_COUNT).get(userId)?.['count'])),
    referrers: (userId, key, after, limit) =>
      session.read(() => {
        const rows = prepare(REFERRERS).all(userId, key, after ?? '', limit);
        return rows.map((row) => row['key'] as RecordKey);
      }),
  };
}
