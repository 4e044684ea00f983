import { randomUUID } from 'node:crypto';
import kafkajs from 'kafkajs';
import { ENTITY_KINDS, type EntityKind } from '../../src/domain/entity.ts';
import { loadChangeSchemas, type ChangeTopics } from '../../src/schemas/change-schemas.ts';
import { registerSchemas } from '../../src/schemas/register-schemas.ts';
import { createSubjectRegistry } from '../../src/schemas/subject-registry.ts';
import type { RealTier } from '../../test/support/real-tier/real-tier.ts';
import { createTopics } from '../../test/support/real-tier/topics.ts';
import { benchEventAt, framedEvent } from './bench-events.ts';

export const PARTITIONS_A_TOPIC = 6;
const MESSAGES_A_SEND = 2_000;

/** Change topics of one bench, with registered schemas and this many Avro events over this many entities of each kind. */
export async function fillTopics(
  { kafkaBrokers, schemaRegistryUrl }: RealTier,
  events: number,
  keys: number,
): Promise<ChangeTopics> {
  const prefix = `bench-${randomUUID().slice(0, 8)}`;
  const topics = { contact: `${prefix}.contact`, property: `${prefix}.property`, deal: `${prefix}.deal` };
  await createTopics(
    kafkaBrokers,
    Object.values(topics).map((topic) => ({
      topic,
      numPartitions: PARTITIONS_A_TOPIC,
      replicationFactor: 1,
    })),
  );
  const registry = createSubjectRegistry({ url: schemaRegistryUrl, auth: null });
  const registered = await registerSchemas({ registry, schemas: loadChangeSchemas(), topics });
  if (!registered.ok) throw new Error(registered.message);
  const ids = Object.fromEntries(
    ENTITY_KINDS.map((kind, index) => [kind, registered.subjects[index]?.schemaId ?? 0]),
  ) as Record<EntityKind, number>;
  await produce(kafkaBrokers, topics, ids, { events, keys });
  return topics;
}

async function produce(
  brokers: string[],
  topics: ChangeTopics,
  ids: Readonly<Record<EntityKind, number>>,
  { events, keys }: { readonly events: number; readonly keys: number },
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
    for (let from = 0; from < events; from += MESSAGES_A_SEND) {
      const some = Array.from({ length: Math.min(MESSAGES_A_SEND, events - from) }, (_, at) =>
        benchEventAt(from + at, keys),
      );
      const byKind = Map.groupBy(some, ({ kind }) => kind);
      const topicMessages = [...byKind].map(([kind, each]) => ({
        topic: topics[kind],
        messages: each.map((event) => ({ key: event.entityId, value: framedEvent(event, ids[kind]) })),
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
