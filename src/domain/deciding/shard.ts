import { textHash } from '../content-hash.ts';

/** Parts of the budgets, each owned by one worker: enough that a dozen workers share them evenly. */
export const SHARD_COUNT = 256;

/** A budget's shard, one of `count`; the same in every process. */
export function shardOf(budgetKey: string, count: number): number {
  return Number.parseInt(textHash(budgetKey).slice(0, 8), 16) % count;
}

/**
 * The worker that should own a shard, by rendezvous hashing: all who see the same workers agree, and one who comes or goes moves only
 * what it gets or had. Null when there is none.
 */
export function preferredWorker(shard: number, workerIds: readonly string[]): string | null {
  let best: { readonly id: string; readonly weight: string } | null = null;
  for (const id of workerIds) {
    const weight = textHash(`${id} ${String(shard)}`);
    if (best === null || weight > best.weight) best = { id, weight };
  }
  return best?.id ?? null;
}
