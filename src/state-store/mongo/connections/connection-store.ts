import type { Connection } from '../../../domain/connection.ts';
import type { ConnectionStore } from '../../state-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { connectionDocument, connectionOf, type ConnectionDocument } from './stored-connection.ts';
import { gathered } from '../session/gathered.ts';
import { isDuplicateKey } from '../session/mongo-errors.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { createSealedQueries } from './sealed-queries.ts';

interface Touch {
  readonly connectionId: string;
  readonly at: number;
}

const CONNECTED = { status: { $ne: 'disconnected' as const } };

export function createConnectionStore(session: MongoSession): ConnectionStore {
  const { connections, ask } = session;
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
    async insert(connection) {
      try {
        await ask(() => connections.insertOne(connectionDocument(connection)));
        return true;
      } catch (error) {
        if (isDuplicateKey(error)) return false;
        throw error;
      }
    },
    async replace(connection, expectedRevision) {
      const { matchedCount } = await ask(() =>
        connections.replaceOne(
          { _id: connection.connectionId, revision: expectedRevision },
          connectionDocument(connection),
        ),
      );
      return matchedCount === 1;
    },
    touchLastSync: (connectionId, at) => touchTogether({ connectionId, at }),
  };
}
