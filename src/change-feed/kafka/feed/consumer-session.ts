import type { EachBatchPayload, Kafka } from 'kafkajs';
import { CONSUMER_RETRY } from '../connection/kafka-connection.ts';
import type { FeedPosition } from '../../../state-store/feed-position-store.port.ts';
import type { Assignment } from './partition-places.ts';

export interface ConsumerSessionOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** How many partitions are handled at a time. */
  readonly concurrency: number;
  readonly eachBatch: (payload: EachBatchPayload) => Promise<void>;
  /** Joined a generation, with these partitions of each topic. */
  readonly onJoin: (assignment: Assignment, consumer: ConsumerActs) => void;
  /** A fetch of a partition brought only what is never handed out, such as a transaction's marker, up to this place. */
  readonly onPassed: (position: FeedPosition) => void;
  /** A fetch or a heartbeat was answered. */
  readonly onPoll: () => void;
}

/** What a joined consumer can be told. */
export interface ConsumerActs {
  /** The next fetch of a partition begins there. */
  seek(position: FeedPosition): void;
  commit(position: FeedPosition): Promise<void>;
  /** Ends it, as a crash does. */
  fail(error: unknown): void;
}

export interface ConsumerSession {
  /** Resolves with the error once the consumer has ended by itself. */
  readonly crashed: Promise<unknown>;
  /** Waits for the batch in hand, leaves the group, disconnects. */
  close(): Promise<void>;
}

/**
 * A member that dies is missed after the session timeout. Heartbeats go out each second, since a member hears of a rebalance
 * only by them. The broker answers a fetch as soon as there is an event, so the wait bounds nothing but an idle fetch.
 */
const TIMES = {
  sessionTimeout: 10_000,
  heartbeatInterval: 1_000,
  rebalanceTimeout: 15_000,
  maxWaitTimeInMs: 500,
};
/** What one fetch may bring; a single larger event still comes, alone. */
const SIZES = { minBytes: 1, maxBytes: 8 * 1_048_576, maxBytesPerPartition: 1_048_576 };
/** How soon added partitions are seen. They are read from their beginning. */
const METADATA_MAX_AGE_MS = 60_000;

/**
 * Runs one consumer until it ends; kafkajs' consumers are not used twice. Resolves once it has joined. Rejects, with
 * nothing left behind, if it can't.
 */
export async function openConsumerSession(options: ConsumerSessionOptions): Promise<ConsumerSession> {
  const { kafka, groupId, topics, concurrency, eachBatch, onJoin, onPassed, onPoll } = options;
  const consumer = kafka.consumer({
    groupId,
    ...TIMES,
    ...SIZES,
    metadataMaxAge: METADATA_MAX_AGE_MS,
    allowAutoTopicCreation: false,
    retry: CONSUMER_RETRY,
  });
  const crash = Promise.withResolvers<unknown>();
  let failure: Error | undefined;
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    failure = payload.error;
    crash.resolve(payload.error);
  });
  const acts: ConsumerActs = {
    seek: ({ topic, partition, next }) => consumer.seek({ topic, partition, offset: next.toString() }),
    commit: ({ topic, partition, next }) =>
      consumer.commitOffsets([{ topic, partition, offset: next.toString() }]),
    fail: crash.resolve,
  };
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    onPoll();
    onJoin(payload.memberAssignment, acts);
  });
  consumer.on(consumer.events.END_BATCH_PROCESS, ({ payload }) => {
    const { topic, partition, batchSize, lastOffset } = payload;
    if (batchSize === 0) onPassed({ topic, partition, next: BigInt(lastOffset) + 1n });
  });
  consumer.on(consumer.events.FETCH, onPoll);
  consumer.on(consumer.events.HEARTBEAT, onPoll);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await consumer.run({
      autoCommit: false,
      eachBatchAutoResolve: false,
      partitionsConsumedConcurrently: concurrency,
      eachBatch,
    });
    // A consumer that could not join resolves all the same.
    if (failure !== undefined) throw failure;
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }
  return { crashed: crash.promise, close: () => consumer.disconnect() };
}
