import type { Filter } from 'mongodb';
import { eraseInOrder, type Removed } from '../../erasing-in-order.ts';
import {
  type ErasedKind,
  type ErasureCounts,
  type ErasureRequest,
  type ErasureStore,
  NOTHING_ERASED,
} from '../../erasure-store.port.ts';
import { linksOfConnection } from '../../id-range.ts';
import { accountsIn, type AccountDocument } from '../connections/account-store.ts';
import { connectionsIn } from '../connections/stored-connection.ts';
import { timelineIn } from '../journal/stored-timeline-entry.ts';
import { replaysIn } from '../letters/replay-store.ts';
import { deadLettersIn } from '../letters/stored-dead-letter.ts';
import { unheld } from '../links/link-conditions.ts';
import { looksIn } from '../links/look-store.ts';
import { linksIn } from '../links/stored-link.ts';
import { recordsIn, type RecordDocument } from '../records/stored-record.ts';
import { runsIn } from '../runs/run-store.ts';
import { changeSome } from '../session/in-chunks.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import {
  connectionsOf,
  countOwnLetters,
  countUnknownLetters,
  ofConnection,
  replaysOf,
} from './erasure-queries.ts';

export function createErasureStore(session: MongoSession): ErasureStore {
  const remove = createRemovals(session);
  return {
    count: (userId) => countOf(session, userId),
    countUnknownLetters: () => countUnknownLetters(session),
    async remove(request) {
      const owned = await connectionsOf(session, request.userId);
      return eraseInOrder((kind) => remove[kind](request, owned));
    },
  };
}

async function countOf(session: MongoSession, userId: string): Promise<ErasureCounts> {
  const { ask } = session;
  const links = linksIn(session);
  const records = recordsIn(session);
  const owned = await connectionsOf(session, userId);
  let ofLinks = 0;
  for (const id of owned) ofLinks += await ask(() => links.countDocuments(ofConnection(id)));
  const delivered = await ask(() => deadLettersIn(session).countDocuments({ 'delivery.userId': userId }));
  return {
    ...NOTHING_ERASED,
    links: ofLinks,
    timelineEntries: await ask(() => timelineIn(session).countDocuments({ userId })),
    runs: await ask(() => runsIn(session).countDocuments({ connectionId: { $in: owned } })),
    deadLetters: delivered + (await countOwnLetters(session, userId)),
    replays: (await replaysOf(session, userId, owned)).length,
    records: await ask(() => records.countDocuments({ userId })),
    formerOwners: await ask(() => records.countDocuments({ formerUserIds: userId })),
    connections: owned.length,
  };
}

function createRemovals(
  session: MongoSession,
): Readonly<Record<ErasedKind, (request: ErasureRequest, owned: readonly string[]) => Promise<Removed>>> {
  const { ask } = session;
  const links = linksIn(session);
  const runs = runsIn(session);

  return {
    async links({ now, limit }, owned) {
      let removed = 0;
      for (const id of owned) {
        if (removed >= limit) break;
        const free = { ...ofConnection(id), ...unheld(now) };
        removed += await changeSome(session, links, free, limit - removed, 'delete');
      }
      return { links: removed };
    },
    timelineEntries: async ({ userId, limit }) => ({
      timelineEntries: await changeSome(session, timelineIn(session), { userId }, limit, 'delete'),
    }),
    runs: async ({ limit }, owned) => ({
      runs: await changeSome(session, runs, { connectionId: { $in: [...owned] } }, limit, 'delete'),
    }),
    deadLetters: async ({ userId, limit }) => ({
      deadLetters: await changeSome(
        session,
        deadLettersIn(session),
        { 'delivery.userId': userId },
        limit,
        'delete',
      ),
    }),
    async replays({ userId }, owned) {
      const ids = await replaysOf(session, userId, owned);
      if (ids.length === 0) return {};
      return {
        replays: (await ask(() => replaysIn(session).deleteMany({ _id: { $in: ids } }))).deletedCount,
      };
    },
    // There is no log of changes in this store.
    logEntries: () => Promise.resolve({}),
    records: (request) => removeRecords(session, request),
    formerOwners: async ({ userId, limit }) => ({
      formerOwners: await changeSome(session, recordsIn(session), { formerUserIds: userId }, limit, {
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
        if ((await ask(() => connectionsIn(session).findOne(rested))) === null) continue;
        const { from, to } = linksOfConnection(id);
        await ask(() => looksIn(session).deleteMany({ _id: { $gt: from, $lt: to }, connectionId: id }));
        const ofAccounts = { _id: { $gt: from, $lt: to }, connectionId: id } as Filter<AccountDocument>;
        await ask(() => accountsIn(session).deleteMany(ofAccounts));
        removed += (await ask(() => connectionsIn(session).deleteOne(rested))).deletedCount;
      }
      return { connections: removed };
    },
  };
}

/** The letters go first: what tells whose they are is the record. */
async function removeRecords(session: MongoSession, { userId, limit }: ErasureRequest): Promise<Removed> {
  const { ask } = session;
  const records = recordsIn(session);
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
      deadLettersIn(session).deleteMany({ entityId: { $in: ids }, entity, kind: 'decode' }),
    );
    ofEvents += deletedCount;
  }
  const keys = found.map((each) => each._id);
  const { deletedCount } = await ask(() => records.deleteMany({ _id: { $in: keys }, userId }));
  return { records: deletedCount, deadLetters: ofEvents };
}
