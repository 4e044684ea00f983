import { Long, type AnyBulkWriteOperation, type Collection } from 'mongodb';
import type { FeedPosition, FeedPositionStore } from '../../feed-position-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { againIfRefused } from '../session/mongo-errors.ts';
import type { MongoSession } from '../session/mongo-session.ts';

interface FeedPositionDocument {
  /** Topic and partition. */
  readonly _id: string;
  readonly topic: string;
  readonly partition: number;
  /** A number where it is safe as one, by the driver. */
  readonly next: Long | number;
}

/** Beside the positions, and no position itself: it names no topic. */
interface TriedDocument {
  readonly _id: string;
  readonly from: Long | number;
  readonly upTo: Long | number;
  readonly times: number;
  readonly by: string;
}

type PositionWrite = AnyBulkWriteOperation<FeedPositionDocument>;

/** Few documents, one for each partition: read whole, without an index. */
export function createFeedPositionStore(session: MongoSession): FeedPositionStore {
  const positions: Collection<FeedPositionDocument> = session.database.collection('feed_positions');
  const tried: Collection<TriedDocument> = session.database.collection('feed_positions');

  /** Two who make the same document at once: one of them is refused, and finds it made. */
  const write = async (writes: readonly PositionWrite[]): Promise<void> => {
    const { duplicates } = await writeUnordered(session, positions, [...writes]);
    const again = duplicates.flatMap((index) => writes[index] ?? []);
    if (again.length > 0) await writeUnordered(session, positions, again);
  };

  return {
    async read(topics) {
      const found = await session.ask(() => positions.find({ topic: { $in: [...topics] } }).toArray());
      return found.map(({ topic, partition, next }) => ({ topic, partition, next: BigInt(next.toString()) }));
    },
    advance: (each) => write(each.map((position) => upsert(position, '$max'))),
    replace: (each) => write(each.map((position) => upsert(position, '$set'))),
    async tried(topic, partition) {
      const found = await session.ask(() => tried.findOne({ _id: triedId(topic, partition) }));
      if (found === null) return null;
      const { from, upTo, times, by } = found;
      return { from: BigInt(from.toString()), upTo: BigInt(upTo.toString()), times, by };
    },
    async noteTried(topic, partition, { from, upTo, times, by }) {
      const $set = { from: Long.fromBigInt(from), upTo: Long.fromBigInt(upTo), times, by };
      const _id = triedId(topic, partition);
      await againIfRefused(() => session.ask(() => tried.updateOne({ _id }, { $set }, { upsert: true })));
    },
    async clearTried(topic, partition, by) {
      await session.ask(() => tried.deleteOne({ _id: triedId(topic, partition), by }));
    },
  };
}

const triedId = (topic: string, partition: number): string => `tried ${topic}/${partition}`;

function upsert({ topic, partition, next }: FeedPosition, operator: '$max' | '$set'): PositionWrite {
  return {
    updateOne: {
      filter: { _id: `${topic}/${String(partition)}` },
      update: { $setOnInsert: { topic, partition }, [operator]: { next: Long.fromBigInt(next) } },
      upsert: true,
    },
  };
}
