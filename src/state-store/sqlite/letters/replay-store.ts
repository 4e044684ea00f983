import { ENDED_REPLAY_STATUSES, type Replay } from '../../../domain/replay.ts';
import type { ReplayStore } from '../../dead-letter-store.port.ts';
import { cursorOf, placeOf } from '../../page-places.ts';
import { inChunks } from '../session/in-chunks.ts';
import { documentOf } from '../session/json-document.ts';
import { pageOfRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

const INSERT = `
  INSERT INTO replays (replay_id, status, created_at, expires_at, finished_at, revision, document)
  VALUES (:id, :status, :createdAt, :expiresAt, :finishedAt, :revision, :document)`;

const REPLACE = `
  UPDATE replays
  SET status = :status, created_at = :createdAt, expires_at = :expiresAt, finished_at = :finishedAt,
    revision = :revision, document = :document
  WHERE replay_id = :id AND revision = :expected`;

export const RUNNING_REPLAYS = `
  SELECT document FROM replays WHERE status = 'running' ORDER BY created_at, replay_id LIMIT +?`;

export const REPLAY_PAGE = `
  SELECT document FROM replays WHERE status <> 'planned' AND (created_at, replay_id) < (?, ?)
  ORDER BY created_at DESC, replay_id DESC LIMIT +?`;

const PRUNED_AT_ONCE = 500;
const PRUNE = `
  DELETE FROM replays WHERE rowid IN (
  SELECT rowid FROM replays
  WHERE (status = 'planned' AND expires_at < :before)
    OR (status IN (SELECT value FROM json_each(:ended)) AND finished_at < :before)
  LIMIT ${String(PRUNED_AT_ONCE)})`;

export function createReplayStore(session: SqliteSession): ReplayStore {
  const { prepare } = session;
  const select = (sql: string, ...values: (string | number)[]): Replay[] =>
    prepare(sql)
      .all(...values)
      .map(documentOf<Replay>);

  return {
    insert: (replay) =>
      session.write(() => {
        prepare(INSERT).run(columnsOf(replay));
      }),
    read: (replayId) =>
      session.read(() => select('SELECT document FROM replays WHERE replay_id = ?', replayId)[0] ?? null),
    replace: (replay, expected) =>
      session.write(() => prepare(REPLACE).run({ ...columnsOf(replay), expected }).changes === 1),
    listRunning: (limit) => session.read(() => select(RUNNING_REPLAYS, limit)),
    list: (cursor, limit) =>
      session.read(() => {
        const { at, id } = placeOf(cursor);
        const rows = prepare(REPLAY_PAGE).iterate(at, id, limit + 1);
        const after = ({ createdAt, replayId }: Replay) => cursorOf({ at: createdAt, id: replayId });
        return pageOfRows(rows, limit, documentOf<Replay>, after);
      }),
    prune: (before) =>
      inChunks(session, PRUNED_AT_ONCE, () =>
        Number(prepare(PRUNE).run({ before, ended: JSON.stringify(ENDED_REPLAY_STATUSES) }).changes),
      ),
  };
}

function columnsOf(replay: Replay): Record<string, string | number | null> {
  const { replayId: id, status, createdAt, expiresAt, finishedAt, revision } = replay;
  return { id, status, createdAt, expiresAt, finishedAt, revision, document: JSON.stringify(replay) };
}
