import { setTimeout as sleep } from 'node:timers/promises';
import kafkajs, { type Producer } from 'kafkajs';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { encodeChangeAsJson } from '../../../src/change-feed/codec/encode-change.ts';
import { changeEnvelope } from '../../../src/domain/events/change-envelope.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import { loadChangeSchemas, type ChangeTopics } from '../../../src/change-feed/schemas/change-schemas.ts';
import type { Outgoing } from './office-load.ts';
import { poisonValue } from './poison.ts';

/** A message as it goes to its topic. What it is about stands in headers, which the program does not read. */
export interface OutgoingMessage {
  readonly topic: string;
  readonly key: string;
  readonly value: Buffer | null;
  readonly headers: Readonly<Record<string, string>>;
}

export interface EventProducer {
  /** Sends in this order, as soon as the broker takes it; a message may come twice when the broker was away. */
  send(messages: readonly Outgoing[]): void;
  /** Every event that was ever given, by its id. */
  readonly events: ReadonlyMap<string, ChangeEvent>;
  /** Rejects when something else goes wrong than that the broker is away. */
  readonly working: Promise<void>;
  readonly acknowledged: () => number;
  readonly waiting: () => number;
  /** Waits until all is acknowledged, then leaves. False: not within `withinMs`. */
  close(withinMs: number): Promise<boolean>;
}

export const EVENT_HEADER = 'chaos-event';
export const POISON_HEADER = 'chaos-poison';
const MOST_AT_ONCE = 200;

export interface EventProducerOptions {
  readonly brokers: readonly string[];
  readonly topics: ChangeTopics;
  readonly schemaIds: Readonly<Record<EntityKind, number>>;
}

/** Writes an office's messages as its back end does, through a broker that comes and goes. */
export async function openEventProducer(options: EventProducerOptions): Promise<EventProducer> {
  const kafka = new kafkajs.Kafka({
    brokers: [...options.brokers],
    clientId: 'chaos-producer',
    logLevel: kafkajs.logLevel.NOTHING,
    requestTimeout: 10_000,
    retry: { retries: 2, initialRetryTime: 200 },
  });
  const producer = kafka.producer({ createPartitioner: kafkajs.Partitioners.DefaultPartitioner });
  await producer.connect();
  const encode = createEncoder(options);
  const events = new Map<string, ChangeEvent>();
  const queue: OutgoingMessage[] = [];
  let acknowledged = 0;
  let open = true;

  async function work(): Promise<void> {
    while (open) {
      const batch = queue.slice(0, MOST_AT_ONCE);
      if (batch.length === 0) await sleep(20);
      else if (await sendBatch(producer, batch)) {
        queue.splice(0, batch.length);
        acknowledged += batch.length;
      } else await sleep(300);
    }
  }

  const working = work();
  working.catch(() => undefined);
  return {
    events,
    working,
    acknowledged: () => acknowledged,
    waiting: () => queue.length,
    send(messages) {
      for (const message of messages) {
        if (message.type === 'event') events.set(message.event.eventId, message.event);
        queue.push(encode(message));
      }
    },
    async close(withinMs) {
      const until = performance.now() + withinMs;
      while (queue.length > 0 && performance.now() < until) await sleep(50);
      open = false;
      await working;
      await producer.disconnect();
      return queue.length === 0;
    },
  };
}

async function sendBatch(producer: Producer, batch: readonly OutgoingMessage[]): Promise<boolean> {
  const topics = [...new Set(batch.map(({ topic }) => topic))];
  try {
    await producer.sendBatch({
      acks: -1,
      compression: kafkajs.CompressionTypes.GZIP,
      topicMessages: topics.map((topic) => ({
        topic,
        messages: batch.filter((each) => each.topic === topic).map(({ topic: _, ...message }) => message),
      })),
    });
    return true;
  } catch (error) {
    // The broker is away, which is what the run is about; anything else of kafkajs shows as a producer that never ends.
    if (error instanceof kafkajs.KafkaJSError || (error as Error).name === 'AggregateError') return false;
    throw error;
  }
}

function createEncoder({ topics, schemaIds }: EventProducerOptions): (message: Outgoing) => OutgoingMessage {
  const schemas = loadChangeSchemas();
  return (message) => {
    if (message.type === 'tombstone') {
      return { topic: topics[message.kind], key: message.entityId, value: null, headers: {} };
    }
    if (message.type === 'poison') {
      const { kind, key, poison } = message;
      const source = { event: soundEvent(kind, key), schema: schemas[kind], schemaId: schemaIds[kind] };
      const value = poisonValue(poison, source);
      return { topic: topics[kind], key, value, headers: { [POISON_HEADER]: poison } };
    }
    const { event, form } = message;
    const { type } = schemas[event.kind];
    const value =
      form === 'json'
        ? encodeChangeAsJson(event)
        : writeFrame({ schemaId: schemaIds[event.kind], payload: type.toBuffer(changeEnvelope(event)) });
    const headers = { [EVENT_HEADER]: event.eventId };
    return { topic: topics[event.kind], key: event.entityId, value, headers };
  };
}

function soundEvent(kind: EntityKind, entityId: string): ChangeEvent {
  return {
    kind,
    entityId,
    eventId: `${entityId}-1`,
    occurredAt: 1_760_000_000_000,
    userId: 'user-1',
    version: 1,
    accountId: null,
    causationId: null,
    origin: 'zena',
    operation: 'DELETE',
    body: null,
  };
}
