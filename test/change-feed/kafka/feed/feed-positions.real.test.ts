import { copyFile, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from '@jest/globals';
import type { ChangeFeed } from '../../../../src/change-feed/change-feed.port.ts';
import { readPositions } from '../../../../src/change-feed/kafka/feed/check-offsets.ts';
import { scopeOf } from '../../../../src/domain/connection.ts';
import { recordKey } from '../../../../src/domain/entity.ts';
import { createIngest } from '../../../../src/ingest/ingest.ts';
import { openSqliteStore } from '../../../../src/state-store/sqlite/open-sqlite-store.ts';
import { connection } from '../../../support/builders.ts';
import { createMemoryFeedPositions } from '../../../support/memory-feed-positions.ts';
import { createRecordingHandler, name } from '../../recording-handler.ts';
import { event, jsonMessage } from '../../sample-changes.ts';
import { createKafkaHarness, type KafkaHarness, type KafkaHarnessOptions } from '../kafka-harness.ts';

const contacts = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => event('contact', `c-${from + at}`));
const messages = (count: number, from = 0) => contacts(count, from).map(jsonMessage);

/** Asks again and again: nobody tells of a commit. */
const until = async (isSo: () => Promise<boolean>): Promise<void> => {
  const limit = performance.now() + 20_000;
  while (!(await isSo())) {
    if (performance.now() > limit) throw new Error('it did not come about');
    await new Promise((resolve) => setImmediate(resolve));
  }
};

describe('How far the Kafka feed was taken in', () => {
  let harness: KafkaHarness;
  const folders: string[] = [];
  afterEach(async () => {
    await harness.close();
    for (const folder of folders.splice(0)) await rm(folder, { recursive: true });
  });
  const open = async (options: Partial<KafkaHarnessOptions> = {}) => {
    harness = await createKafkaHarness({ avro: false, partitions: 1, ...options });
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
  const contactPositions = () =>
    withAdmin((admin) => readPositions(admin, harness.groupId, [harness.topics.contact]));
  /** As soon as the group has taken in everything: what is committed is told to nobody. */
  const untilAtEnd = async (): Promise<void> => {
    await until(async () => {
      const [position] = await contactPositions();
      return position !== undefined && position.committed === position.high;
    });
  };
  const readAll = async (count: number, feed = harness.open()): Promise<ChangeFeed> => {
    const handler = createRecordingHandler();
    await feed.start(handler.handle);
    await handler.until(({ changes }) => changes.length === count);
    return feed;
  };
  const dropBefore = (offset: string) =>
    withAdmin(async (admin) => {
      const topic = harness.topics.contact;
      await admin.fetchTopicOffsets(topic);
      await admin.deleteTopicRecords({ topic, partitions: [{ partition: 0, offset }] });
    });

  it('is known to a store that is put back from a copy: what came after it is read again, once, and nothing is lost', async () => {
    await open();
    const folder = await mkdtemp(join(tmpdir(), 'zena-crm-positions-'));
    folders.push(folder);
    const [path, copy] = [join(folder, 'store.sqlite'), join(folder, 'copy.sqlite')];
    const owner = connection();
    /** Takes in everything that the log holds, in one run of the program. */
    const takeIn = async (): Promise<string[]> => {
      const store = await openSqliteStore({ path });
      if ((await store.connections.read(owner.connectionId)) === null) await store.connections.insert(owner);
      const ingest = createIngest({
        store,
        deadLetterTopic: { publish: () => Promise.resolve() },
        now: () => Date.now(),
        onVerdict: () => undefined,
        onLetter: () => undefined,
        onMarked: () => undefined,
      });
      const seen: string[] = [];
      const handled = createRecordingHandler(async (batch) => {
        await ingest(batch);
        seen.push(...batch.changes.map(name));
      });
      const feed = harness.open({ positions: store.feedPositions });
      await feed.start(handled.handle);
      const [{ high } = { high: 0n }] = await contactPositions();
      await until(async () => {
        const [position] = await store.feedPositions.read([harness.topics.contact]);
        return position?.next === high;
      });
      await feed.stop();
      const keys = contacts(25).map(({ entityId }) => recordKey('contact', entityId));
      const records = [...(await store.records.read(keys)).values()];
      expect(records.every(({ revision }) => revision === 1)).toBe(true);
      expect(await store.links.counts(scopeOf(owner), Date.now())).toMatchObject({ due: records.length });
      await store.close();
      return seen;
    };
    await harness.put(messages(10));
    expect(await takeIn()).toHaveLength(10);
    await copyFile(path, copy);
    await harness.put(messages(15, 10));
    expect(await takeIn()).toHaveLength(15);
    await rm(path);
    await rm(`${path}-wal`, { force: true });
    await copyFile(copy, path);
    const told = harness.nextLine('feed.store_behind_group');
    expect(await takeIn()).toEqual(contacts(15, 10).map(({ entityId }) => `contact/${entityId}@1`));
    expect(await told).toMatchObject({ level: 'warn', fields: { from: '25', to: '10' } });
    expect(await takeIn()).toEqual([]);
  });

  it('refuses to start where the log no longer reaches back to the copy, and goes on when a person says so', async () => {
    await open();
    const positions = createMemoryFeedPositions();
    await harness.put(messages(5));
    await (await readAll(5, harness.open({ positions }))).stop();
    const copy = positions.copy();
    await harness.put(messages(15, 5));
    await (await readAll(15, harness.open({ positions }))).stop();
    await dropBefore('10');
    const handler = createRecordingHandler();
    const refused = (await harness
      .open({ positions: copy })
      .start(handler.handle)
      .catch((error: unknown) => error)) as Error;
    expect(refused).toMatchObject({ code: 'STORE_BEHIND_LOG' });
    expect(refused.message).toContain('stopped at 5, the log holds 10 to 20');
    expect(handler.batches).toEqual([]);
    const accepted = harness.nextLine('feed.lost_events_accepted');
    await harness.put(messages(1, 20));
    await (await readAll(1, harness.open({ positions: copy, acceptLostEvents: true }))).stop();
    expect(await accepted).toMatchObject({ level: 'warn', fields: { from: '5', to: '20' } });
    await harness.put(messages(1, 21));
    await readAll(1, harness.open({ positions: copy }));
  });

  it("begins as the group's offsets in a store that knows none", async () => {
    await open();
    await harness.put(messages(5));
    await (await readAll(5)).stop();
    const positions = createMemoryFeedPositions();
    await (await openJoined(positions)).stop();
    expect(positions.all().get(`${harness.topics.contact}/0`)).toBe(5n);
    await harness.put(messages(1, 5));
    await readAll(1, harness.open({ positions }));
  });
  const openJoined = async (positions: ReturnType<typeof createMemoryFeedPositions>): Promise<ChangeFeed> => {
    const feed = harness.open({ positions });
    await feed.start(createRecordingHandler().handle);
    return feed;
  };

  it('says so where the topic was made anew, and reads it from its beginning', async () => {
    await open();
    const topic = harness.topics.contact;
    const positions = createMemoryFeedPositions([{ topic, partition: 0, next: 1_000n }]);
    await harness.put(messages(3));
    const told = harness.nextLine('feed.topic_made_anew');
    await readAll(3, harness.open({ positions }));
    expect(await told).toMatchObject({ level: 'warn', fields: { from: '1000', to: '0' } });
    await untilAtEnd();
    expect(positions.all().get(`${topic}/0`)).toBe(3n);
  });

  it('reaches the end of the log behind the markers of transactions, be there events before them or not', async () => {
    await open();
    const topic = harness.topics.contact;
    const positions = createMemoryFeedPositions();
    const producer = harness.kafka.producer({
      transactionalId: `zena-${harness.groupId}`,
      idempotent: true,
      maxInFlightRequests: 1,
    });
    await producer.connect();
    const transact = async (count: number, from: number, end: 'commit' | 'abort'): Promise<void> => {
      const transaction = await producer.transaction();
      const all = messages(count, from).map(({ key, value }) => ({
        key,
        value: value === null ? null : Buffer.from(value),
      }));
      await transaction.send({ topic, messages: all });
      await transaction[end]();
    };
    try {
      await transact(3, 0, 'commit');
      const handler = createRecordingHandler();
      await harness.open({ positions }).start(handler.handle);
      await handler.until(({ changes }) => changes.length === 3);
      await untilAtEnd();
      expect(positions.all().get(`${topic}/0`)).toBe(4n);
      await transact(2, 3, 'abort');
      await untilAtEnd();
      expect(positions.all().get(`${topic}/0`)).toBe(7n);
      await transact(1, 5, 'commit');
      await handler.until(({ changes }) => changes.length === 4);
      await untilAtEnd();
      expect(positions.all().get(`${topic}/0`)).toBe(9n);
      expect(handler.letters).toEqual([]);
    } finally {
      await producer.disconnect();
    }
  });
});
