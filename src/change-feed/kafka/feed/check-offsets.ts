import type { Admin } from 'kafkajs';
import { offsetOutOfRange } from './feed-refusal.ts';

/** What a partition's log holds, from `low` to before `high`, and where the group stopped; null when it never began. */
export interface PartitionPosition {
  readonly topic: string;
  readonly partition: number;
  readonly committed: bigint | null;
  readonly low: bigint;
  readonly high: bigint;
}

/** Whether events between the group's position and the log's start are gone, or the position is of another log. Pure. */
export function isOutOfRange({ committed, low, high }: PartitionPosition): boolean {
  return committed !== null && (committed < low || committed > high);
}

/** Throws a `FeedRefusal` naming every partition whose committed position the log no longer has. */
export async function checkOffsets(admin: Admin, groupId: string, topics: readonly string[]): Promise<void> {
  const lost = (await readPositions(admin, groupId, topics)).filter(isOutOfRange);
  if (lost.length === 0) return;
  const places = lost.map(({ topic, partition, committed, low, high }) => {
    return `${topic}/${partition} stopped at ${committed}, the log holds ${low} to ${high}`;
  });
  throw offsetOutOfRange(`group ${groupId}: ${places.join('; ')}`);
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
