import type { Filter } from 'mongodb';
import { ENDED_REPLAY_STATUSES, type Replay } from '../../domain/replay.ts';
import type { ReplayStore } from '../dead-letter-store.ts';
import { inChunks } from './in-chunks.ts';
import type { MongoSession } from './mongo-session.ts';
import { replayDocument, replayOf, type ReplayDocument } from './replay-document.ts';

export function createReplayStore(session: MongoSession): ReplayStore {
  const { replays, ask } = session;

  return {
    async insert(replay) {
      await ask(() => replays.insertOne(replayDocument(replay)));
    },
    async read(replayId) {
      const found = await ask(() => replays.findOne({ _id: { $eq: replayId } }));
      return found === null ? null : replayOf(found);
    },
    async replace(replay, expectedRevision) {
      const { matchedCount } = await ask(() =>
        replays.replaceOne({ _id: replay.replayId, revision: expectedRevision }, replayDocument(replay)),
      );
      return matchedCount === 1;
    },
    async listRunning(limit) {
      const found = await ask(() =>
        replays.find({ status: 'running' }).sort({ createdAt: 1, _id: 1 }).limit(limit).toArray(),
      );
      return found.map(replayOf);
    },
    async list(cursor, limit) {
      const found = await ask(() =>
        replays
          .find({ status: { $ne: 'planned' }, ...afterCursor(cursor) })
          .sort({ createdAt: -1, _id: -1 })
          .limit(limit + 1)
          .toArray(),
      );
      const items = found.slice(0, limit).map(replayOf);
      const last = items.at(-1);
      return { items, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
    },
    prune: (before) => inChunks(session, replays, overBefore(before), 'delete'),
  };
}

function overBefore(before: number): Filter<ReplayDocument> {
  return {
    $or: [
      { status: 'planned', expiresAt: { $lt: before } },
      { status: { $in: [...ENDED_REPLAY_STATUSES] }, finishedAt: { $lt: before } },
    ],
  };
}

function cursorOf({ createdAt, replayId }: Replay): string {
  return `${String(createdAt)}.${replayId}`;
}

/** What stands after a cursor, newest first; an unreadable cursor gives the time NaN, which nothing is before. */
function afterCursor(cursor: string | null): Filter<ReplayDocument> {
  if (cursor === null) return {};
  const dot = cursor.indexOf('.');
  const createdAt = Number(cursor.slice(0, dot));
  return {
    $or: [{ createdAt: { $lt: createdAt } }, { createdAt, _id: { $lt: cursor.slice(dot + 1) } }],
  };
}
