import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it } from '@jest/globals';
import { readPositions } from '../../../../src/change-feed/kafka/feed/check-offsets.ts';
import { changeEnvelope } from '../../../../src/domain/events/change-envelope.ts';
import { writeFrame } from '../../../../src/change-feed/codec/confluent-frame.ts';
import { loadChangeSchemas, subjectOf } from '../../../../src/change-feed/schemas/change-schemas.ts';
import { createSubjectRegistry } from '../../../../src/change-feed/schemas/subject-registry.ts';
import { produceWithKcat } from '../../../support/real-tier/kcat.ts';
import { StoreUnavailable } from '../../../../src/state-store/state-store.port.ts';
import { realTier } from '../../../support/real-tier/real-tier.ts';
import { createRecordingHandler, name } from '../../recording-handler.ts';
import { event, jsonMessage } from '../../sample-changes.ts';
import { createKafkaHarness, type KafkaHarness, type KafkaHarnessOptions } from '../kafka-harness.ts';

const schemas = loadChangeSchemas();
const contacts = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => event('contact', `c-${from + at}`));

describe('The Kafka feed', () => {
  let harness: KafkaHarness;
  afterEach(() => harness.close());
  const open = async (options: Partial<KafkaHarnessOptions> = {}) => {
    harness = await createKafkaHarness({ avro: false, ...options });
  };
  const withAdmin = async <T>(
    use: (admin: ReturnType<KafkaHarness['kafka']['admin']>) => Promise<T>,
  ): Promise<T> => {
    const admin = harness.kafka.admin();
    await admin.connect();
    try {
      return await use(admin);
    } finally {
      await admin.disconnect();
    }
  };
  const dropBefore = (offset: string) =>
    withAdmin(async (admin) => {
      const topic = harness.topics.contact;
      // Also makes the client look up who leads the topic, which a deletion alone does not.
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
    });
  /** As a worker that stopped there; kafkajs' own `setOffsets` waits out a fetch of five seconds. */
  const setPosition = async (offset: string) => {
    const topic = harness.topics.contact;
    const consumer = harness.kafka.consumer({ groupId: harness.groupId, maxWaitTimeInMs: 100 });
    await consumer.connect();
    try {
      await consumer.subscribe({ topics: [topic] });
      const joined = new Promise((resolve) => consumer.on(consumer.events.GROUP_JOIN, resolve));
      await consumer.run({ autoCommit: false, eachBatch: () => Promise.resolve() });
      await joined;
      await consumer.commitOffsets([{ topic, partition: 0, offset }]);
    } finally {
      await consumer.disconnect();
    }
  };
  const contactPositions = () =>
    withAdmin((admin) => readPositions(admin, harness.groupId, [harness.topics.contact]));

  it('loses nothing when a second worker joins while a batch is in hand, and abandons what it no longer owns', async () => {
    await open({ partitions: 4 });
    await harness.put(contacts(200).map(jsonMessage));
    const begun = Promise.withResolvers<void>();
    const released = Promise.withResolvers<void>();
    let held = true;
    const first = createRecordingHandler(async ({ heartbeat, abandoned }) => {
      begun.resolve();
      if (!held) return;
      held = false;
      await released.promise;
      // Heartbeats are how a member hears of the rebalance that is going on.
      while (!abandoned()) await Promise.all([heartbeat(), sleep(50)]);
    });
    const second = createRecordingHandler();
    await harness.open().start(first.handle);
    await begun.promise;
    const joining = harness.open().start(second.handle);
    released.resolve();
    await joining;
    await harness.put(contacts(200, 200).map(jsonMessage));
    const all = () => new Set([...first.changes, ...second.changes].map(name)).size;
    await Promise.race([first.until(() => all() === 400), second.until(() => all() === 400)]);
    expect(first.batches.some((batch) => batch.abandoned())).toBe(true);
    expect(second.changes.length).toBeGreaterThan(0);
    expect([...first.letters, ...second.letters]).toEqual([]);
  });

  it('commits only what the handler has stored', async () => {
    await open({ partitions: 1 });
    await harness.put(contacts(3).map(jsonMessage));
    const released = Promise.withResolvers<void>();
    const handler = createRecordingHandler(async ({ changes }) => {
      if (changes.some((change) => name(change) === 'contact/c-9@1')) await released.promise;
    });
    await harness.open().start(handler.handle);
    await handler.until(({ changes }) => changes.length === 3);
    await harness.put([jsonMessage(event('contact', 'c-9'))]);
    await handler.until(({ batches }) => batches.length === 2);
    expect(await contactPositions()).toMatchObject([{ committed: 3n, high: 4n }]);
    released.resolve();
  });

  it('commits what was stored of a batch before it waits for a store that is away', async () => {
    await open({ partitions: 1 });
    // More than one chunk, in one fetch.
    await harness.put(contacts(600).map(jsonMessage));
    const away = Promise.withResolvers<void>();
    const handler = createRecordingHandler(({ changes }) => {
      if (!changes.some((change) => name(change) === 'contact/c-599@1')) return Promise.resolve();
      // The wait begins right after this failed, so the second failure comes after the commit.
      if (handler.batches.length > 2) away.resolve();
      return Promise.reject(new StoreUnavailable('away'));
    });
    await harness.open().start(handler.handle);
    await away.promise;
    expect(await contactPositions()).toMatchObject([{ committed: 500n, high: 600n }]);
  });

  it('refuses to start when its position is gone from the log, and touches nothing', async () => {
    await open({ partitions: 1 });
    await harness.put(contacts(20).map(jsonMessage));
    await setPosition('5');
    await dropBefore('10');
    const handler = createRecordingHandler();
    const feed = harness.open();
    const refusal = (await feed.start(handler.handle).catch((error: unknown) => error)) as Error;
    expect(refusal).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(refusal.message).toContain('stopped at 5, the log holds 10 to 20');
    expect(feed.health()).toMatchObject({ ready: false, stalled: 'OFFSET_OUT_OF_RANGE' });
    expect(handler.batches).toEqual([]);
    expect(await contactPositions()).toMatchObject([{ committed: 5n }]);
  });

  it('refuses to start when its position lies beyond the end: the topic is another one', async () => {
    await open({ partitions: 1 });
    await setPosition('7');
    await expect(harness.open().start(createRecordingHandler().handle)).rejects.toMatchObject({
      code: 'OFFSET_OUT_OF_RANGE',
    });
  });

  it('stops with an alarm, without a jump, when the log moves past it while it runs', async () => {
    await open({ partitions: 1 });
    const released = Promise.withResolvers<void>();
    const handler = createRecordingHandler(() => released.promise);
    await harness.put(contacts(1).map(jsonMessage));
    const feed = harness.open();
    await feed.start(handler.handle);
    await handler.until(({ batches }) => batches.length === 1);
    await harness.put(contacts(20, 1).map(jsonMessage));
    await dropBefore('10');
    const fatal = harness.nextRefusal();
    released.resolve();
    expect(await fatal).toMatchObject({ code: 'OFFSET_OUT_OF_RANGE' });
    expect(handler.changes.map(name)).toEqual(['contact/c-0@1']);
    expect(feed.health()).toMatchObject({ ready: false, stalled: 'OFFSET_OUT_OF_RANGE' });
    expect(await contactPositions()).toMatchObject([{ committed: 1n }]);
  });

  it('starts at the earliest event that there still is when the group is new', async () => {
    await open({ partitions: 1 });
    await harness.put(contacts(20).map(jsonMessage));
    await dropBefore('15');
    const handler = createRecordingHandler();
    await harness.open().start(handler.handle);
    await handler.until(({ changes }) => changes.length === 5);
    expect(handler.changes.map(({ place }) => place?.offset)).toEqual(['15', '16', '17', '18', '19']);
  });

  it('reads Avro that another client wrote', async () => {
    await open({ avro: true });
    const registry = createSubjectRegistry({ url: realTier().schemaRegistryUrl, auth: null });
    const events = contacts(5);
    const schemaId = await registry.idOf(subjectOf(harness.topics.contact), schemas.contact.text);
    const messages = events.map((each) => ({
      key: each.entityId,
      value: writeFrame({
        schemaId: schemaId ?? 0,
        payload: schemas.contact.type.toBuffer(changeEnvelope(each)),
      }),
    }));
    await produceWithKcat({
      brokers: harness.brokers,
      topic: harness.topics.contact,
      messages: [...messages, { key: 'c-0', value: null }],
    });
    const handler = createRecordingHandler();
    await harness.open().start(handler.handle);
    await handler.until(({ changes }) => changes.length === 6);
    expect(new Set(handler.changes.map(name))).toEqual(
      new Set([...events.map((each) => `contact/${each.entityId}@1`), '-contact/c-0']),
    );
  });

  it('makes a letter of a schema id that nobody registered, and goes on', async () => {
    await open({ partitions: 1 });
    const unknown = writeFrame({ schemaId: 2_000_000_000, payload: Buffer.from('x') });
    await harness.put([
      { kind: 'contact', key: 'c-0', value: unknown },
      jsonMessage(event('contact', 'c-1')),
    ]);
    const handler = createRecordingHandler();
    await harness.open().start(handler.handle);
    await handler.until(({ changes }) => changes.length === 1);
    expect(handler.letters).toMatchObject([
      { code: 'UNKNOWN_SCHEMA', source: { offset: '0', partition: 0 } },
    ]);
  });

  it('does not let a flood of unknown schema ids in one partition hold up the others', async () => {
    await open({ partitions: 1 });
    const unknown = (at: number) => writeFrame({ schemaId: 1_900_000_000 + at, payload: Buffer.from('x') });
    await harness.put(
      Array.from({ length: 2_000 }, (_, at) => ({ kind: 'contact', key: `c-${at}`, value: unknown(at) })),
    );
    const handler = createRecordingHandler();
    const feed = harness.open();
    await feed.start(handler.handle);
    await handler.until(({ letters }) => letters.length > 0);
    await harness.put(['p-1', 'p-2'].map((id) => jsonMessage(event('property', id))));
    await handler.until(({ changes }) => changes.length === 2);
    expect(handler.letters.length).toBeLessThan(2_000);
    expect(feed.health()).toMatchObject({ ready: true, stalled: null });
  });

  it.each(['gzip', 'snappy', 'lz4', 'zstd'])(
    'reads batches that are compressed with %s',
    async (compression) => {
      await open({ partitions: 1, topicSettings: { 'compression.type': compression } });
      const events = contacts(300);
      await harness.put(events.map(jsonMessage));
      const handler = createRecordingHandler();
      await harness.open().start(handler.handle);
      await handler.until(({ changes }) => changes.length === events.length);
      expect(handler.changes.map((change) => change.type === 'event' && change.event)).toEqual(events);
    },
  );

  it('waits for topics that are not there yet, and says so', async () => {
    await open({ createTopics: false });
    const handler = createRecordingHandler();
    const feed = harness.open();
    await feed.start(handler.handle);
    expect(feed.health()).toMatchObject({ ready: false, stalled: 'TOPIC_MISSING' });
    await harness.createTopics();
    await harness.put(contacts(1).map(jsonMessage));
    await handler.until(({ changes }) => changes.length === 1);
    expect(feed.health()).toMatchObject({ ready: true, stalled: null });
  });
});
