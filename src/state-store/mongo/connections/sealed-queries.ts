import type { ConnectionStore, SealedCount } from '../../state-store.port.ts';
import { connectionOf, sealedCopy } from './stored-connection.ts';
import type { MongoSession } from '../session/mongo-session.ts';

const SEALED = { sealed: { $exists: true } };

/** What a change of keys asks of the connections. */
export function createSealedQueries({
  connections,
  ask,
}: MongoSession): Pick<ConnectionStore, 'countSealed' | 'pageSealedUnlike' | 'reseal'> {
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
