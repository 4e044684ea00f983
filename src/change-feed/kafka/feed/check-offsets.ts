import type { Admin } from 'kafkajs';
import type { FeedPosition } from '../../../state-store/feed-position-store.port.ts';

/** What a partition's log holds, from `low` to before `high`, and where the group stopped; null when it never began. */
export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  readonly committed: bigint | null;
  readonly low: bigint;
  readonly high: bigint;
}

/** How a partition is begun. */
export type PartitionStart =
  /** As the group says. */
  | { readonly kind: 'group' }
  /** As the group says, from `next`, which the store does not know yet. */
  | { readonly kind: 'keep'; readonly next: bigint }
  /** At the store's place: the group is ahead of it, so the store is an older copy. */
  | { readonly kind: 'back'; readonly next: bigint }
  /** As the group says, from `next`: the store's place is of another log, since it lies beyond the end of this one. */
  | { readonly kind: 'other_log'; readonly next: bigint }
  /** Not at all: the log no longer reaches back to the store's place. What there still is begins at `next`. */
  | { readonly kind: 'lost'; readonly next: bigint }
  /** Not at all: the log no longer has, or never had, the place where the group stopped. */
  | { readonly kind: 'out_of_range' };

/**
 * Where to begin a partition that was taken in to `stored` (null: not known). A group that is behind the store is
 * left there: a person may have set it back, and what comes again changes nothing. Pure.
 */
export function partitionStart(
  { committed, low, high }: Pick<PartitionPosition, 'committed' | 'low' | 'high'>,
  stored: bigint | null,
): PartitionStart {
  if (committed !== null && (committed < low || committed > high)) return { kind: 'out_of_range' };
  const next = committed ?? low;
  if (stored === null) return { kind: 'keep', next };
  if (stored > high) return { kind: 'other_log', next };
  if (next <= stored) return { kind: 'group' };
  return stored < low ? { kind: 'lost', next } : { kind: 'back', next: stored };
}

/** A partition's positions at the brokers, what the store knows of it, and what follows from them. */
export interface ComparedPartition extends PartitionPosition {
  readonly stored: bigint | null;
  readonly start: PartitionStart;
}

/**
 * Compares the group's positions with the store's. A store that knows other partitions of a topic has seen all that there were:
 * one that the group began and it doesn't know is newer than the copy, and was taken in nowhere. Pure.
 */
export function comparePositions(
  positions: readonly PartitionPosition[],
  kept: readonly FeedPosition[],
): ComparedPartition[] {
  const places = new Map(kept.map(({ topic, partition, next }) => [`${topic}/${partition}`, next]));
  const topics = new Set(kept.map(({ topic }) => topic));
  return positions.map((position) => {
    const { topic, partition, committed } = position;
    const unknown = committed !== null && topics.has(topic) ? 0n : null;
    const stored = places.get(`${topic}/${partition}`) ?? unknown;
    return { ...position, stored, start: partitionStart(position, stored) };
  });
}

/** The positions of a group in every partition of the topics. */
export async function readPositions(
  admin: Admin,
  groupId: string,
  topics: readonly string[],
): Promise<readonly PartitionPosition[]> {
  const committed = new Map<string, bigint>();
  for (const { topic, partitions } of await admin.fetchOffsets({ groupId, topics: [...topics] })) {
    for (const { partition, offset } of partitions) committed.set(`${topic}/${partition}`, BigInt(offset));
  }
  const positions: PartitionPosition[] = [];
  for (const topic of topics) {
    for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
      // Below zero: none, or a marker for 'earliest' that another client left.
      const at = committed.get(`${topic}/${partition}`) ?? -1n;
      positions.push({
        topic,
        partition,
        committed: at < 0n ? null : at,
        low: BigInt(low),
        high: BigInt(high),
      });
    }
  }
  return positions;
}
