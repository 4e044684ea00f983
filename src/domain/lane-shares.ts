import { LANES, type Lane } from './link.ts';

/** The part of the free places that each lane may take first, in the order of the lanes; what one leaves the next may use. */
const SHARES: Readonly<Record<Lane, number>> = { live: 0.7, retry: 0.5, replay: 0.5, sync: 1 };

export interface LaneRequest {
  readonly lane: Lane;
  readonly limit: number;
}

/**
 * How many links to claim of each lane for `free` places: the urgent first, each lane at least one place in turn, so that a full
 * sync goes on under a stream of live changes. `turn` grows by one a call.
 */
export function laneShares(free: number, turn: number): LaneRequest[] {
  if (free <= 0) return [];
  // With few places, shares would round to none: now and then a lower lane goes first.
  const order = turn % 10 === 9 ? [...LANES].reverse() : [...LANES];
  if (free < 4) return order.map((lane) => ({ lane, limit: free }));
  let left = free;
  return order.map((lane) => {
    const limit = Math.max(1, Math.ceil(left * SHARES[lane]));
    left -= Math.min(limit, left - 1);
    return { lane, limit };
  });
}
