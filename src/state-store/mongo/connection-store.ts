import type { Connection } from '../../domain/connection.ts';
import type { ConnectionStore, SealedCount } from '../state-store.ts';
import {
  connectionDocument,
  connectionOf,
  type ConnectionDocument,
  sealedCopy,
} from './connection-document.ts';
import { isDuplicateKey } from './mongo-errors.ts';
import type { MongoSession } from './mongo-session.ts';

const SEALED = { sealed: { $exists: true } };
const CONNECTED = { status: { $ne: 'disconnected' as const } };

export function createConnectionStore({ connections, ask }: MongoSession): ConnectionStore {
  const one = (found: ConnectionDocument | null): Connection | null =>
    found === null ? null : connectionOf(found);
  const ownedBy = (userId: string): { 'owner.id': string; 'owner.type': 'user' } => ({
    'owner.id': userId,
    'owner.type': 'user',
  });

  return {
    read: async (id) => one(await ask(() => connections.findOne({ _id: id }))),
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
    async touchLastSync(connectionId, at) {
      await ask(() => connections.updateOne({ _id: connectionId }, { $max: { lastSyncAt: at } }));
    },
  };
}
