import { textHash } from '../content-hash.ts';

/** Parts of the budgets, each owned by one worker: a hundred workers have two or three each. The same in all that share a store. */
export const SHARD_COUNT = 256;

/**
 * The newest rule that this program knows of who should own which shard, and with it all of lower numbers. Workers that share a store
 * follow the newest that each of them knows, so whoever changes a rule's answer gives it another number.
 * 1: `preferredWorker` of each shard; whose row names no rule knows this one only. 2: `evenOwners`.
 */
export const SHARD_RULE = 2;

/** A budget's shard, one of `count`; the same in every process. */
export function shardOf(budgetKey: string, count: number): number {
  return Number.parseInt(textHash(budgetKey).slice(0, 8), 16) % count;
}

/**
 * The worker that should own a shard by rule 1, plain rendezvous hashing: all who see the same workers agree, and one who comes or goes moves only
 * what it gets or had. Null when there is none.
 */
export function preferredWorker(shard: number, workerIds: readonly string[]): string | null {
  let best: { readonly id: string; readonly weight: string } | null = null;
  for (const id of workerIds) {
    const weight = bondOf(id, shard);
    if (best === null || weight > best.weight) best = { id, weight };
  }
  return best?.id ?? null;
}

/** How strongly a worker is bound to each shard, 0 to 2^32 − 1: the order that `preferredWorker` goes by. */
export function shardWeights(workerId: string, count: number): Uint32Array {
  return Uint32Array.from({ length: count }, (_, shard) =>
    Number.parseInt(bondOf(workerId, shard).slice(0, 8), 16),
  );
}

/**
 * Who should own each shard by rule 2: the strongest bonds first, and nobody more than an even share, so that each worker has the same
 * number of shards or one more. Who sees the same workers agrees, in whatever order they come. One that comes or goes moves its own
 * share and a few beside it; most stay with whom rule 1 prefers. Null each where there is no worker. `weights` by the workers' ids, as
 * `shardWeights` says.
 */
export function evenOwners(weights: ReadonlyMap<string, Uint32Array>, count: number): (string | null)[] {
  const ids = [...weights.keys()].sort();
  const owners = Array.from({ length: count }, (): string | null => null);
  const held = ids.map(() => 0);
  const least = Math.floor(count / ids.length);
  let extra = count % ids.length;
  for (const { index, shard } of strongestFirst(ids, weights, count)) {
    const has = held[index] ?? 0;
    if (owners[shard] !== null || has > least || (has === least && extra === 0)) continue;
    if (has === least) extra -= 1;
    held[index] = has + 1;
    owners[shard] = ids[index] ?? null;
  }
  return owners;
}

/** Each bond is one number, its weight before its place: so sorting tens of thousands takes milliseconds, and equal weights have an order. */
function* strongestFirst(
  ids: readonly string[],
  weights: ReadonlyMap<string, Uint32Array>,
  count: number,
): Iterable<{ readonly index: number; readonly shard: number }> {
  const total = ids.length * count;
  const bonds = new Float64Array(total);
  for (const [index, id] of ids.entries()) {
    for (let shard = 0; shard < count; shard += 1) {
      const place = index * count + shard;
      bonds[place] = (weights.get(id)?.[shard] ?? 0) * total + place;
    }
  }
  bonds.sort();
  for (let at = total - 1; at >= 0; at -= 1) {
    const place = (bonds[at] ?? 0) % total;
    yield { index: Math.floor(place / count), shard: place % count };
  }
}

function bondOf(workerId: string, shard: number): string {
  return textHash(`${workerId} ${String(shard)}`);
}
