import { evenOwners, preferredWorker, shardWeights } from '../domain/deciding/shard.ts';
import type { ShardLease, WorkerRow } from '../state-store/ownership-store.port.ts';

export interface ShardView {
  readonly workerId: string;
  readonly shardCount: number;
  /** As read from the store, before `workers`. */
  readonly leases: readonly ShardLease[];
  /** All that are alive as far as this worker knows, itself included. */
  readonly workers: readonly (ShardCandidate & Pick<WorkerRow, 'draining'>)[];
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
  const owners = wantedBy(
    workers.filter((worker) => !worker.draining),
    shardCount,
  );
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

/** A worker that may own shards. */
export type ShardCandidate = Pick<WorkerRow, 'workerId' | 'shardRule'>;

/** Who should own each shard, by its index: by the newest rule that all candidates know, so that old and new programs agree. */
export type WantedBy = (
  candidates: readonly ShardCandidate[],
  shardCount: number,
) => readonly (string | null)[];

/** Remembers the last answer, and of each worker what takes a hash for every shard: workers rarely come and go. */
export function createWantedBy(): WantedBy {
  let last: { readonly of: string; readonly owners: readonly (string | null)[] } | null = null;
  let known: ReadonlyMap<string, Uint32Array> = new Map();
  return (candidates, shardCount) => {
    const ids = candidates.map((candidate) => candidate.workerId).sort();
    const isPlain = !candidates.every((candidate) => candidate.shardRule >= 2);
    const of = `${isPlain ? 'plain' : 'even'} ${String(shardCount)} ${ids.join(' ')}`;
    if (last?.of === of) return last.owners;
    if (isPlain) {
      const owners = Array.from({ length: shardCount }, (_, shard) => preferredWorker(shard, ids));
      last = { of, owners };
    } else {
      const before = known;
      const weightsOf = (id: string): Uint32Array => {
        const weights = before.get(id);
        return weights?.length === shardCount ? weights : shardWeights(id, shardCount);
      };
      known = new Map(ids.map((id) => [id, weightsOf(id)]));
      last = { of, owners: evenOwners(known, shardCount) };
    }
    return last.owners;
  };
}
