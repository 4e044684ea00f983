import { TIMELINE_LENGTH, type TimelineEntry } from '../../../domain/timeline.ts';
import type { TimelineStore } from '../../timeline-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import { documentOf } from '../session/json-document.ts';
import { pageOfRows, pageRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

// A ring: an entry takes the place of the one that stands `TIMELINE_LENGTH` before it, so nothing needs counting.
const APPEND = `
  INSERT INTO timeline (link_id, slot, sequence, id, user_id, at, checked, document) VALUES (?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (link_id, slot) DO UPDATE SET
    sequence = excluded.sequence, id = excluded.id, user_id = excluded.user_id,
    at = excluded.at, checked = excluded.checked, document = excluded.document
  WHERE excluded.sequence >= timeline.sequence`;

export const OF_LINK = `
  SELECT document FROM timeline WHERE link_id = ? AND sequence < ? ORDER BY sequence DESC LIMIT +?`;

export const OF_USER_AFTER = `
  SELECT document FROM timeline WHERE user_id = ? AND id > ? ORDER BY id LIMIT +?`;

export const OF_USER_NEWEST = `
  SELECT document FROM timeline WHERE user_id = ? ORDER BY id DESC LIMIT +?`;

export const UNCHECKED = 'SELECT document FROM timeline WHERE checked = 0 LIMIT +?';

const REWRITE = `
  UPDATE timeline SET checked = ?, document = ? WHERE link_id = ? AND slot = ? AND sequence = ? AND id = ?`;

const PRUNED_AT_ONCE = 2_000;
const PRUNE = `
  DELETE FROM timeline WHERE rowid IN (SELECT rowid FROM timeline WHERE at < ? LIMIT ${String(PRUNED_AT_ONCE)})`;

export function createTimelineStore(session: SqliteSession): TimelineStore {
  const { prepare } = session;

  return {
    append: (entries) =>
      session.write(() => {
        const insert = prepare(APPEND);
        for (const entry of entries) {
          const { linkId, sequence, id, userId, at } = entry;
          const checked = Number(entry.checked === true);
          const text = JSON.stringify(entry);
          insert.run(linkId, sequence % TIMELINE_LENGTH, sequence, id, userId, at, checked, text);
        }
      }),
    ofLink: (id, cursor, limit) =>
      session.peek(() => {
        const before = cursor === null ? Number.MAX_SAFE_INTEGER : Number(cursor);
        const rows = prepare(OF_LINK).iterate(id, before, limit + 1);
        return pageOfRows(rows, limit, documentOf<TimelineEntry>, (last) => String(last.sequence));
      }),
    ofUser: (userId, after, limit) =>
      session.read(() => {
        const rows =
          after === null
            ? prepare(OF_USER_NEWEST).iterate(userId, limit)
            : prepare(OF_USER_AFTER).iterate(userId, after, limit);
        const { items } = pageRows(rows, limit, documentOf<TimelineEntry>);
        return after === null ? items.toReversed() : [...items];
      }),
    unchecked: (limit) =>
      session.read(() => {
        const { items } = pageRows(prepare(UNCHECKED).iterate(limit), limit, documentOf<TimelineEntry>);
        return [...items];
      }),
    rewrite: (entries) =>
      session.write(() => {
        const update = prepare(REWRITE);
        for (const entry of entries) {
          const { linkId, sequence, id } = entry;
          const checked = Number(entry.checked === true);
          update.run(checked, JSON.stringify(entry), linkId, sequence % TIMELINE_LENGTH, sequence, id);
        }
      }),
    prune: (before) => inChunks(session, PRUNED_AT_ONCE, () => Number(prepare(PRUNE).run(before).changes)),
  };
}
