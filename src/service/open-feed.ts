import type { ChangeFeed, ChangePublisher } from '../change-feed/change-feed.port.ts';
import type { DeadLetterTopic } from '../change-feed/dead-letter-topic.port.ts';
import type { DecodeAgain } from '../change-feed/decode-again.port.ts';
import type { StartConfig } from '../config/config.ts';
import type { EntityKind } from '../domain/entity.ts';
import type { WorkHint, WorkHints } from '../change-feed/work-hints.port.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Logger } from '../runtime/logger.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { OpenedStore } from './open-store.ts';

export interface OpenedFeed {
  readonly kind: 'kafka' | 'embedded';
  readonly feed: ChangeFeed;
  readonly publisher: ChangePublisher;
  readonly deadLetters: DeadLetterTopic;
  readonly decodeAgain: DecodeAgain;
  /** Null where no other process shares the work. */
  readonly openHints: ((parts: HintParts) => RunningHints) | null;
  readonly label: string;
  close(): Promise<void>;
}

export interface HintParts {
  /** Names this process among those that hint. */
  readonly workerId: string;
  readonly onHint: (hint: WorkHint) => void;
}

export interface RunningHints extends WorkHints {
  start(): Promise<void>;
  stop(): Promise<void>;
}

interface FeedParts {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly onFatal: (code: string) => void;
  /** Go on where the log no longer reaches back to what the store holds. */
  readonly acceptLostEvents: boolean;
}

const REGISTRY_DEADLINE_MS = 5_000;

/** Opens the change feed of the mode, and what publishes to it. Nothing is read before `feed.start`. */
export async function openFeed(
  config: StartConfig,
  opened: OpenedStore,
  parts: FeedParts,
): Promise<OpenedFeed> {
  const topics = changeTopics(config.topics);
  return opened.kind === 'embedded'
    ? await openEmbedded(opened, topics, parts)
    : await openKafka(config, opened.store, topics, parts);
}

/** The topics of the changes by what they are about. */
export function changeTopics({
  contacts,
  properties,
  deals,
}: StartConfig['topics']): Readonly<Record<EntityKind, string>> {
  return { contact: contacts, property: properties, deal: deals };
}

async function openEmbedded(
  opened: Extract<OpenedStore, { kind: 'embedded' }>,
  topics: Readonly<Record<EntityKind, string>>,
  { clock, logger }: FeedParts,
): Promise<OpenedFeed> {
  const { createEmbeddedLog } = await import('../change-feed/embedded/embedded-log.ts');
  const { createEmbeddedChangeFeed } = await import('../change-feed/embedded/embedded-change-feed.ts');
  const { createDecodeAgain } = await import('../change-feed/codec/decode-again.ts');
  const { createValueDecoder, CHECKED_BEFORE } = await import('../change-feed/codec/value-decoder.ts');
  const log = createEmbeddedLog(opened.store);
  return {
    kind: 'embedded',
    ...createEmbeddedChangeFeed({ log, topics, clock, logger }),
    // The letters in the store are the topic: there is nothing to write.
    deadLetters: { publish: () => Promise.resolve() },
    decodeAgain: createDecodeAgain(createValueDecoder(CHECKED_BEFORE)),
    openHints: null,
    label: 'embedded log',
    close: () => Promise.resolve(),
  };
}

async function openKafka(
  config: StartConfig,
  store: Pick<StateStore, 'feedPositions'>,
  topics: Readonly<Record<EntityKind, string>>,
  { clock, logger, onFatal, acceptLostEvents }: FeedParts,
): Promise<OpenedFeed> {
  if (config.kafka === null) throw new TypeError('mode servers needs brokers');
  const { createKafkaClient } = await import('../change-feed/kafka/connection/kafka-connection.ts');
  const { createKafkaChangeFeed } = await import('../change-feed/kafka/feed/kafka-change-feed.ts');
  const { createKafkaChangePublisher } =
    await import('../change-feed/kafka/producing/kafka-change-publisher.ts');
  const { createKafkaDeadLetterTopic } =
    await import('../change-feed/kafka/producing/kafka-dead-letter-topic.ts');
  const { createTopicWriter } = await import('../change-feed/kafka/producing/topic-writer.ts');
  const { createDecodeAgain } = await import('../change-feed/codec/decode-again.ts');
  const { createValueDecoder } = await import('../change-feed/codec/value-decoder.ts');
  const { createWriterSchemas } = await import('../change-feed/codec/writer-schemas.ts');
  const { createRegistryClient } = await import('../change-feed/codec/registry-client.ts');
  const { createSubjectRegistry } = await import('../change-feed/schemas/subject-registry.ts');
  const { loadChangeSchemas } = await import('../change-feed/schemas/change-schemas.ts');
  const { createKafkaWorkHints } = await import('../change-feed/kafka/hints/kafka-work-hints.ts');
  const kafka = createKafkaClient(config.kafka, logger);
  const { groupId } = config.kafka;
  const registry =
    config.schemaRegistry === null
      ? null
      : { url: config.schemaRegistry.url, auth: config.schemaRegistry.auth?.reveal() ?? null };
  const schemas =
    registry === null
      ? null
      : createWriterSchemas({ client: createRegistryClient(registry, REGISTRY_DEADLINE_MS), clock });
  const decode = createValueDecoder({ schemas, maxBytes: config.maxEventBytes, now: () => clock.now() });
  const feed = createKafkaChangeFeed({
    kafka,
    topics,
    clock,
    decode,
    groupId,
    log: logger,
    positions: store.feedPositions,
    acceptLostEvents,
    onFatal: (refusal) => {
      onFatal(refusal.code);
    },
  });
  const writer = createTopicWriter(kafka);
  const letterWriter = createTopicWriter(kafka);
  const avro =
    registry === null ? null : { registry: createSubjectRegistry(registry), schemas: loadChangeSchemas() };
  return {
    kind: 'kafka',
    feed,
    publisher: createKafkaChangePublisher({ writer, topics, avro }),
    deadLetters: createKafkaDeadLetterTopic({
      writer: letterWriter,
      topic: config.topics.deadLetters,
      clock,
    }),
    decodeAgain: createDecodeAgain(decode),
    openHints: (hints) =>
      createKafkaWorkHints({ ...hints, kafka, topic: config.topics.work, groupId, clock, log: logger }),
    label: `Kafka ${config.kafka.brokers.join(',')}`,
    async close() {
      await Promise.all([writer.close(), letterWriter.close()]);
    },
  };
}
