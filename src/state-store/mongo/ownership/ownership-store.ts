import type { Filter } from 'mongodb';
import type { OwnershipStore, ShardLease } from '../../ownership-store.port.ts';
import { isDuplicateKey } from '../session/mongo-errors.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import {
  leaseOf,
  shardDocument,
  workerDocument,
  workerOf,
  type ShardDocument,
} from './ownership-document.ts';

/** A worker that was fenced or has left has no document, and nothing but joining makes one. */
export function createOwnershipStore({ workers, shards, ask }: MongoSession): OwnershipStore {
  const inserted = async (insert: () => Promise<unknown>): Promise<boolean> => {
    try {
      await ask(insert);
      return true;
    } catch (error) {
      if (isDuplicateKey(error)) return false;
      throw error;
    }
  };

  const replaceLease = async (from: ShardLease, next: ShardLease): Promise<boolean> => {
    const { matchedCount } = await ask(() => shards.replaceOne(standsAs(from), shardDocument(next)));
    return matchedCount === 1;
  };

  return {
    async join(worker) {
      // No other worker has this id: what stands is an insert of ours that was not answered.
      await inserted(() => workers.insertOne(workerDocument(worker)));
    },
    async beat(workerId, draining, at) {
      const sign = { $inc: { beat: 1 }, $set: { draining, beatAt: at } };
      const { matchedCount } = await ask(() => workers.updateOne({ _id: workerId }, sign));
      return matchedCount === 1;
    },
    async workers() {
      const found = await ask(() => workers.find({}).sort({ _id: 1 }).toArray());
      return found.map(workerOf);
    },
    async fence(workerId, beat) {
      const { deletedCount } = await ask(() => workers.deleteOne({ _id: workerId, beat }));
      return deletedCount === 1;
    },
    async leave(workerId) {
      await ask(() => workers.deleteOne({ _id: workerId }));
    },
    async shards() {
      const found = await ask(() => shards.find({}).sort({ _id: 1 }).toArray());
      return found.map(leaseOf);
    },
    async take(from, next) {
      if (from === null) return inserted(() => shards.insertOne(shardDocument(next)));
      return from.shard === next.shard && replaceLease(from, next);
    },
    release: async (lease) => lease.owner !== null && replaceLease(lease, { ...lease, owner: null }),
  };
}

function standsAs({ shard, owner, epoch }: ShardLease): Filter<ShardDocument> {
  return { _id: shard, owner: owner === null ? { $exists: false } : { $eq: owner }, epoch };
}
