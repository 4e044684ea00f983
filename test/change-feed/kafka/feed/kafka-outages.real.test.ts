import { spawn } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { describe, expect, it } from '@jest/globals';
import { realTier } from '../../../support/real-tier/real-tier.ts';
import { startKafka } from '../../../support/real-tier/start-kafka.ts';
import { startSchemaRegistry } from '../../../support/real-tier/start-schema-registry.ts';
import { createRecordingHandler, name } from '../../recording-handler.ts';
import { event, jsonMessage } from '../../sample-changes.ts';
import { createKafkaHarness } from '../kafka-harness.ts';

const contacts = (count: number, from = 0) =>
  Array.from({ length: count }, (_, at) => event('contact', `c-${from + at}`));
const asChanges = (events: ReturnType<typeof contacts>) =>
  events.map((each) => ({ type: 'event' as const, event: each, place: null }));

/** Side by side, since each waits for most of its time, and has topics and servers of its own. */
describe('The Kafka feed, while something else is away', () => {
  it.concurrent(
    'makes no letters without its registry, says so, and goes on when it is back',
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'zena-crm-feed-registry-'));
      let registry = await startSchemaRegistry({ dataDir });
      const harness = await createKafkaHarness({ avro: true, registryUrl: registry.url });
      try {
        await harness.publisher.publish(asChanges(contacts(10)));
        await registry.kill();
        const handler = createRecordingHandler();
        const feed = harness.open();
        const stalled = harness.nextLine('feed.stalled');
        await feed.start(handler.handle);
        await stalled;
        expect(feed.health()).toMatchObject({ ready: true, stalled: 'REGISTRY_UNAVAILABLE' });
        registry = await startSchemaRegistry({ dataDir, port: registry.port });
        await handler.until(({ changes }) => changes.length === 10);
        expect(handler.letters).toEqual([]);
        expect(harness.refusals).toEqual([]);
      } finally {
        await harness.close();
        await registry.kill();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    90_000,
  );

  it.concurrent(
    'outlives the death of the broker and goes on where it was',
    async () => {
      const dataDir = await mkdtemp(join(tmpdir(), 'zena-crm-feed-kafka-'));
      let kafka = await startKafka({ dataDir });
      const harness = await createKafkaHarness({ avro: false, brokers: kafka.brokers });
      try {
        const handler = createRecordingHandler();
        const feed = harness.open();
        await feed.start(handler.handle);
        await harness.put(contacts(10).map(jsonMessage));
        await handler.until(({ changes }) => changes.length === 10);
        const disconnected = harness.nextLine('feed.disconnected');
        await kafka.kill();
        await disconnected;
        expect(feed.health()).toMatchObject({ ready: false, stalled: 'BROKER_UNAVAILABLE' });
        kafka = await startKafka({ dataDir, port: kafka.port });
        await harness.putUntilTaken(contacts(10, 10).map(jsonMessage));
        await handler.until(({ changes }) => new Set(changes.map(name)).size === 20);
        expect(handler.letters).toEqual([]);
        expect(harness.refusals).toEqual([]);
      } finally {
        await harness.close();
        await kafka.kill();
        await rm(dataDir, { recursive: true, force: true });
      }
    },
    120_000,
  );

  it.concurrent('starts without brokers, waits for them, and stops when it is told to', async () => {
    const harness = await createKafkaHarness({ avro: false, brokers: ['127.0.0.1:1'], createTopics: false });
    const feed = harness.open();
    await feed.start(createRecordingHandler().handle);
    expect(feed.health()).toMatchObject({ ready: false, lastPollAt: null, stalled: 'BROKER_UNAVAILABLE' });
    await harness.close();
  });

  it.concurrent(
    'takes over the partitions of a killed worker within its session timeout of 10 s',
    async () => {
      const harness = await createKafkaHarness({ avro: false, partitions: 1 });
      const script = new URL('./feed-process.ts', import.meta.url).pathname;
      const settings = JSON.stringify({
        brokers: realTier().kafkaBrokers,
        groupId: harness.groupId,
        topics: harness.topics,
      });
      const worker = spawn(process.execPath, [script, settings], { stdio: ['ignore', 'pipe', 'inherit'] });
      try {
        await harness.put(contacts(1).map(jsonMessage));
        for await (const line of createInterface({ input: worker.stdout })) if (line.includes('c-0')) break;
        worker.kill('SIGKILL');
        const killedAt = performance.now();
        const handler = createRecordingHandler();
        await harness.open().start(handler.handle);
        await handler.until(({ changes }) => changes.length === 1);
        expect(name(handler.changes[0] as never)).toBe('contact/c-0@1');
        // Generous: the broker looks for dead members by its own timer, and the machine may be busy.
        expect(performance.now() - killedAt).toBeLessThan(25_000);
      } finally {
        worker.kill('SIGKILL');
        await harness.close();
      }
    },
    60_000,
  );
});
