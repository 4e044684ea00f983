import { writeFrame } from '../../src/change-feed/codec/confluent-frame.ts';
import type { LetterCode } from '../../src/change-feed/codec/letter-code.ts';

/** Schema ids of the registry that the measurement fills. */
export const SCHEMA_IDS = { contact: 1, jsonSchema: 7, broken: 8, absent: 404 } as const;

export interface Poison {
  readonly code: LetterCode;
  readonly key: Buffer | null;
  readonly value: Buffer;
}

const text = (value: string): Buffer => Buffer.from(value, 'utf8');
const framed = (schemaId: number): Buffer => writeFrame({ schemaId, payload: text('some bytes') });

type MakePoison = (id: string, good: Buffer) => Poison;
const valued =
  (code: LetterCode, value: (good: Buffer) => Buffer): MakePoison =>
  (id, good) => ({ code, key: text(id), value: value(good) });

/** Twelve ways in which a message can't be read. Each is given an id and the JSON of a good event of it. */
export const POISON_KINDS: readonly MakePoison[] = [
  (_, good) => ({ code: 'KEY_INVALID', key: null, value: good }),
  (id, good) => ({ code: 'KEY_MISMATCH', key: text(`${id}-other`), value: good }),
  valued('UNREADABLE_VALUE', () => text('neither JSON nor Avro')),
  valued('UNREADABLE_VALUE', () => Buffer.from([0, 0, 0])),
  valued('TOO_LARGE', () => Buffer.alloc(1_048_577, '{')),
  valued('TOO_COMPLEX', () => text(`{"a":${'['.repeat(100)}${']'.repeat(100)}}`)),
  valued('INVALID_JSON', (good) => good.subarray(0, good.length - 1)),
  valued('INVALID_AVRO', () => framed(SCHEMA_IDS.contact)),
  valued('UNKNOWN_SCHEMA', () => framed(SCHEMA_IDS.absent)),
  valued('UNSUPPORTED_SCHEMA', () => framed(SCHEMA_IDS.jsonSchema)),
  valued('INVALID_SCHEMA', () => framed(SCHEMA_IDS.broken)),
  valued('INVALID_EVENT', () => text('{"operation":"UPSERT"}')),
];
