import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import type { ChangeEvent } from '../../src/domain/change-event.ts';
import { ENTITY_KINDS, type EntityKind } from '../../src/domain/entity.ts';
import { loadChangeSchemas, type ChangeTopics } from '../../src/change-feed/schemas/change-schemas.ts';
import { registerSchemas } from '../../src/change-feed/schemas/register-schemas.ts';
import { createSubjectRegistry } from '../../src/change-feed/schemas/subject-registry.ts';
import type { RealTier } from '../../test/support/real-tier/real-tier.ts';
import { createTopics } from '../../test/support/real-tier/topics.ts';
import { benchEventAt, framedEvent } from './bench-events.ts';

export const PARTITIONS_A_TOPIC = 6;
const MESSAGES_A_SEND = 2_000;

/** Change topics of one bench, with registered schemas. */
export interface BenchTopics {
  readonly topics: ChangeTopics;
  readonly schemaIds: Readonly<Record<EntityKind, number>>;
}

/** Change topics of one bench, with registered schemas and this many Avro events over this many entities of each kind. */
export async function fillTopics(tier: RealTier, events: number, keys: number): Promise<ChangeTopics> {
  const made = await makeChangeTopics(tier, PARTITIONS_A_TOPIC);
  const each = Array.from({ length: events }, (_, index) => () => benchEventAt(index, keys));
  await produceEvents(tier.kafkaBrokers, made, each);
  return made.topics;
}

export async function makeChangeTopics(
  { kafkaBrokers, schemaRegistryUrl }: RealTier,
  numPartitions: number,
): Promise<BenchTopics> {
  const prefix = `bench-${randomUUID().slice(0, 8)}`;
  const topics = { contact: `${prefix}.contact`, property: `${prefix}.property`, deal: `${prefix}.deal` };
  await createTopics(
    kafkaBrokers,
    Object.values(topics).map((topic) => ({ topic, numPartitions, replicationFactor: 1 })),
  );
  const registry = createSubjectRegistry({ url: schemaRegistryUrl, auth: null });
  const registered = await registerSchemas({ registry, schemas: loadChangeSchemas(), topics });
  if (!registered.ok) throw new Error(registered.message);
  const schemaIds = Object.fromEntries(
    ENTITY_KINDS.map((kind, index) => [kind, registered.subjects[index]?.schemaId ?? 0]),
  ) as Record<EntityKind, number>;
  return { topics, schemaIds };
}

/** Puts the events into their topics as Avro, keyed by entity; each is made only when it is sent. */
export async function produceEvents(
  brokers: string[],
  { topics, schemaIds }: BenchTopics,
  events: readonly (() => ChangeEvent)[],
): Promise<void> {
  const producer = new kafkajs.Kafka({
    brokers,
    clientId: 'bench',
    logLevel: kafkajs.logLevel.NOTHING,
  }).producer({
    createPartitioner: kafkajs.Partitioners.DefaultPartitioner,
    // A send that is repeated after a late answer must not stand in the topic twice: what is read is counted.
    idempotent: true,
    maxInFlightRequests: 1,
  });
  await producer.connect();
  try {
    for (let from = 0; from < events.length; from += MESSAGES_A_SEND) {
      const some = events.slice(from, from + MESSAGES_A_SEND).map((make) => make());
      const byKind = Map.groupBy(some, ({ kind }) => kind);
      const topicMessages = [...byKind].map(([kind, each]) => ({
        topic: topics[kind],
        messages: each.map((event) => ({ key: event.entityId, value: framedEvent(event, schemaIds[kind]) })),
      }));
      await producer.sendBatch({ topicMessages });
    }
  } finally {
    await producer.disconnect();
  }
}

/** How many events of the topics the group has recorded as done. */
export async function committedEvents(
  brokers: string[],
  groupId: string,
  topics: ChangeTopics,
): Promise<number> {
  const admin = new kafkajs.Kafka({ brokers, clientId: 'bench', logLevel: kafkajs.logLevel.NOTHING }).admin();
  await admin.connect();
  try {
    const offsets = await admin.fetchOffsets({ groupId, topics: Object.values(topics) });
    return offsets
      .flatMap(({ partitions }) => partitions)
      .reduce((sum, { offset }) => sum + Math.max(0, Number(offset)), 0);
  } finally {
    await admin.disconnect();
  }
}
