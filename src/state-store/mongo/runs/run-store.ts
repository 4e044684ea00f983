import type { Filter } from 'mongodb';
import { ENDED_RUN_STATUSES, type Run } from '../../../domain/run.ts';
import type { RunStore } from '../../state-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import { isDuplicateKey } from '../session/mongo-errors.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { pageOf, placeOf } from '../../page-places.ts';
import { runDocument, runOf, type RunDocument } from './stored-run.ts';

/** What stands after a cursor, newest first. */
function afterCursor(cursor: string | null): Filter<RunDocument> {
  if (cursor === null) return {};
  const { at, id } = placeOf(cursor);
  return { $or: [{ createdAt: { $lt: at } }, { createdAt: at, _id: { $lt: id } }] };
}

export function createRunStore(session: MongoSession): RunStore {
  const { runs, ask } = session;
  const one = (found: RunDocument | null): Run | null => (found === null ? null : runOf(found));

  return {
    async insert(run) {
      try {
        await ask(() => runs.insertOne(runDocument(run)));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    read: async (runId) => one(await ask(() => runs.findOne({ _id: runId }))),
    findOpen: async (connectionId) => one(await ask(() => runs.findOne({ openFor: connectionId }))),
    async listOpen(limit) {
      const found = await ask(() =>
        runs
          .find({ openFor: { $gt: '' } })
          .limit(limit)
          .toArray(),
      );
      return found.map(runOf);
    },
    async replace(run, expectedRevision) {
      const { matchedCount } = await ask(() =>
        runs.replaceOne({ _id: run.runId, revision: expectedRevision }, runDocument(run)),
      );
      return matchedCount === 1;
    },
    async list(connectionId, cursor, limit) {
      const found = await ask(() =>
        runs
          .find({ connectionId, ...afterCursor(cursor) })
          .sort({ createdAt: -1, _id: -1 })
          .limit(limit + 1)
          .toArray(),
      );
      return pageOf(found.map(runOf), limit, ({ createdAt, runId }) => ({ at: createdAt, id: runId }));
    },
    prune: (before) =>
      inChunks(
        session,
        runs,
        { status: { $in: [...ENDED_RUN_STATUSES] }, finishedAt: { $lt: before } },
        'delete',
      ),
  };
}
