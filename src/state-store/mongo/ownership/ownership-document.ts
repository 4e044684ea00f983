import type { ShardLease, WorkerRow } from '../../ownership-store.port.ts';

export interface WorkerDocument {
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

export interface ShardDocument {
  /** The shard. */
  readonly _id: number;
  /** Absent while nobody owns it. */
  readonly owner?: string;
  readonly epoch: number;
}

export function workerDocument(worker: WorkerRow): WorkerDocument {
  const { workerId, beat, draining, startedAt, beatAt, label, shardRule } = worker;
  return { _id: workerId, beat, draining, startedAt, beatAt, label, shardRule };
}

export function workerOf(document: WorkerDocument): WorkerRow {
  const { _id, beat, draining, startedAt, beatAt, label, shardRule = 1 } = document;
  return { workerId: _id, beat, draining, startedAt, beatAt, label, shardRule };
}

export function shardDocument({ shard, owner, epoch }: ShardLease): ShardDocument {
  return { _id: shard, ...(owner !== null && { owner }), epoch };
}

export function leaseOf({ _id, owner, epoch }: ShardDocument): ShardLease {
  return { shard: _id, owner: owner ?? null, epoch };
}
