import { preferredWorker } from '../domain/deciding/shard.ts';
import type { ShardLease, WorkerRow } from '../state-store/ownership-store.port.ts';

export interface ShardView {
  readonly workerId: string;
  readonly shardCount: number;
  /** As read from the store, before `workers`. */
  readonly leases: readonly ShardLease[];
  /** All that are alive as far as this worker knows, itself included. */
  readonly workers: readonly Pick<WorkerRow, 'workerId' | 'draining'>[];
  /** Shards that this worker holds, with the epoch of its lease. */
  readonly held: ReadonlyMap<number, number>;
}

export interface ShardMoves {
  /** To take, each as it stands now (null: never owned). */
  readonly take: readonly { readonly shard: number; readonly from: ShardLease | null }[];
  /** To drain and then give up: another worker should have them. */
  readonly handOver: readonly number[];
  /** Its own in the store, though it holds them no more (a give-up that failed): to give up at once. */
  readonly giveUp: readonly ShardLease[];
  /** Held as far as this worker knew, but the store says otherwise. */
  readonly lost: readonly number[];
}

/**
 * What a worker does about each shard. Pure. A shard that another living worker has is never taken: that one hands it over by the
 * same rule. One of its own that it does not hold (the answer to its take was lost) is taken anew, under a new epoch.
 */
export function planShards(view: ShardView, wantedBy: WantedBy = createWantedBy()): ShardMoves {
  const { workerId, shardCount, leases, workers, held } = view;
  const alive = new Set(workers.map((worker) => worker.workerId));
  const candidates = workers.filter((worker) => !worker.draining).map((worker) => worker.workerId);
  const owners = wantedBy(candidates, shardCount);
  const byShard = new Map(leases.map((lease) => [lease.shard, lease]));
  const take: { shard: number; from: ShardLease | null }[] = [];
  const handOver: number[] = [];
  const giveUp: ShardLease[] = [];
  const lost: number[] = [];
  for (let shard = 0; shard < shardCount; shard += 1) {
    const lease = byShard.get(shard) ?? null;
    const mine = owners[shard] === workerId;
    const heldEpoch = held.get(shard);
    if (heldEpoch !== undefined && (lease?.owner !== workerId || lease.epoch !== heldEpoch)) {
      lost.push(shard);
    } else if (heldEpoch !== undefined) {
      if (!mine) handOver.push(shard);
    } else if (mine && isFree(lease, workerId, alive)) {
      take.push({ shard, from: lease });
    } else if (!mine && lease?.owner === workerId) {
      giveUp.push(lease);
    }
  }
  return { take, handOver, giveUp, lost };
}

function isFree(lease: ShardLease | null, workerId: string, alive: ReadonlySet<string>): boolean {
  return lease?.owner == null || lease.owner === workerId || !alive.has(lease.owner);
}

/** Who should own each shard, by its index. */
export type WantedBy = (candidates: readonly string[], shardCount: number) => readonly (string | null)[];

/** Remembers the last answer: workers rarely come and go, and each is a hash for every shard. */
export function createWantedBy(): WantedBy {
  let last: { readonly of: string; readonly owners: readonly (string | null)[] } | null = null;
  return (candidates, shardCount) => {
    const of = `${String(shardCount)} ${[...candidates].sort().join(' ')}`;
    if (last?.of !== of) {
      const owners = Array.from({ length: shardCount }, (_, shard) => preferredWorker(shard, candidates));
      last = { of, owners };
    }
    return last.owners;
  };
}
