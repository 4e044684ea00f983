import { randomBytes, randomUUID } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { readPositions } from '../../../../src/change-feed/kafka/feed/check-offsets.ts';
import { createKafkaDeadLetterTopic } from '../../../../src/change-feed/kafka/producing/kafka-dead-letter-topic.ts';
import {
  createTopicWriter,
  type TopicWriter,
} from '../../../../src/change-feed/kafka/producing/topic-writer.ts';
import { decodeLetterId } from '../../../../src/domain/dead-letter.ts';
import { createIngest } from '../../../../src/ingest/ingest.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import {
  openSqliteStore,
  type SqliteStateStore,
} from '../../../../src/state-store/sqlite/open-sqlite-store.ts';
import { contact } from '../../../support/builders.ts';
import { createTopics } from '../../../support/real-tier/topics.ts';
import { createRecordingHandler, type RecordingHandler } from '../../recording-handler.ts';
import { event, jsonMessage } from '../../sample-changes.ts';
import { deliverLetter } from '../../sample-letters.ts';
import { createKafkaHarness, type KafkaHarness } from '../kafka-harness.ts';
import { readTopic } from '../read-topic.ts';

describe('The dead-letter topic on Kafka', () => {
  let harness: KafkaHarness;
  let store: SqliteStateStore;
  let letterWriter: TopicWriter;
  let topic: string;
  /** Ingest on a real feed, a store and the topic; remembers what was done to the end. */
  let ingest: RecordingHandler;

  beforeEach(async () => {
    harness = await createKafkaHarness({ avro: false, partitions: 1 });
    store = await openSqliteStore({ path: ':memory:' });
    letterWriter = createTopicWriter(harness.kafka);
    topic = `letters-${randomUUID().slice(0, 8)}`;
    const takeIn = createIngest({
      store,
      deadLetterTopic: letters(),
      now: () => systemClock.now(),
      onVerdict: () => undefined,
      onLetter: () => undefined,
      onMarked: () => undefined,
    });
    ingest = createRecordingHandler(takeIn);
  });
  afterEach(async () => {
    await harness.close();
    await letterWriter.close();
    await store.close();
  });
  const letters = () => createKafkaDeadLetterTopic({ writer: letterWriter, topic, clock: systemClock });
  const createTopic = (settings: Readonly<Record<string, string>> = {}) => {
    const configEntries = Object.entries(settings).map(([name, value]) => ({ name, value }));
    return createTopics(harness.brokers, [{ topic, numPartitions: 1, replicationFactor: 1, configEntries }]);
  };
  const put = async (messages: readonly { key: Buffer | null; value: Buffer | null }[]) => {
    const writer = createTopicWriter(harness.kafka);
    await writer.write(messages.map((each) => ({ topic: harness.topics.contact, ...each })));
    await writer.close();
  };
  const committed = async () => {
    const admin = harness.kafka.admin();
    await admin.connect();
    try {
      return (await readPositions(admin, harness.groupId, [harness.topics.contact]))[0]?.committed;
    } finally {
      await admin.disconnect();
    }
  };

  it('has the bytes of what can not be read exactly as they came, and where they came from', async () => {
    await createTopic();
    const poison = [
      { key: null, value: Buffer.from([0xff, 0x00, 0x80]) },
      { key: Buffer.from([0xc3, 0x28]), value: null },
      { key: Buffer.alloc(0), value: Buffer.from('{}') },
      { key: Buffer.from('c-1'), value: Buffer.alloc(0) },
      { key: Buffer.from('c-1'), value: randomBytes(300_000) },
    ];
    await put(poison);
    await harness.put([jsonMessage(event('contact', 'c-2'))]);
    await harness.open().start(ingest.handle);
    await ingest.until((seen) => seen.letters.length === 5 && seen.changes.length === 1);
    const messages = await readTopic(harness.kafka, topic, 5);
    expect(messages.map(({ key, value }) => ({ key, value }))).toEqual(poison);
    const codes = ['KEY_INVALID', 'KEY_INVALID', 'KEY_INVALID', 'UNREADABLE_VALUE', 'TOO_LARGE'];
    messages.forEach(({ headers }, offset) => {
      const source = { topic: harness.topics.contact, partition: 0, offset: String(offset) };
      expect(headers).toEqual({
        'dlq.id': decodeLetterId(source),
        'dlq.kind': 'decode',
        'dlq.error.code': codes[offset],
        'dlq.error.message': expect.stringMatching(/./),
        'dlq.source.topic': source.topic,
        'dlq.source.partition': '0',
        'dlq.source.offset': source.offset,
        'dlq.entity': 'contact',
        ...(offset < 3 ? {} : { 'dlq.entity-id': 'c-1' }),
        'dlq.attempts': '1',
        'dlq.replays': '0',
        'dlq.failed-at': expect.stringMatching(/^\d{4}-\d\d-\d\dT[\d:.]+Z$/),
      });
    });
    expect(await store.deadLetters.count({ kind: 'decode' })).toBe(5);
  });

  it('keeps everything from being committed while it is missing, and the feed goes on once it is made', async () => {
    await harness.put([jsonMessage(event('contact', 'c-1'))]);
    await put([{ key: Buffer.from('c-1'), value: Buffer.from('poison') }]);
    const feed = harness.open();
    const stalled = harness.nextLine('feed.stalled');
    await feed.start(ingest.handle);
    await stalled;
    expect(feed.health()).toMatchObject({ ready: true, stalled: 'DEAD_LETTER_TOPIC_UNAVAILABLE' });
    expect([ingest.changes, ingest.letters, await committed()]).toEqual([[], [], null]);
    const resumed = harness.nextLine('feed.resumed');
    await createTopic();
    await resumed;
    await ingest.until((seen) => seen.letters.length === 1 && seen.changes.length === 1);
    const [message] = await readTopic(harness.kafka, topic, 1);
    expect(message?.value?.toString()).toBe('poison');
    expect(await store.deadLetters.count({})).toBe(1);
    expect(feed.health()).toMatchObject({ stalled: null });
  }, 60_000);

  it('takes a letter that is too large for it without its bytes, which the index has', async () => {
    await createTopic({ 'max.message.bytes': '2000' });
    const value = randomBytes(5_000);
    await put([
      { key: Buffer.from('c-1'), value: Buffer.from('small') },
      { key: Buffer.from('c-1'), value },
      { key: randomBytes(4_000), value: null },
    ]);
    await harness.open().start(ingest.handle);
    await ingest.until((seen) => seen.letters.length === 3);
    const messages = await readTopic(harness.kafka, topic, 3);
    expect(messages.map((each) => each.value?.toString())).toEqual(['small', '', undefined]);
    expect(messages[1]).toMatchObject({ key: Buffer.from('c-1'), headers: { 'dlq.value-omitted': '5000' } });
    expect(messages[2]).toMatchObject({ key: null, headers: { 'dlq.key-omitted': '4000' } });
    const kept = await store.deadLetters.read(messages[1]?.headers['dlq.id'] ?? '');
    expect(Buffer.from(kept?.value ?? [])).toEqual(value);
  });

  it('has a record that can not be delivered as its change event, and any text in a header', async () => {
    await createTopic();
    const letter = deliverLetter({ detail: 'Refusé : « été » 拒否 😀' });
    await letters().publish([{ letter, record: contact('c-1', { version: 9 }) }]);
    const [message] = await readTopic(harness.kafka, topic, 1);
    expect(message?.key?.toString()).toBe('c-1');
    expect(JSON.parse(message?.value?.toString() ?? '')).toMatchObject({ entityId: 'c-1', version: 9 });
    expect(message?.headers['dlq.error.message']).toBe('Refusé : « été » 拒否 😀');
  });
});
