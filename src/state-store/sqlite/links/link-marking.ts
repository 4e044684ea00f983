import type { SQLInputValue } from 'node:sqlite';
import { splitRecordKey } from '../../../domain/entity.ts';
import { linkId } from '../../../domain/link.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { LinkStore, LookMark, WantedMark } from '../../link-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const WANTED = `
  INSERT INTO links (id, scope, connection_id, user_id, key, kind, entity_id, wanted, next_at, dirty_since)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    wanted = excluded.wanted,
    next_at = min(coalesce(next_at, excluded.next_at), excluded.next_at),
    lane = 0,
    dirty_since = coalesce(dirty_since, excluded.dirty_since)
  WHERE wanted < excluded.wanted`;

/** For a link that waits for delivery as it is: the indexes of what is due need no write. Finds nothing otherwise. */
const WANTED_MEANWHILE = `
  UPDATE links SET wanted = ?1
  WHERE id = ?2 AND wanted < ?1 AND lane = 0 AND next_at <= ?3 AND dirty_since IS NOT NULL`;

const LOOK = `
  INSERT INTO links (id, scope, connection_id, user_id, key, kind, entity_id, marks, next_at, lane, run_id)
  VALUES (?, ?, ?, ?, ?, ?, ?, 1, ?, ?, ?)
  ON CONFLICT (id) DO UPDATE SET
    marks = marks + 1,
    next_at = min(coalesce(next_at, excluded.next_at), excluded.next_at),
    lane = CASE WHEN next_at IS NULL THEN excluded.lane ELSE min(lane, excluded.lane) END`;

const NEW_RUN = 'UPDATE links SET run_id = ?, run_result = NULL WHERE id = ? AND run_id IS NOT ?';

const WAKE = `
  UPDATE links SET
    marks = marks + 1,
    next_at = min(coalesce(next_at, :now), :now),
    lane = 0
  WHERE id = :id`;

const WAKE_DEAD = `
  UPDATE links SET marks = marks + 1, next_at = :now, lane = ${String(urgencyOf('replay'))}
  WHERE id = :id AND next_at IS NULL AND dead IS NOT NULL
    AND coalesce(dead ->> '$.replays', 0) < :mostReplays`;

type Marking = Pick<LinkStore, 'markWanted' | 'markLook' | 'wake' | 'wakeDead'>;

/** Ingest's and other askers' writes. */
export function createLinkMarking(session: SqliteSession): Marking {
  const { prepare } = session;

  const look = (mark: LookMark): void => {
    prepare(LOOK).run(...identity(mark), mark.now, urgencyOf(mark.lane), mark.runId ?? null);
    const id = linkId(mark.scope, mark.key);
    // Apart from the upsert, so that a mark without a run leaves the index of runs alone.
    if (mark.runId !== undefined) prepare(NEW_RUN).run(mark.runId, id, mark.runId);
    if (mark.skipBackOff === true)
      prepare('UPDATE links SET not_before = NULL, attempts = 0 WHERE id = ?').run(id);
  };

  return {
    markWanted: (marks) =>
      session.write(() => {
        const upsert = prepare(WANTED);
        const update = prepare(WANTED_MEANWHILE);
        for (const mark of marks) {
          const { wanted, now, turn = now } = mark;
          const { changes } = update.run(wanted, linkId(mark.scope, mark.key), turn);
          if (changes === 0) upsert.run(...identity(mark), wanted, turn, now);
        }
      }),
    markLook: (marks) => session.write(() => marks.forEach(look)),
    wake: (ids, now) =>
      session.write(() => {
        const update = prepare(WAKE);
        for (const id of ids) update.run({ id, now });
      }),
    wakeDead: (ids, now, mostReplays) =>
      session.write(() => {
        const update = prepare(WAKE_DEAD);
        let woken = 0;
        for (const id of ids) woken += Number(update.run({ id, now, mostReplays }).changes);
        return woken;
      }),
  };
}

/** Values for the columns `id, scope, connection_id, user_id, key, kind, entity_id`. */
function identity({ scope, connectionId, userId, key }: WantedMark | LookMark): SQLInputValue[] {
  const { kind, entityId } = splitRecordKey(key);
  return [linkId(scope, key), scope, connectionId, userId, key, kind, entityId];
}
