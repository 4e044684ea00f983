import type { Connection } from '../../../domain/connection.ts';
import type { ConnectionStore, SealedCount } from '../../connection-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { insertIfAbsent, replaceRevision } from '../session/conditional-writes.ts';
import { gathered } from '../session/gathered.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import {
  connectionDocument,
  connectionOf,
  connectionsIn,
  sealedCopy,
  type ConnectionDocument,
} from './stored-connection.ts';

interface Touch {
  readonly connectionId: string;
  readonly at: number;
}

const CONNECTED = { status: { $ne: 'disconnected' as const } };

export function createConnectionStore(session: MongoSession): ConnectionStore {
  const { ask } = session;
  const connections = connectionsIn(session);
  const one = (found: ConnectionDocument | null): Connection | null =>
    found === null ? null : connectionOf(found);
  const ownedBy = (userId: string): { 'owner.id': string; 'owner.type': 'user' } => ({
    'owner.id': userId,
    'owner.type': 'user',
  });

  // Before every call to a CRM somebody asks whether its connection still stands.
  const readTogether = gathered(async (ids: readonly string[]) => {
    const distinct = [...new Set(ids)];
    const found = await ask(() => connections.find({ _id: { $in: distinct } }).toArray());
    const byId = new Map(found.map((document) => [document._id, connectionOf(document)]));
    return ids.map((id) => byId.get(id) ?? null);
  });

  const touchTogether = gathered(async (touches: readonly Touch[]) => {
    await writeUnordered(
      session,
      connections,
      touches.map(({ connectionId, at }) => ({
        updateOne: { filter: { _id: connectionId }, update: { $max: { lastSyncAt: at } } },
      })),
    );
    return touches.map(() => undefined);
  });

  return {
    ...createSealedQueries(session),
    read: readTogether,
    findByOwner: async (userId, provider) =>
      one(await ask(() => connections.findOne({ ...ownedBy(userId), provider }))),
    async listByOwner(userId) {
      const found = await ask(() => connections.find(ownedBy(userId)).sort({ provider: 1 }).toArray());
      return found.map(connectionOf);
    },
    async listForUsers(userIds) {
      if (userIds.length === 0) return [];
      const found = await ask(() =>
        connections.find({ 'owner.id': { $in: [...userIds] }, 'owner.type': 'user', ...CONNECTED }).toArray(),
      );
      return found.map(connectionOf);
    },
    async listByAccount(provider, accountKey) {
      const found = await ask(() => connections.find({ provider, accountKey }).limit(1_000).toArray());
      return found.map(connectionOf);
    },
    async usesBudget(budgetKey) {
      const used = { ...CONNECTED, budgetKey };
      return (await ask(() => connections.findOne(used, { projection: { _id: 1 } }))) !== null;
    },
    async accountsOnBudget(budgetKey) {
      return (await ask(() => connections.distinct('accountKey', { status: 'active', budgetKey }))).length;
    },
    async dropRestedBudgets() {
      const rested = { status: 'disconnected' as const, budgetKey: { $ne: '' } };
      const taken = await ask(() => connections.distinct('budgetKey', rested));
      if (taken.length > 0) {
        const update = { $set: { budgetKey: '' }, $inc: { revision: 1 } };
        await ask(() => connections.updateMany(rested, update));
      }
      return taken;
    },
    async pageConnected(after, limit) {
      const found = await ask(() =>
        connections
          .find({ ...CONNECTED, ...(after !== null && { _id: { $gt: after } }) })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray(),
      );
      return found.map(connectionOf);
    },
    insert: (connection) => insertIfAbsent(session, connections, connectionDocument(connection)),
    replace: (connection, expectedRevision) =>
      replaceRevision(session, connections, connectionDocument(connection), expectedRevision),
    touchLastSync: (connectionId, at) => touchTogether({ connectionId, at }),
  };
}

const SEALED = { sealed: { $exists: true } };

/** What a change of keys asks of the connections. */
function createSealedQueries(
  session: MongoSession,
): Pick<ConnectionStore, 'countSealed' | 'pageSealedUnlike' | 'reseal'> {
  const { ask } = session;
  const connections = connectionsIn(session);

  return {
    async countSealed() {
      return await ask(() =>
        connections
          .aggregate<SealedCount>([
            { $match: SEALED },
            { $group: { _id: { v: '$sealed.v', keyId: '$sealed.keyId' }, count: { $sum: 1 } } },
            { $project: { _id: 0, v: '$_id.v', keyId: '$_id.keyId', count: 1 } },
          ])
          .toArray(),
      );
    },
    async pageSealedUnlike({ v, keyId }, after, limit) {
      const found = await ask(() =>
        connections
          .find({
            ...SEALED,
            ...(after !== null && { _id: { $gt: after } }),
            $or: [{ 'sealed.v': { $ne: v } }, { 'sealed.keyId': { $ne: keyId } }],
          })
          .sort({ _id: 1 })
          .limit(limit)
          .toArray(),
      );
      return found.map(connectionOf);
    },
    async reseal(connectionId, sealed, expectedRevision) {
      const { matchedCount } = await ask(() =>
        connections.updateOne(
          { _id: connectionId, revision: expectedRevision, ...SEALED },
          { $set: { sealed: sealedCopy(sealed), revision: expectedRevision + 1 } },
        ),
      );
      return matchedCount === 1;
    },
  };
}
