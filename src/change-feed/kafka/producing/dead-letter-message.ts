import type { ChangeEvent } from '../../../domain/change-event.ts';
import type { DeadLetter } from '../../../domain/dead-letter.ts';
import type { ZenaRecord } from '../../../domain/record.ts';
import type { ToldLetter } from '../../dead-letter-topic.port.ts';
import { encodeChangeAsJson } from '../../codec/encode-change.ts';
import type { OutgoingMessage } from './topic-writer.ts';

const MOST_DETAIL = 1_000;
/** Where there is no value to tell. Not null: put back on its topic by some tool, that would delete the entity. */
const NO_VALUE = new Uint8Array(0);

/**
 * A letter as a message of the dead-letter topic. An event that can't be read keeps its key and value byte by byte; a record
 * that can't be delivered is the change event of its present state, under its id. What a letter does not have, it has no
 * header for.
 */
export function deadLetterMessage({ letter, record }: ToldLetter, topic: string): OutgoingMessage {
  const headers = headersOf(letter);
  if (letter.kind === 'decode') return { topic, key: letter.key, value: letter.value, headers };
  const value = record === null ? NO_VALUE : encodeChangeAsJson(recordEvent(record, letter.id));
  return { topic, key: letter.entityId, value, headers };
}

/** The same message for a broker that does not take it whole: its value is empty, and its size is told instead. */
export function withoutValue({ value, headers, ...message }: OutgoingMessage): OutgoingMessage {
  if (value === null) return { ...message, value, ...(headers === undefined ? {} : { headers }) };
  return { ...message, value: NO_VALUE, headers: { ...headers, 'dlq.value-omitted': String(value.length) } };
}

/** The last resort: a key that no broker takes, since it is as large as a value. */
export function withoutKey({ key, headers, ...message }: OutgoingMessage): OutgoingMessage {
  if (key === null) return { ...message, key, ...(headers === undefined ? {} : { headers }) };
  const omitted = String(Buffer.byteLength(key));
  return { ...message, key: null, headers: { ...headers, 'dlq.key-omitted': omitted } };
}

function headersOf(letter: DeadLetter): Record<string, string> {
  const { delivery, source } = letter;
  const all: Readonly<Record<string, string | number | null | undefined>> = {
    'dlq.id': letter.id,
    'dlq.kind': letter.kind,
    'dlq.error.code': letter.code,
    'dlq.error.message': letter.detail.slice(0, MOST_DETAIL).toWellFormed(),
    'dlq.source.topic': source?.topic,
    'dlq.source.partition': source?.partition,
    'dlq.source.offset': source?.offset,
    'dlq.connection-id': delivery?.connectionId,
    'dlq.user-id': delivery?.userId,
    'dlq.provider': delivery?.provider,
    'dlq.entity': letter.entity,
    'dlq.entity-id': letter.entityId,
    'dlq.attempts': letter.attempts,
    'dlq.replays': letter.replays,
    'dlq.failed-at': new Date(letter.failedAt).toISOString(),
  };
  const present = Object.entries(all).filter(([, value]) => value !== null && value !== undefined);
  return Object.fromEntries(present.map(([name, value]) => [name, String(value)]));
}

/**
 * The change event that says what a record is now. Put back on its topic it is equal to what is stored in version and
 * content, so it changes nothing.
 */
function recordEvent(record: ZenaRecord, eventId: string): ChangeEvent {
  const { kind, entityId, userId, accountId, version, occurredAt, deleted, body } = record;
  return {
    kind,
    eventId,
    occurredAt,
    userId,
    accountId,
    entityId,
    version,
    body,
    operation: deleted ? 'DELETE' : 'UPSERT',
    origin: 'zena',
    causationId: null,
  };
}
