import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { changeEnvelope } from '../../../src/domain/events/change-envelope.ts';
import type { LetterCode } from '../../../src/change-feed/codec/letter-code.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import type { ChangeSchema } from '../../../src/change-feed/schemas/change-schemas.ts';

/** Messages that no one can read, and the code of the dead letter that each must become. */
export const POISON_CODES = {
  empty: 'UNREADABLE_VALUE',
  short: 'UNREADABLE_VALUE',
  'wrong-magic': 'UNREADABLE_VALUE',
  'unknown-schema': 'UNKNOWN_SCHEMA',
  'truncated-avro': 'INVALID_AVRO',
  'trailing-bytes': 'INVALID_AVRO',
  'wrong-union': 'INVALID_AVRO',
  'invalid-json': 'INVALID_JSON',
  'deep-nesting': 'TOO_COMPLEX',
  oversize: 'TOO_LARGE',
  'key-mismatch': 'KEY_MISMATCH',
  'invalid-event': 'INVALID_EVENT',
} as const satisfies Readonly<Record<string, LetterCode>>;
export type PoisonKind = keyof typeof POISON_CODES;
export const POISON_KINDS = Object.keys(POISON_CODES) as readonly PoisonKind[];

/** How a sound event of the topic is written. */
export interface PoisonSource {
  readonly event: ChangeEvent;
  readonly schema: ChangeSchema;
  readonly schemaId: number;
}

const UNKNOWN_SCHEMA_ID = 987_654;
const MORE_THAN_IS_READ = 1_048_577;

/** The bytes of a poison, made of a sound event with the message's key as its id. */
export function poisonValue(kind: PoisonKind, { event, schema, schemaId }: PoisonSource): Buffer {
  const envelope = changeEnvelope(event);
  const avro = (value: unknown): Buffer => schema.type.toBuffer(value);
  const json = (value: unknown): Buffer => Buffer.from(JSON.stringify(value), 'utf8');
  const framed = (payload: Buffer): Buffer => writeFrame({ schemaId, payload });
  const sound = avro(envelope);
  switch (kind) {
    case 'empty':
      return Buffer.alloc(0);
    case 'short':
      return Buffer.from([0, 0, 0]);
    case 'wrong-magic':
      return Buffer.concat([Buffer.from([7]), framed(sound).subarray(1)]);
    case 'unknown-schema':
      return writeFrame({ schemaId: UNKNOWN_SCHEMA_ID, payload: sound });
    case 'truncated-avro':
      return framed(sound.subarray(0, sound.length - 7));
    case 'trailing-bytes':
      return framed(Buffer.concat([sound, Buffer.from([1, 2, 3])]));
    case 'wrong-union':
      return framed(withWrongUnion(sound, avro({ ...envelope, accountId: 'a' })));
    case 'invalid-json':
      return json(envelope).subarray(0, -1);
    case 'deep-nesting':
      return Buffer.from(`{"deep":${'['.repeat(1_000)}${']'.repeat(1_000)}}`, 'utf8');
    case 'oversize':
      return json({ ...envelope, padding: 'x'.repeat(MORE_THAN_IS_READ) });
    case 'key-mismatch':
      return json({ ...envelope, entityId: `${event.entityId}-another` });
    case 'invalid-event':
      return json({ ...envelope, version: -1 });
  }
}

/** Where two events that differ only in a union's branch differ first, there is the branch's number. */
function withWrongUnion(sound: Buffer, otherBranch: Buffer): Buffer {
  const at = sound.findIndex((byte, index) => byte !== otherBranch[index]);
  const wrong = Buffer.from(sound);
  wrong[at] = 0x7e;
  return wrong;
}
