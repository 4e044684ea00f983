import type { Collection, Document, Filter, UpdateFilter } from 'mongodb';
import { ENTITY_KINDS } from '../../../domain/entity.ts';
import {
  ERASED_KINDS,
  type ErasedKind,
  type ErasureCounts,
  type ErasureRequest,
  type ErasureStore,
  NOTHING_ERASED,
} from '../../erasure-store.port.ts';
import { countOwnLetters, countUnknownLetters } from './erasure-queries.ts';
import { unheld } from '../links/link-conditions.ts';
import type { LinkDocument } from '../links/stored-link.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import type { RecordDocument } from '../records/stored-record.ts';
import type { ReplayDocument } from '../letters/stored-replay.ts';

type Removed = Partial<Record<ErasedKind, number>>;

export function createErasureStore(session: MongoSession): ErasureStore {
  const remove = createRemovals(session);
  return {
    count: (userId) => countOf(session, userId),
    countUnknownLetters: () => countUnknownLetters(session),
    async remove(request) {
      const owned = await connectionsOf(session, request.userId);
      for (const kind of ERASED_KINDS) {
        const removed = await remove[kind](request, owned);
        if (Object.values(removed).some((count) => count > 0)) return { ...NOTHING_ERASED, ...removed };
      }
      return NOTHING_ERASED;
    },
  };
}

async function connectionsOf({ connections, ask }: MongoSession, userId: string): Promise<string[]> {
  const found = await ask(() =>
    connections
      .find({ 'owner.id': userId, 'owner.type': 'user' })
      .project<{ _id: string }>({ _id: 1 })
      .toArray(),
  );
  return found.map((each) => each._id);
}

async function countOf(session: MongoSession, userId: string): Promise<ErasureCounts> {
  const { links, timeline, runs, deadLetters, records, ask } = session;
  const owned = await connectionsOf(session, userId);
  let ofLinks = 0;
  for (const id of owned) ofLinks += await ask(() => links.countDocuments(ofConnection(id)));
  const delivered = await ask(() => deadLetters.countDocuments({ 'delivery.userId': userId }));
  return {
    ...NOTHING_ERASED,
    links: ofLinks,
    timelineEntries: await ask(() => timeline.countDocuments({ userId })),
    runs: await ask(() => runs.countDocuments({ connectionId: { $in: owned } })),
    deadLetters: delivered + (await countOwnLetters(session, userId)),
    replays: (await replaysOf(session, userId, owned)).length,
    records: await ask(() => records.countDocuments({ userId })),
    formerOwners: await ask(() => records.countDocuments({ formerUserIds: userId })),
    connections: owned.length,
  };
}

/** Link ids begin with the connection's id and a dot; a slash is what comes after a dot. */
function ofConnection(connectionId: string): Filter<LinkDocument> {
  return { _id: { $gt: `${connectionId}.`, $lt: `${connectionId}/` }, connectionId };
}

/** Replays are few, and no index knows their filters. One record's that runs is somebody's work, and ends soon. */
async function replaysOf(
  { replays, records, ask }: MongoSession,
  userId: string,
  owned: readonly string[],
): Promise<string[]> {
  const named = await ask(() =>
    replays
      .find({ $or: [{ 'filter.userId': userId }, { 'filter.connectionId': { $in: [...owned] } }] })
      .toArray(),
  );
  const ofRecords = await ask(() =>
    replays.find({ status: { $ne: 'running' }, 'filter.entityId': { $exists: true } }).toArray(),
  );
  const keys = ofRecords.flatMap(keysOf);
  const own = new Set(
    (
      await ask(() =>
        records
          .find({ _id: { $in: keys }, userId })
          .project<{ _id: string }>({ _id: 1 })
          .toArray(),
      )
    ).map((each) => each._id),
  );
  const about = ofRecords.filter((replay) => keysOf(replay).some((key) => own.has(key)));
  return [...new Set([...named, ...about].map((replay) => replay._id))];
}

function keysOf({ filter: { entity, entityId } }: ReplayDocument): string[] {
  if (entityId === undefined) return [];
  return (entity === undefined ? ENTITY_KINDS : [entity]).map((kind) => `${kind}/${entityId}`);
}

function createRemovals(
  session: MongoSession,
): Readonly<Record<ErasedKind, (request: ErasureRequest, owned: readonly string[]) => Promise<Removed>>> {
  const { links, timeline, runs, deadLetters, replays, records, connections, ask } = session;

  return {
    async links({ now, limit }, owned) {
      let removed = 0;
      for (const id of owned) {
        if (removed >= limit) break;
        const free = { ...ofConnection(id), ...unheld(now) };
        removed += await some(session, links, free, limit - removed, 'delete');
      }
      return { links: removed };
    },
    timelineEntries: async ({ userId, limit }) => ({
      timelineEntries: await some(session, timeline, { userId }, limit, 'delete'),
    }),
    runs: async ({ limit }, owned) => ({
      runs: await some(session, runs, { connectionId: { $in: [...owned] } }, limit, 'delete'),
    }),
    deadLetters: async ({ userId, limit }) => ({
      deadLetters: await some(session, deadLetters, { 'delivery.userId': userId }, limit, 'delete'),
    }),
    async replays({ userId }, owned) {
      const ids = await replaysOf(session, userId, owned);
      if (ids.length === 0) return {};
      return { replays: (await ask(() => replays.deleteMany({ _id: { $in: ids } }))).deletedCount };
    },
    // There is no log of changes in this store.
    logEntries: () => Promise.resolve({}),
    records: (request) => removeRecords(session, request),
    formerOwners: async ({ userId, limit }) => ({
      formerOwners: await some(session, records, { formerUserIds: userId }, limit, {
        $pull: { formerUserIds: userId },
      }),
    }),
    async connections({ restedSince }, owned) {
      let removed = 0;
      for (const id of owned) {
        const used =
          (await ask(() => links.findOne(ofConnection(id), { projection: { _id: 1 } }))) ??
          (await ask(() => runs.findOne({ connectionId: id }, { projection: { _id: 1 } })));
        if (used !== null) continue;
        const rested = { _id: id, status: 'disconnected' as const, 'health.since': { $lte: restedSince } };
        removed += (await ask(() => connections.deleteOne(rested))).deletedCount;
      }
      return { connections: removed };
    },
  };
}

/** The letters go first: what tells whose they are is the record. */
async function removeRecords(session: MongoSession, { userId, limit }: ErasureRequest): Promise<Removed> {
  const { records, deadLetters, ask } = session;
  const found = await ask(() =>
    records
      .find({ userId })
      .limit(limit)
      .project<Pick<RecordDocument, '_id' | 'kind' | 'entityId'>>({ kind: 1, entityId: 1 })
      .toArray(),
  );
  if (found.length === 0) return {};
  let ofEvents = 0;
  for (const [entity, ofKind] of Map.groupBy(found, ({ kind }) => kind)) {
    const ids = ofKind.map(({ entityId }) => entityId);
    const { deletedCount } = await ask(() =>
      deadLetters.deleteMany({ entityId: { $in: ids }, entity, kind: 'decode' }),
    );
    ofEvents += deletedCount;
  }
  const keys = found.map((each) => each._id);
  const { deletedCount } = await ask(() => records.deleteMany({ _id: { $in: keys }, userId }));
  return { records: deletedCount, deadLetters: ofEvents };
}

/** Changes or deletes at most `limit` of what a filter finds; the change takes a document out of the filter. */
async function some<T extends Document & { _id: string }>(
  { ask }: MongoSession,
  collection: Collection<T>,
  filter: Filter<T>,
  limit: number,
  change: UpdateFilter<T> | 'delete',
): Promise<number> {
  const found = await ask(() =>
    collection.find(filter).limit(limit).project<{ _id: string }>({ _id: 1 }).toArray(),
  );
  if (found.length === 0) return 0;
  // What the filter says of the id can't change; the rest is asked once more.
  const chosen = { ...filter, _id: { $in: found.map((each) => each._id) } } as Filter<T>;
  return change === 'delete'
    ? (await ask(() => collection.deleteMany(chosen))).deletedCount
    : (await ask(() => collection.updateMany(chosen, change))).modifiedCount;
}
