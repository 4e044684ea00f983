import type { EachBatchPayload, Kafka } from 'kafkajs';
import { checkOffsets } from './check-offsets.ts';
import { CONSUMER_RETRY } from '../connection/kafka-connection.ts';

export interface ConsumerSessionOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  /** How many partitions are handled at a time. */
  readonly concurrency: number;
  readonly eachBatch: (payload: EachBatchPayload) => Promise<void>;
  /** Joined a generation, with these partitions of each topic. */
  readonly onJoin: (assignment: Readonly<Record<string, readonly number[]>>) => void;
  /** A fetch or a heartbeat was answered. */
  readonly onPoll: () => void;
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
 * Runs one consumer, from the check of its group's positions until it ends; kafkajs' consumers are not used twice. Resolves
 * once it has joined. Rejects, with nothing left behind, if it can't: with a `FeedRefusal` where waiting would not help.
 */
export async function openConsumerSession(options: ConsumerSessionOptions): Promise<ConsumerSession> {
  await checkPositions(options);
  const { kafka, groupId, topics, concurrency, eachBatch, onJoin, onPoll } = options;
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
  consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
    onPoll();
    onJoin(payload.memberAssignment);
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

async function checkPositions({ kafka, groupId, topics }: ConsumerSessionOptions): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await checkOffsets(admin, groupId, topics);
  } finally {
    await admin.disconnect();
  }
}
