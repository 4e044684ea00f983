import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { SchemaRegistry } from '@kafkajs/confluent-schema-registry';
import type { ChangeHandler } from '../../src/change-feed/change-feed.port.ts';
import { createKafkaChangeFeed } from '../../src/change-feed/kafka/feed/kafka-change-feed.ts';
import { createKafkaClient } from '../../src/change-feed/kafka/connection/kafka-connection.ts';
import { createRegistryClient } from '../../src/change-feed/codec/registry-client.ts';
import { createValueDecoder } from '../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../src/change-feed/codec/writer-schemas.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import type { ChangeTopics } from '../../src/change-feed/schemas/change-schemas.ts';
import type { Meter, OpenPart } from '../harness/part.ts';
import { openBareRows, type DecodedRow } from '../support/bare-rows.ts';
import { committedEvents } from '../support/bench-topics.ts';
import { openIngestTarget, type IngestTarget } from '../support/ingest-target.ts';
import { DECODER_LIMITS } from '../../test/support/decoder-limits.ts';

export interface ConsumeOptions {
  /**
   * Bare: kafkajs and the registry's library, which decode and commit and do nothing else. `bare-rows`: the same, and one row a
   * record and one a link into node:sqlite, a transaction a batch.
   */
  readonly side: 'bare' | 'bare-rows' | 'nothing' | 'embedded';
  readonly brokers: string[];
  readonly registryUrl: string;
  readonly topics: ChangeTopics;
  readonly events: number;
  readonly keys: number;
}

export interface Consumed {
  readonly events: number;
  readonly wrong: readonly string[];
}

const LONGEST_COMMIT_MS = 10_000;

/** Reads all topics from their beginning as a group of its own, as often as it is asked. */
export const openPart: OpenPart<ConsumeOptions> = async (options) => ({
  profiled: { round: `from the broker, ${options.side}` },
  commands: {
    async round(_: null, meter: Meter): Promise<Consumed> {
      const groupId = `bench-${randomUUID()}`;
      const progress = createProgress(options.events, meter);
      const opened = await open(options, groupId, progress);
      await progress.done;
      meter.stop();
      const wrong = [...(await uncommitted(options, groupId)), ...(await opened.faults())];
      await opened.close();
      return { events: options.events, wrong };
    },
  },
  close: () => Promise.resolve(),
});

interface Opened {
  faults(): Promise<readonly string[]>;
  close(): Promise<void>;
}

async function open(options: ConsumeOptions, groupId: string, progress: Progress): Promise<Opened> {
  const { side, keys } = options;
  if (side === 'bare' || side === 'bare-rows') {
    const rows = side === 'bare' ? null : await openBareRows();
    const stop = await consumeBare(options, groupId, progress, (events) => rows?.write(events));
    return {
      faults: () => Promise.resolve(rows === null || rows.count() === keys ? [] : ['rows are missing']),
      async close() {
        await stop();
        await rows?.close();
      },
    };
  }
  const target = await openIngestTarget(side);
  const stop = await consumeOurs(options, groupId, progress, target);
  return {
    faults: () => target.faults(options),
    async close() {
      await stop();
      await target.close();
    },
  };
}

interface Progress {
  readonly done: Promise<void>;
  /** Measuring begins with the first batch: joining a group is not what is compared. */
  began(): void;
  took(count: number): void;
}

function createProgress(events: number, meter: Meter): Progress {
  const { promise, resolve } = Promise.withResolvers<void>();
  let taken = 0;
  let isFirst = true;
  return {
    done: promise,
    began() {
      if (isFirst) meter.restart();
      isFirst = false;
    },
    took(count) {
      taken += count;
      if (taken >= events) resolve();
    },
  };
}

async function consumeBare(
  { brokers, registryUrl, topics }: ConsumeOptions,
  groupId: string,
  progress: Progress,
  write: (events: readonly DecodedRow[]) => void,
): Promise<() => Promise<void>> {
  const kafka = new kafkajs.Kafka({ brokers, clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING });
  const registry = new SchemaRegistry({ host: registryUrl });
  // As ours: closing waits for the fetch that is under way.
  const consumer = kafka.consumer({ groupId, maxWaitTimeInMs: 500 });
  await consumer.connect();
  await consumer.subscribe({ topics: Object.values(topics), fromBeginning: true });
  await consumer.run({
    autoCommit: false,
    partitionsConsumedConcurrently: 3,
    async eachBatch({
      batch: { topic, partition, messages },
      heartbeat,
      resolveOffset,
      commitOffsetsIfNecessary,
    }) {
      progress.began();
      let last = '0';
      const events: DecodedRow[] = [];
      for (const { value, offset } of messages) {
        if (value !== null) events.push((await registry.decode(value)) as DecodedRow);
        last = offset;
      }
      write(events);
      await heartbeat();
      const offset = (BigInt(last) + 1n).toString();
      await commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
      resolveOffset(last);
      progress.took(messages.length);
    },
  });
  return () => consumer.disconnect();
}

async function consumeOurs(
  { brokers, registryUrl, topics }: ConsumeOptions,
  groupId: string,
  progress: Progress,
  target: IngestTarget,
): Promise<() => Promise<void>> {
  const logger = createLogger({ level: 'silent', destination: { write: () => undefined } });
  const client = createRegistryClient({ url: registryUrl, auth: null }, 5_000);
  const decode = createValueDecoder({
    ...DECODER_LIMITS,
    schemas: createWriterSchemas({ client, clock: systemClock }),
  });
  const feed = createKafkaChangeFeed({
    kafka: createKafkaClient({ brokers, clientId: 'bench', ssl: null, sasl: null }, logger),
    groupId,
    topics,
    decode,
    clock: systemClock,
    log: logger,
    positions: target.positions,
    onFatal: (refusal) => {
      throw refusal;
    },
  });
  const handler: ChangeHandler = async (batch) => {
    progress.began();
    const verdicts = await target.ingest(batch);
    progress.took(batch.changes.length);
    return verdicts;
  };
  await feed.start(handler);
  return () => feed.stop();
}

/** The last commit is on its way when the last batch was handled. */
async function uncommitted({ brokers, topics, events }: ConsumeOptions, groupId: string): Promise<string[]> {
  const until = performance.now() + LONGEST_COMMIT_MS;
  for (;;) {
    const committed = await committedEvents(brokers, groupId, topics);
    if (committed === events) return [];
    if (performance.now() > until) return [`${committed} of ${events} events are recorded as done`];
    await systemClock.sleep(50);
  }
}
