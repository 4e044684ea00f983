import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { ChangeFeed } from '../../../src/change-feed/change-feed.ts';
import { createKafkaChangeFeed } from '../../../src/change-feed/kafka/kafka-change-feed.ts';
import type { FeedRefusal } from '../../../src/change-feed/kafka/feed-refusal.ts';
import { createKafkaChangePublisher } from '../../../src/change-feed/kafka/kafka-change-publisher.ts';
import { createKafkaClient } from '../../../src/change-feed/kafka/kafka-connection.ts';
import { createTopicWriter } from '../../../src/change-feed/kafka/topic-writer.ts';
import { createRegistryClient } from '../../../src/change-feed/wire/registry-client.ts';
import { createValueDecoder } from '../../../src/change-feed/wire/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/wire/writer-schemas.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { loadChangeSchemas, type ChangeTopics } from '../../../src/schemas/change-schemas.ts';
import { registerSchemas } from '../../../src/schemas/register-schemas.ts';
import { createSubjectRegistry } from '../../../src/schemas/subject-registry.ts';
import type { ChangeFeedHarness } from '../../contract/change-feed/change-feed.contract.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { createTopics } from '../../support/real-tier/topics.ts';
import { createQuietLogger } from '../quiet-logger.ts';

export interface KafkaHarness extends ChangeFeedHarness {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly brokers: string[];
  readonly refusals: readonly FeedRefusal[];
  readonly logger: ReturnType<typeof createQuietLogger>;
}

export interface KafkaHarnessOptions {
  /** Whether the publisher writes Avro; the feed reads it anyway if a registry is given. */
  readonly avro: boolean;
  readonly brokers?: string[];
  readonly registryUrl?: string;
  readonly partitions?: number;
}

/** Topics and a group of their own on the shared broker. */
export async function createKafkaHarness(options: KafkaHarnessOptions): Promise<KafkaHarness> {
  const { avro, brokers = realTier().kafkaBrokers, partitions = 2 } = options;
  const registryUrl = options.registryUrl ?? realTier().schemaRegistryUrl;
  const suffix = randomUUID().slice(0, 8);
  const topics: ChangeTopics = {
    contact: `contacts-${suffix}`,
    property: `properties-${suffix}`,
    deal: `deals-${suffix}`,
  };
  await createTopics(
    brokers,
    Object.values(topics).map((topic) => ({ topic, numPartitions: partitions, replicationFactor: 1 })),
  );
  const logger = createQuietLogger();
  const kafka = createKafkaClient({ brokers, clientId: 'feed-test', ssl: null, sasl: null }, logger);
  const registry = createSubjectRegistry({ url: registryUrl, auth: null });
  const schemas = loadChangeSchemas();
  if (avro) await registerSchemas({ registry, schemas, topics });
  const writer = createTopicWriter(kafka);
  const feeds: ChangeFeed[] = [];
  const refusals: FeedRefusal[] = [];
  const groupId = `group-${suffix}`;
  return {
    topics,
    kafka,
    groupId,
    brokers,
    refusals,
    logger,
    tellsVerdicts: false,
    publisher: createKafkaChangePublisher({ writer, topics, avro: avro ? { registry, schemas } : null }),
    put: (messages) =>
      writer.write(messages.map(({ kind, key, value }) => ({ topic: topics[kind], key, value }))),
    open() {
      const client = createRegistryClient({ url: registryUrl, auth: null }, 5_000);
      const decode = createValueDecoder({ schemas: createWriterSchemas({ client, clock: systemClock }) });
      const onFatal = (refusal: FeedRefusal) => refusals.push(refusal);
      const feed = createKafkaChangeFeed({
        kafka,
        groupId,
        topics,
        decode,
        clock: systemClock,
        log: logger,
        onFatal,
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
