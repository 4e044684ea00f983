import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, describe, expect, it } from '@jest/globals';
import { SchemaRegistry, SchemaType } from '@kafkajs/confluent-schema-registry';
import { Kafka, logLevel } from 'kafkajs';
import { MongoClient } from 'mongodb';
import { produceWithJavaClient, produceWithKcat, type BinaryMessage } from './kcat.ts';
import { realTier, withDatabase } from './real-tier.ts';
import { createTopics } from './topics.ts';

const { kafkaBrokers: brokers, schemaRegistryUrl, mongodbUrl } = realTier();
const kafka = new Kafka({ brokers, clientId: 'real-tier-test', logLevel: logLevel.NOTHING });
const closing: (() => Promise<void>)[] = [];

afterEach(async () => {
  for (const close of closing.splice(0).reverse()) await close();
});

const newTopic = async (numPartitions = 1): Promise<string> => {
  const topic = `real-tier-${randomUUID()}`;
  await createTopics(brokers, [{ topic, numPartitions, replicationFactor: 1 }]);
  return topic;
};

type Received = { key: string; value: Buffer | null; partition: number };

const readBack = async (topic: string, count: number): Promise<Received[]> => {
  const consumer = kafka.consumer({ groupId: `group-${randomUUID()}` });
  closing.push(() => consumer.disconnect());
  await consumer.connect();
  await consumer.subscribe({ topics: [topic], fromBeginning: true });
  const received: Received[] = [];
  await new Promise<void>((resolve, reject) => {
    const eachMessage: Parameters<typeof consumer.run>[0] = {
      eachMessage: ({ message, partition }) => {
        received.push({ key: String(message.key), value: message.value, partition });
        if (received.length === count) resolve();
        return Promise.resolve();
      },
    };
    consumer.run(eachMessage).catch(reject);
  });
  return received;
};

/** Bytes that a client splitting its input at lines or at NUL would tear apart. */
const awkward = (index: number): BinaryMessage => ({
  key: `contact-${index}`,
  value: index % 10 === 9 ? null : Buffer.concat([Buffer.from([0, 0, 0, 0, 7, 10, 13, 9]), randomBytes(600)]),
});

const byKey = <T extends { key: string }>(messages: T[]): Map<string, T> =>
  new Map(messages.map((message) => [message.key, message]));

describe('Kafka', () => {
  it('gives a consumer group what a producer sent', async () => {
    const topic = await newTopic();
    const producer = kafka.producer();
    closing.push(() => producer.disconnect());
    await producer.connect();
    await producer.send({ topic, messages: [{ key: 'contact-1', value: 'hello' }] });
    expect(await readBack(topic, 1)).toEqual([
      { key: 'contact-1', value: Buffer.from('hello'), partition: 0 },
    ]);
  });

  it('refuses to create a topic by being asked about it', async () => {
    const admin = kafka.admin({ retry: { retries: 0 } });
    closing.push(() => admin.disconnect());
    await admin.connect();
    await expect(admin.fetchTopicOffsets(`absent-${randomUUID()}`)).rejects.toThrow(/does not host/);
  });

  it('leaves an existing topic as it is when it is created again', async () => {
    const topic = await newTopic(3);
    await createTopics(brokers, [{ topic, numPartitions: 1, replicationFactor: 1 }]);
    const admin = kafka.admin();
    closing.push(() => admin.disconnect());
    await admin.connect();
    expect(await admin.fetchTopicOffsets(topic)).toHaveLength(3);
  });
});

describe.each([
  ['kcat', produceWithKcat],
  ["Kafka's own client", produceWithJavaClient],
])('Messages produced with %s', (_name, produce) => {
  it('arrive byte for byte, tombstones included, 10,000 of them', async () => {
    const topic = await newTopic(6);
    const sent = Array.from({ length: 10_000 }, (_, index) => awkward(index));
    await produce({ brokers, topic, messages: sent });
    const received = byKey(await readBack(topic, sent.length));
    expect(received.size).toBe(sent.length);
    const differing = sent.filter(({ key, value }) => {
      const got = received.get(key)?.value;
      return value === null ? got !== null : !(got instanceof Buffer && got.equals(value));
    });
    expect(differing).toEqual([]);
    expect(new Set([...received.values()].map(({ partition }) => partition)).size).toBe(6);
  });

  it('keep the order of one key', async () => {
    const topic = await newTopic(6);
    const messages = Array.from({ length: 200 }, (_, index) => ({
      key: 'contact-1',
      value: Buffer.from(String(index)),
    }));
    await produce({ brokers, topic, messages });
    const values = (await readBack(topic, messages.length)).map(({ value }) => String(value));
    expect(values).toEqual(messages.map(({ value }) => String(value)));
  });

  it('lie in the partition that kafkajs gives the key', async () => {
    const topic = await newTopic(6);
    const keys = Array.from({ length: 50 }, (_, index) => `contact-${index}`);
    const producer = kafka.producer();
    closing.push(() => producer.disconnect());
    await producer.connect();
    await producer.send({ topic, messages: keys.map((key) => ({ key, value: 'kafkajs' })) });
    await produce({ brokers, topic, messages: keys.map((key) => ({ key, value: Buffer.from('other') })) });
    const places = new Set((await readBack(topic, 100)).map(({ key, partition }) => `${key}@${partition}`));
    expect(places.size).toBe(50);
  });

  it('are reported as failed when the broker does not take them', async () => {
    const messages = [{ key: 'k', value: randomBytes(2_000_000) }];
    await expect(produce({ brokers, topic: await newTopic(), messages })).rejects.toThrow(
      /ended with|large/i,
    );
  });
});

describe('kcat', () => {
  it('is not given what it can not tell apart', async () => {
    const messages = [{ key: 'k', value: Buffer.alloc(0) }];
    await expect(produceWithKcat({ brokers, topic: 'any', messages })).rejects.toThrow(/Empty/);
  });
});

describe('The schema registry', () => {
  it('encodes with a registered schema and decodes by the id in the message', async () => {
    const schema = JSON.stringify({
      type: 'record',
      name: 'Greeting',
      fields: [{ name: 'text', type: 'string' }],
    });
    const subject = `real-tier-${randomUUID()}-value`;
    const writer = new SchemaRegistry({ host: schemaRegistryUrl });
    const { id } = await writer.register({ type: SchemaType.AVRO, schema }, { subject });
    const bytes = await writer.encode(id, { text: 'hello' });
    const reader = new SchemaRegistry({ host: schemaRegistryUrl });
    expect(await reader.decode(bytes)).toMatchObject({ text: 'hello' });
    expect(await reader.getLatestSchemaId(subject)).toBe(id);
  });
});

describe('MongoDB', () => {
  const open = async () => {
    const name = `real-tier-${randomUUID()}`;
    const client = await MongoClient.connect(withDatabase(mongodbUrl, name));
    const database = client.db();
    expect(database.databaseName).toBe(name);
    closing.push(async () => {
      await database.dropDatabase();
      await client.close();
    });
    return database.collection<{ _id: string; version: number; email?: string }>('records');
  };

  it('upserts in bulk and updates only where the filter holds', async () => {
    const records = await open();
    const upserts = Array.from({ length: 500 }, (_, index) => ({
      updateOne: {
        filter: { _id: `r${index}` },
        update: { $set: { version: 1 } },
        upsert: true,
      },
    }));
    const result = await records.bulkWrite(upserts, {
      ordered: false,
      writeConcern: { w: 'majority', j: true },
    });
    expect(result.upsertedCount).toBe(500);
    const newer = await records.findOneAndUpdate(
      { _id: 'r1', version: { $lt: 2 } },
      { $set: { version: 2 } },
      { returnDocument: 'after' },
    );
    expect(newer).toEqual({ _id: 'r1', version: 2 });
    expect(
      await records.findOneAndUpdate({ _id: 'r1', version: { $lt: 2 } }, { $set: { version: 2 } }),
    ).toBeNull();
  });

  it('holds a unique index against concurrent upserts', async () => {
    const records = await open();
    await records.createIndex({ email: 1 }, { unique: true, sparse: true });
    const results = await Promise.allSettled(
      Array.from({ length: 20 }, (_, index) =>
        records.insertOne({ _id: `r${index}`, version: 1, email: 'ann@example.com' }),
      ),
    );
    expect(results.filter(({ status }) => status === 'fulfilled')).toHaveLength(1);
    const refusals = results.flatMap((result) => (result.status === 'rejected' ? [result.reason] : []));
    expect(refusals).toHaveLength(19);
    expect(refusals.every((reason) => (reason as { code?: number }).code === 11_000)).toBe(true);
  });
});
