import type { Kafka } from 'kafkajs';
import { CONSUMER_RETRY } from '../connection/kafka-connection.ts';
import { requireTopic } from '../topics/require-topic.ts';

export interface HintSessionOptions {
  readonly kafka: Kafka;
  readonly topic: string;
  readonly groupId: string;
  /** Must not throw. */
  readonly hear: (value: Uint8Array | null) => void;
}

export interface HintSession {
  /** Resolves with the error once the consumer has ended by itself. */
  readonly ended: Promise<unknown>;
  close(): Promise<void>;
}

/**
 * The broker answers a fetch as soon as there is a hint, so the wait bounds nothing but an idle fetch: long, since each costs
 * both sides some work, and short enough for a stop, which waits for the fetch on its way.
 */
const TIMES = {
  sessionTimeout: 30_000,
  heartbeatInterval: 5_000,
  rebalanceTimeout: 30_000,
  maxWaitTimeInMs: 1_000,
  metadataMaxAge: 300_000,
};
const SIZES = { minBytes: 1, maxBytes: 1_048_576, maxBytesPerPartition: 1_048_576 };

/**
 * Reads the topic from its end with one consumer. Resolves once the place to read from is known. Rejects, with nothing left
 * behind, if it can't. Nothing is committed: whoever comes back begins at the end again.
 */
export async function openHintSession({
  kafka,
  topic,
  groupId,
  hear,
}: HintSessionOptions): Promise<HintSession> {
  await requireTopic(kafka, topic);
  const consumer = kafka.consumer({
    groupId,
    ...TIMES,
    ...SIZES,
    allowAutoTopicCreation: false,
    retry: CONSUMER_RETRY,
  });
  const end = Promise.withResolvers<unknown>();
  const reading = Promise.withResolvers<void>();
  consumer.on(consumer.events.CRASH, ({ payload }) => {
    end.resolve(payload.error);
    reading.reject(payload.error);
  });
  consumer.on(consumer.events.FETCH, () => reading.resolve());
  // Only waited for once the consumer runs; a crash before that is thrown there.
  reading.promise.catch(() => undefined);
  try {
    await consumer.connect();
    await consumer.subscribe({ topics: [topic], fromBeginning: false });
    await consumer.run({
      autoCommit: false,
      eachBatch: ({ batch }) => {
        for (const { value } of batch.messages) hear(value);
        return Promise.resolve();
      },
    });
    await reading.promise;
  } catch (error) {
    await consumer.disconnect();
    throw error;
  }
  return { ended: end.promise, close: () => consumer.disconnect() };
}

/** Deletes a group that everybody has left. Brokers forget it by themselves later. */
export async function deleteHintGroup(kafka: Kafka, groupId: string): Promise<void> {
  const admin = kafka.admin();
  try {
    await admin.connect();
    await admin.deleteGroups([groupId]);
  } finally {
    await admin.disconnect();
  }
}
