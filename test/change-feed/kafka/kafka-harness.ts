import { randomUUID } from 'node:crypto';
import type { ITopicConfig, Kafka } from 'kafkajs';
import type { ChangeFeed } from '../../../src/change-feed/change-feed.port.ts';
import {
  createKafkaChangeFeed,
  type KafkaChangeFeedOptions,
} from '../../../src/change-feed/kafka/feed/kafka-change-feed.ts';
import type { FeedRefusal } from '../../../src/change-feed/kafka/feed/feed-refusal.ts';
import { createKafkaChangePublisher } from '../../../src/change-feed/kafka/producing/kafka-change-publisher.ts';
import { createKafkaClient } from '../../../src/change-feed/kafka/connection/kafka-connection.ts';
import {
  BrokerUnavailable,
  createTopicWriter,
} from '../../../src/change-feed/kafka/producing/topic-writer.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import { createValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { loadChangeSchemas, type ChangeTopics } from '../../../src/change-feed/schemas/change-schemas.ts';
import { registerSchemas } from '../../../src/change-feed/schemas/register-schemas.ts';
import { createSubjectRegistry } from '../../../src/change-feed/schemas/subject-registry.ts';
import type { ChangeFeedHarness, RawMessage } from '../../contract/change-feed/change-feed.contract.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { createTopics } from '../../support/real-tier/topics.ts';
import type { FeedPositionStore } from '../../../src/state-store/feed-position-store.port.ts';
import { createMemoryFeedPositions } from '../../support/memory-feed-positions.ts';
import { createQuietLogger, type QuietLogger } from '../quiet-logger.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';

export interface KafkaHarness extends ChangeFeedHarness {
  /** A further feed, with other settings than the harness' where told. */
  open(more?: Partial<Pick<KafkaChangeFeedOptions, 'positions' | 'acceptLostEvents'>>): ChangeFeed;
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly brokers: string[];
  /** What the feeds ended with. */
  readonly refusals: readonly FeedRefusal[];
  nextRefusal(): Promise<FeedRefusal>;
  nextLine(event: string): Promise<unknown>;
  createTopics(): Promise<void>;
  /** What the feeds say of themselves. */
  readonly log: QuietLogger;
  /** Puts messages into the log as soon as the broker takes them. */
  putUntilTaken(messages: readonly RawMessage[]): Promise<void>;
}

export interface KafkaHarnessOptions {
  /** Whether the publisher writes Avro; the feed reads it anyway if a registry is given. */
  readonly avro: boolean;
  readonly brokers?: string[];
  readonly registryUrl?: string;
  readonly partitions?: number;
  readonly topicSettings?: Readonly<Record<string, string>>;
  /** False: the topics are made later, if ever. */
  readonly createTopics?: boolean;
  /** Where the feeds keep how far they are; memory. */
  readonly positions?: FeedPositionStore;
}

/** Topics and a group of their own on the shared broker. */
export async function createKafkaHarness(options: KafkaHarnessOptions): Promise<KafkaHarness> {
  const { avro, brokers = realTier().kafkaBrokers } = options;
  const address = { url: options.registryUrl ?? realTier().schemaRegistryUrl, auth: null };
  const suffix = randomUUID().slice(0, 8);
  const topics: ChangeTopics = {
    contact: `contacts-${suffix}`,
    property: `properties-${suffix}`,
    deal: `deals-${suffix}`,
  };
  const makeTopics = () =>
    createTopics(
      brokers,
      Object.values(topics).map((topic) => topicConfig(topic, options)),
    );
  const log = createQuietLogger();
  const kafka = createKafkaClient({ brokers, clientId: 'feed-test', ssl: null, sasl: null }, log);
  if (options.createTopics !== false) await makeTopics();
  const registry = createSubjectRegistry(address);
  const schemas = loadChangeSchemas();
  if (avro) await registerSchemas({ registry, schemas, topics });
  const writer = createTopicWriter(kafka);
  const feeds: ChangeFeed[] = [];
  const refusals: FeedRefusal[] = [];
  const refused = Promise.withResolvers<FeedRefusal>();
  const groupId = `group-${suffix}`;
  const put = (messages: readonly RawMessage[]) =>
    writer.write(messages.map(({ kind, key, value }) => ({ topic: topics[kind], key, value })));
  const positions = options.positions ?? createMemoryFeedPositions();
  return {
    log,
    topics,
    kafka,
    groupId,
    brokers,
    refusals,
    nextRefusal: () => refused.promise,
    nextLine: (event) => log.nextLine(event),
    createTopics: makeTopics,
    tellsVerdicts: false,
    publisher: createKafkaChangePublisher({ writer, topics, avro: avro ? { registry, schemas } : null }),
    put,
    async putUntilTaken(messages) {
      for (;;) {
        try {
          await put(messages);
          return;
        } catch (error) {
          if (!(error instanceof BrokerUnavailable)) throw error;
        }
      }
    },
    open(more) {
      const client = createRegistryClient(address, 5_000);
      const decode = createValueDecoder({
        ...DECODER_LIMITS,
        schemas: createWriterSchemas({ client, clock: systemClock }),
      });
      const onFatal = (refusal: FeedRefusal) => {
        refusals.push(refusal);
        refused.resolve(refusal);
      };
      const feed = createKafkaChangeFeed({
        kafka,
        groupId,
        topics,
        decode,
        clock: systemClock,
        log,
        onFatal,
        positions,
        ...more,
      });
      feeds.push(feed);
      return feed;
    },
    async close() {
      await Promise.all(feeds.map((feed) => feed.stop()));
      await writer.close();
    },
  };
}

function topicConfig(
  topic: string,
  { partitions = 2, topicSettings = {} }: KafkaHarnessOptions,
): ITopicConfig {
  const configEntries = Object.entries(topicSettings).map(([name, value]) => ({ name, value }));
  return { topic, numPartitions: partitions, replicationFactor: 1, configEntries };
}
