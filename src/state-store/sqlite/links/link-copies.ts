import type { LinkStore } from '../../link-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const OVERTAKE = `
  UPDATE links SET run_result = 'superseded'
  WHERE id = ? AND run_id = ? AND run_result IN ('created', 'updated', 'unchanged')`;
const TOUCH = 'UPDATE links SET touched_at = max(coalesce(touched_at, ?1), ?1) WHERE id = ?2';

type Copies = Pick<LinkStore, 'clearShadows' | 'clearCopies' | 'noteCopy' | 'passOurs' | 'noteTouched'>;

/** What is known of the CRM records of links, also written by those who don't hold them. */
export function createLinkCopies(session: SqliteSession): Copies {
  const { prepare } = session;
  const clear =
    (columns: string): LinkStore['clearCopies'] =>
    (ids, overtakenIn = null) =>
      session.write(() => {
        const update = prepare(`UPDATE links SET ${columns} WHERE id = ?`);
        for (const id of ids) update.run(id);
        if (overtakenIn === null) return;
        const overtake = prepare(OVERTAKE);
        for (const id of ids) overtake.run(id, overtakenIn);
      });

  return {
    clearShadows: clear('shadow = NULL'),
    clearCopies: clear('shadow = NULL, copy = NULL'),
    noteCopy: (id, token, copy) =>
      session.write(() => {
        const update = prepare('UPDATE links SET copy = ? WHERE id = ? AND claim_token = ?');
        return update.run(JSON.stringify(copy), id, token).changes === 1;
      }),
    passOurs: (to, copy) =>
      session.write(() => {
        prepare('UPDATE links SET copy = ? WHERE id = ?').run(JSON.stringify(copy), to);
      }),
    noteTouched: (ids, at) =>
      session.write(() => {
        const touch = prepare(TOUCH);
        for (const id of ids) touch.run(at, id);
      }),
  };
}
