import { randomUUID } from 'node:crypto';
import kafkajs, { type EachBatchPayload } from 'kafkajs';

export interface TopicMessage {
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key: string | null;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

/** Everything that stands in some topics now, each partition in its order. Rejects when it takes longer than `withinMs`. */
export async function readTopics(
  brokers: readonly string[],
  topics: readonly string[],
  withinMs: number,
): Promise<TopicMessage[]> {
  const kafka = new kafkajs.Kafka({
    brokers: [...brokers],
    clientId: 'chaos-reader',
    logLevel: kafkajs.logLevel.NOTHING,
  });
  const ends = await endsOf(kafka, topics);
  const consumer = kafka.consumer({ groupId: `chaos-reader-${randomUUID()}`, maxWaitTimeInMs: 200 });
  const found: TopicMessage[] = [];
  const timer = new AbortController();
  await consumer.connect();
  try {
    await consumer.subscribe({ topics: [...topics], fromBeginning: true });
    await new Promise<void>((resolve, reject) => {
      if (ends.size === 0) resolve();
      const late = setTimeout(() => {
        reject(new Error(`The topics could not be read to their ends in ${withinMs} ms.`));
      }, withinMs);
      timer.signal.addEventListener('abort', () => clearTimeout(late));
      const eachBatch = async ({ batch }: EachBatchPayload): Promise<void> => {
        const place = { topic: batch.topic, partition: batch.partition };
        for (const { offset, key, value, headers } of batch.messages) {
          const text = key === null ? null : key.toString('utf8');
          found.push({ ...place, offset, key: text, value, headers: textHeaders(headers) });
        }
        const name = `${batch.topic} ${batch.partition}`;
        if (BigInt(batch.lastOffset()) + 1n >= (ends.get(name) ?? 0n)) ends.delete(name);
        if (ends.size === 0) resolve();
      };
      consumer.run({ autoCommit: false, eachBatch }).catch(reject);
    });
  } finally {
    timer.abort();
    await consumer.disconnect();
  }
  return found;
}

/** The next offset of every partition that is not empty. */
async function endsOf(kafka: kafkajs.Kafka, topics: readonly string[]): Promise<Map<string, bigint>> {
  const admin = kafka.admin();
  await admin.connect();
  try {
    const ends = new Map<string, bigint>();
    for (const topic of topics) {
      for (const { partition, low, high } of await admin.fetchTopicOffsets(topic)) {
        if (low !== high) ends.set(`${topic} ${partition}`, BigInt(high));
      }
    }
    return ends;
  } finally {
    await admin.disconnect();
  }
}

function textHeaders(headers: kafkajs.IHeaders | undefined): Record<string, string> {
  return Object.fromEntries(
    Object.entries(headers ?? {}).map(([name, value]) => [
      name,
      Buffer.isBuffer(value) ? value.toString('utf8') : String(value),
    ]),
  );
}
