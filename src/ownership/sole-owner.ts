import type { Lease, LiveOwnership } from './ownership.port.ts';

/** Owns every budget, for a store that one process has to itself (the embedded database's own lock sees to that). */
export function createSoleOwner(nextEpoch: () => Promise<number>): LiveOwnership {
  let lease: Lease | null = null;
  return {
    leaseOf: () => lease,
    mayDispatch: (held) => lease?.epoch === held.epoch,
    async start(listener) {
      lease = { shard: 0, epoch: await nextEpoch() };
      listener.gained();
    },
    // There is nobody to hand over to; what is under way ends by the reconciler's own grace.
    stop: () => Promise.resolve(),
  };
}
