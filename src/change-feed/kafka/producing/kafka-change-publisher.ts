import type { Change, ChangeEvent } from '../../../domain/change-event.ts';
import type { EntityKind } from '../../../domain/entity.ts';
import { subjectOf, type ChangeSchema, type ChangeTopics } from '../../schemas/change-schemas.ts';
import type { SubjectRegistry } from '../../schemas/subject-registry.ts';
import type { ChangePublisher } from '../../change-feed.port.ts';
import { writeFrame } from '../../codec/confluent-frame.ts';
import { encodeChangeAsJson } from '../../codec/encode-change.ts';
import { changeEnvelope, tellsDays } from '../../../domain/events/change-envelope.ts';
import type { OutgoingMessage, TopicWriter } from './topic-writer.ts';

export interface KafkaChangePublisherOptions {
  readonly writer: TopicWriter;
  readonly topics: ChangeTopics;
  /** Null: no registry is configured, and events are written as JSON. */
  readonly avro: {
    readonly registry: SubjectRegistry;
    readonly schemas: Readonly<Record<EntityKind, ChangeSchema>>;
  } | null;
}

/**
 * Publishes changes to their topics, keyed by entity. Where our schema is registered for the topic they are written as
 * Avro, else, and where a milestone's day was told, as JSON, which every reader of this product takes too. Throws `BrokerUnavailable` and `RegistryUnavailable`;
 * the same changes may then be published again.
 */
export function createKafkaChangePublisher({
  writer,
  topics,
  avro,
}: KafkaChangePublisherOptions): ChangePublisher {
  const schemaIds = new Map<EntityKind, number>();

  const schemaIdOf = async (kind: EntityKind): Promise<number | null> => {
    if (avro === null) return null;
    const known = schemaIds.get(kind);
    if (known !== undefined) return known;
    const id = await avro.registry.idOf(subjectOf(topics[kind]), avro.schemas[kind].text);
    // An id is for ever; that there is none may change, so it is asked again.
    if (id !== null) schemaIds.set(kind, id);
    return id;
  };
  const encode = (event: ChangeEvent, schemaId: number | null): Buffer => {
    // A day has no place in our schema's timestamps.
    if (avro === null || schemaId === null || tellsDays(event)) return encodeChangeAsJson(event);
    return writeFrame({ schemaId, payload: avro.schemas[event.kind].type.toBuffer(changeEnvelope(event)) });
  };

  return {
    async publish(changes: readonly Change[]) {
      const ids = new Map<EntityKind, number | null>();
      for (const kind of new Set(
        changes.flatMap((each) => (each.type === 'event' ? [each.event.kind] : [])),
      )) {
        ids.set(kind, await schemaIdOf(kind));
      }
      const messages = changes.map((change): OutgoingMessage => {
        if (change.type === 'tombstone')
          return { topic: topics[change.kind], key: change.entityId, value: null };
        const { event } = change;
        return {
          topic: topics[event.kind],
          key: event.entityId,
          value: encode(event, ids.get(event.kind) ?? null),
        };
      });
      if (messages.length > 0) await writer.write(messages);
      return null;
    },
  };
}
