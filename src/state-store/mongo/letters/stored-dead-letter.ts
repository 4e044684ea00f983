import { Binary, type Collection } from 'mongodb';
import type { LogPlace } from '../../../domain/change-event.ts';
import type {
  DeadDelivery,
  DeadLetter,
  DeadLetterKind,
  DeadLetterStatus,
} from '../../../domain/dead-letter.ts';
import type { EntityKind } from '../../../domain/entity.ts';
import type { FieldError } from '../../../domain/outcome.ts';
import { fieldErrors } from '../journal/stored-timeline-entry.ts';
import type { MongoSession } from '../session/mongo-session.ts';

export interface DeadLetterDocument {
  /** The letter's id. */
  readonly _id: string;
  readonly kind: DeadLetterKind;
  readonly status: DeadLetterStatus;
  readonly code: string;
  readonly detail: string;
  readonly fields: readonly FieldError[];
  readonly firstFailedAt: number;
  readonly failedAt: number;
  readonly attempts: number;
  readonly replays: number;
  readonly source?: LogPlace;
  readonly key?: Binary;
  readonly value?: Binary;
  readonly valueBytes?: number;
  readonly entity: EntityKind;
  readonly entityId?: string;
  readonly delivery?: DeadDelivery;
}

type Kept = '_id' | 'code' | 'detail' | 'failedAt' | 'key' | 'value';

/**
 * What is read. Letters from before the index knew deliveries lack most members: they are all of events that can't be read,
 * and have their place in the log among the others.
 */
export type StoredDeadLetter = Pick<DeadLetterDocument, Kept> &
  Partial<Omit<DeadLetterDocument, Kept>> &
  Partial<LogPlace>;

/** Which topics were of which kind, for letters that don't say. */
export const TOPICS_OF: Readonly<Record<EntityKind, RegExp>> = {
  property: /property/,
  deal: /^(?!.*property).*deal/,
  contact: /^(?!.*(?:property|deal))/,
};

export function deadLettersIn({ database }: MongoSession): Collection<StoredDeadLetter> {
  return database.collection('dead_letters');
}

export function deadLetterDocument(letter: DeadLetter): DeadLetterDocument {
  const { source, key, value, valueBytes, entityId, delivery } = letter;
  return {
    _id: letter.id,
    kind: letter.kind,
    status: letter.status,
    code: letter.code,
    detail: letter.detail,
    fields: fieldErrors(letter.fields),
    firstFailedAt: letter.firstFailedAt,
    failedAt: letter.failedAt,
    attempts: letter.attempts,
    replays: letter.replays,
    ...(source !== null && { source: placeCopy(source) }),
    ...(key !== null && { key: new Binary(key) }),
    ...(value !== null && { value: new Binary(value) }),
    ...(valueBytes !== undefined && { valueBytes }),
    entity: letter.entity,
    ...(entityId !== null && { entityId }),
    ...(delivery !== null && { delivery: deliveryCopy(delivery) }),
  };
}

export function deadLetterOf(document: StoredDeadLetter): DeadLetter {
  const { delivery } = document;
  return {
    id: document._id,
    kind: document.kind ?? 'decode',
    status: document.status ?? 'open',
    code: document.code,
    detail: document.detail,
    fields: fieldErrors(document.fields ?? []),
    firstFailedAt: document.firstFailedAt ?? document.failedAt,
    failedAt: document.failedAt,
    attempts: document.attempts ?? 1,
    replays: document.replays ?? 0,
    source: sourceOf(document),
    key: bytesOf(document.key),
    value: bytesOf(document.value),
    ...(document.valueBytes !== undefined && { valueBytes: document.valueBytes }),
    entity: document.entity ?? entityOf(document.topic ?? ''),
    entityId: document.entityId ?? null,
    delivery: delivery === undefined ? null : deliveryCopy(delivery),
  };
}

function sourceOf({ source, topic, partition, offset }: StoredDeadLetter): LogPlace | null {
  if (source !== undefined) return placeCopy(source);
  if (topic === undefined || partition === undefined || offset === undefined) return null;
  return { topic, partition, offset };
}

function entityOf(topic: string): EntityKind {
  if (TOPICS_OF.property.test(topic)) return 'property';
  return TOPICS_OF.deal.test(topic) ? 'deal' : 'contact';
}

function bytesOf(binary: Binary | undefined): Uint8Array | null {
  return binary === undefined ? null : new Uint8Array(binary.value());
}

function placeCopy({ topic, partition, offset }: LogPlace): LogPlace {
  return { topic, partition, offset };
}

function deliveryCopy(delivery: DeadDelivery): DeadDelivery {
  const { linkId, scope, connectionId, userId, provider, revision, mapping } = delivery;
  return { linkId, scope, connectionId, userId, provider, revision, mapping };
}
