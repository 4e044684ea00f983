import type { Collection, Filter } from 'mongodb';
import type { OwnershipStore, ShardLease, WorkerRow } from '../../ownership-store.port.ts';
import { insertIfAbsent } from '../session/conditional-writes.ts';
import type { MongoSession } from '../session/mongo-session.ts';

interface WorkerDocument {
  /** The worker's id. */
  readonly _id: string;
  readonly beat: number;
  readonly draining: boolean;
  readonly startedAt: number;
  readonly beatAt: number;
  readonly label: string;
  /** Absent in what programs before rule 2 left. */
  readonly shardRule?: number;
}

interface ShardDocument {
  /** The shard. */
  readonly _id: number;
  /** Absent while nobody owns it. */
  readonly owner?: string;
  readonly epoch: number;
}

/** A worker that was fenced or has left has no document, and nothing but joining makes one. */
export function createOwnershipStore(session: MongoSession): OwnershipStore {
  const { database, ask } = session;
  const workers: Collection<WorkerDocument> = database.collection('workers');
  const shards: Collection<ShardDocument> = database.collection('shards');

  const replaceLease = async (from: ShardLease, next: ShardLease): Promise<boolean> => {
    const { matchedCount } = await ask(() => shards.replaceOne(standsAs(from), shardDocument(next)));
    return matchedCount === 1;
  };

  return {
    async join(worker) {
      // No other worker has this id: what stands is an insert of ours that was not answered.
      await insertIfAbsent(session, workers, workerDocument(worker));
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
      if (from === null) return insertIfAbsent(session, shards, shardDocument(next));
      return from.shard === next.shard && replaceLease(from, next);
    },
    release: async (lease) => lease.owner !== null && replaceLease(lease, { ...lease, owner: null }),
  };
}

function standsAs({ shard, owner, epoch }: ShardLease): Filter<ShardDocument> {
  return { _id: shard, owner: owner === null ? { $exists: false } : { $eq: owner }, epoch };
}

function workerDocument(worker: WorkerRow): WorkerDocument {
  const { workerId, beat, draining, startedAt, beatAt, label, shardRule } = worker;
  return { _id: workerId, beat, draining, startedAt, beatAt, label, shardRule };
}

function workerOf(document: WorkerDocument): WorkerRow {
  const { _id, beat, draining, startedAt, beatAt, label, shardRule = 1 } = document;
  return { workerId: _id, beat, draining, startedAt, beatAt, label, shardRule };
}

function shardDocument({ shard, owner, epoch }: ShardLease): ShardDocument {
  return { _id: shard, ...(owner !== null && { owner }), epoch };
}

function leaseOf({ _id, owner, epoch }: ShardDocument): ShardLease {
  return { shard: _id, owner: owner ?? null, epoch };
}
