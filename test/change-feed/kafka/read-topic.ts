import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';

export interface ReadMessage {
  readonly key: Buffer | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** The first messages of a topic, in the order of their partitions' logs; waits until there are so many. */
export async function readTopic(kafka: Kafka, topic: string, count: number): Promise<ReadMessage[]> {
  const consumer = kafka.consumer({ groupId: `reader-${randomUUID()}`, maxWaitTimeInMs: 200 });
  const messages: ReadMessage[] = [];
  const enough = Promise.withResolvers<void>();
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [topic], fromBeginning: true });
    await consumer.run({
      eachMessage({ message: { key, value, headers = {} } }) {
        const texts = Object.entries(headers).map(([name, each]) => [name, String(each)]);
        messages.push({ key, value, headers: Object.fromEntries(texts) });
        if (messages.length >= count) enough.resolve();
        return Promise.resolve();
      },
    });
    await enough.promise;
  } finally {
    await consumer.disconnect();
  }
  return messages;
}
