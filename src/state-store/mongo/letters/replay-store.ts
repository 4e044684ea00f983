import type { Filter } from 'mongodb';
import { ENDED_REPLAY_STATUSES } from '../../../domain/replay.ts';
import type { ReplayStore } from '../../dead-letter-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { pageOf, placeOf } from '../../page-places.ts';
import { replayDocument, replayOf, type ReplayDocument } from './stored-replay.ts';

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
      return pageOf(found.map(replayOf), limit, ({ createdAt, replayId }) => ({
        at: createdAt,
        id: replayId,
      }));
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

/** What stands after a cursor, newest first. */
function afterCursor(cursor: string | null): Filter<ReplayDocument> {
  if (cursor === null) return {};
  const { at, id } = placeOf(cursor);
  return { $or: [{ createdAt: { $lt: at } }, { createdAt: at, _id: { $lt: id } }] };
}
