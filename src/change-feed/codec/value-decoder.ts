import type { Change, LogPlace } from '../../domain/change-event.ts';
import { decodeLetterId, type DeadLetter } from '../../domain/dead-letter.ts';
import type { EntityKind } from '../../domain/entity.ts';
import { changeEnvelope } from '../../domain/events/change-envelope.ts';
import { decodeChange, isZenaId } from '../../domain/events/decode-change.ts';
import { readFrame, type ConfluentFrame } from './confluent-frame.ts';
import { parseJsonValue } from './json-value.ts';
import type { Unreadable } from './letter-code.ts';
import type { WriterSchema } from './registry-client.ts';
import type { WriterSchemas } from './writer-schemas.ts';

/** A message of a change topic, its bytes as they are in the log. */
export interface LogMessage {
  readonly place: LogPlace;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

export type DecodedMessage =
  { readonly type: 'change'; readonly change: Change } | ({ readonly type: 'letter' } & Unreadable);

/**
 * Reads a message as a change of `kind`, or says why it can't be read. Never throws on account of the bytes; throws
 * `RegistryUnavailable` when a schema is needed and the registry can't be asked. Answers at once unless it has to ask.
 */
export type ValueDecoder = (
  kind: EntityKind,
  message: LogMessage,
) => DecodedMessage | Promise<DecodedMessage>;

export interface ValueDecoderOptions {
  /** Null: no registry is configured. */
  readonly schemas: WriterSchemas | null;
  /** Larger values are dead letters, and aren't looked at. */
  readonly maxBytes: number;
  /** Epoch ms; what is said to have happened more than a day later is a dead letter. */
  readonly now: () => number;
}

/** Of a log whose events were checked when they came in: a limit here would only turn accepted changes into letters. */
export const CHECKED_BEFORE: ValueDecoderOptions = {
  schemas: null,
  maxBytes: Number.POSITIVE_INFINITY,
  now: () => Number.POSITIVE_INFINITY,
};

/** What a letter keeps of a value at most: no store takes much more at once. A part is too large to be read, whatever the limit. */
const KEPT_BYTES = 15_728_641;
const OPENING_BRACE = 0x7b;
const JSON_SPACES: readonly (number | undefined)[] = [0x20, 0x09, 0x0a, 0x0d];
/** A byte order mark in UTF-8. */
const MARK = [0xef, 0xbb, 0xbf] as const;

/** Makes the decoder of one feed. */
export function createValueDecoder({ schemas, maxBytes, now }: ValueDecoderOptions): ValueDecoder {
  return (kind, message) => {
    const { key: keyBytes, value, place } = message;
    const key = readKey(keyBytes);
    if (key === null) return letter('KEY_INVALID', 'the message key is missing or no id in UTF-8');
    if (value === null) return change({ type: 'tombstone', kind, entityId: key, place });
    if (value.length > maxBytes)
      return letter('TOO_LARGE', `${value.length} bytes are more than the ${maxBytes} that are read`);
    const json = jsonStart(value);
    if (json !== null)
      return readJson({ kind, key, place, now: now(), bytes: value.length, maxBytes }, value.subarray(json));
    const frame = readFrame(value);
    if (frame === null) return letter('UNREADABLE_VALUE', describeUnreadable(value));
    if (schemas === null)
      return letter('NO_REGISTRY', 'the value needs a schema, but no registry is configured');
    const source = { kind, key, frame, place, now: now(), bytes: value.length, maxBytes };
    const schema = schemas.find(frame.schemaId);
    return schema instanceof Promise
      ? schema.then((found) => readAvro(source, found))
      : readAvro(source, schema);
  };
}

function readKey(bytes: Buffer | null): string | null {
  // An id has at most 256 bytes; a longer key need not be decoded to be refused.
  if (bytes === null || bytes.length > 256) return null;
  // An id is ASCII: what else UTF-8 or not UTF-8 holds becomes other characters here, and is no id either.
  const key = bytes.toString('latin1');
  return isZenaId(key) ? key : null;
}

/** Where the JSON of an object begins, behind byte order marks and white space; null: there is none. */
function jsonStart(value: Buffer): number | null {
  // So nearly every value begins that is no JSON.
  if (value[0] === 0) return null;
  for (let at = 0; ;) {
    const byte = value[at];
    if (byte === OPENING_BRACE) return at;
    if (JSON_SPACES.includes(byte)) at += 1;
    else if (byte === MARK[0] && value[at + 1] === MARK[1] && value[at + 2] === MARK[2]) at += MARK.length;
    else return null;
  }
}

function describeUnreadable(value: Buffer): string {
  if (value.length === 0) return 'the value is empty';
  if (value[0] === 0) return `${value.length} bytes are too few for a schema id`;
  return 'the value is neither a JSON object nor in the wire format of a schema registry';
}

interface Source {
  readonly kind: EntityKind;
  readonly key: string;
  readonly place: LogPlace;
  readonly now: number;
  /** Of the value in the log. */
  readonly bytes: number;
  readonly maxBytes: number;
}

function readJson(source: Source, value: Buffer): DecodedMessage {
  const parsed = parseJsonValue(value);
  return 'code' in parsed ? { type: 'letter', ...parsed } : readShape(source, parsed.value);
}

function readAvro(source: Source & { readonly frame: ConfluentFrame }, schema: WriterSchema): DecodedMessage {
  const { frame } = source;
  if ('code' in schema) return letter(schema.code, `${schema.detail} (schema ${frame.schemaId})`);
  let value: unknown;
  try {
    value = schema.type.fromBuffer(frame.payload) as unknown;
  } catch (error) {
    // avsc throws on what does not fit the schema; what it says may hold bytes of the value.
    const reason = AVRO_FAULTS.find((known) => error instanceof Error && error.message === known);
    return letter('INVALID_AVRO', `the bytes do not fit schema ${frame.schemaId}: ${reason ?? 'unreadable'}`);
  }
  return readShape(source, value);
}

const AVRO_FAULTS = [
  'truncated buffer',
  'trailing data',
  'a number of too many bytes',
  'more items than the value can hold',
  'a name that is no UTF-8',
  'a branch that the union does not have',
  'a symbol that the enum does not have',
];

function readShape({ kind, key, place, now, bytes, maxBytes }: Source, value: unknown): DecodedMessage {
  const decoded = decodeChange(kind, value, key, now);
  if (!decoded.ok) return letter(decoded.code, decoded.message);
  const { event } = decoded;
  if (bytes * MOST_GROWTH > maxBytes) {
    const read = Buffer.byteLength(JSON.stringify(changeEnvelope(event)));
    if (read > maxBytes + SPELT_OUT_BYTES)
      return letter('TOO_LARGE', `${bytes} bytes become ${read} when they are read, more than ${maxBytes}`);
  }
  return change({ type: 'event', event, place });
}

/**
 * How much longer an event can be as it is stored than in the log: five bytes of Avro are a milestone of some seventy, one is a character
 * that takes six in JSON. So what is small need not be measured.
 */
const MOST_GROWTH = 16;
/** What the members of an envelope take that were left out and are spelt out where it is stored. */
const SPELT_OUT_BYTES = 1_024;

function change(read: Change): DecodedMessage {
  return { type: 'change', change: read };
}

function letter(code: Unreadable['code'], detail: string): DecodedMessage {
  return { type: 'letter', code, detail };
}

export interface DecodedMessages {
  /** How many messages were read, from the first on. */
  readonly count: number;
  /** In the order of the messages. */
  readonly changes: readonly Change[];
  readonly letters: readonly DeadLetter[];
}

export interface DecodeMessagesOptions {
  /** What a topic's messages are about. */
  readonly kindOf: (topic: string) => EntityKind;
  readonly decode: ValueDecoder;
  /** Epoch ms, for letters. */
  readonly now: () => number;
  /** Called after each look-up in the registry, which may have taken seconds. */
  readonly heartbeat: () => Promise<void>;
  /** Lets others have their turn of the event loop; called before each message. Absent: nobody else waits. */
  readonly breathe?: () => Promise<void>;
  /** Whether to leave the rest for later; asked after each look-up. */
  readonly enough?: () => boolean;
}

/** Decodes messages one after another. Throws `RegistryUnavailable`, and whatever the heartbeat does. */
export async function decodeMessages(
  messages: readonly LogMessage[],
  { kindOf, decode, now, heartbeat, breathe, enough = () => false }: DecodeMessagesOptions,
): Promise<DecodedMessages> {
  const changes: Change[] = [];
  const letters: DeadLetter[] = [];
  let count = 0;
  let done = false;
  for (const message of messages) {
    if (done) break;
    if (count > 0 && breathe !== undefined) await breathe();
    const kind = kindOf(message.place.topic);
    let decoded: DecodedMessage | Promise<DecodedMessage> = decode(kind, message);
    if (decoded instanceof Promise) {
      decoded = await decoded;
      await heartbeat();
      done = enough();
    }
    count += 1;
    if (decoded.type === 'change') changes.push(decoded.change);
    else letters.push(toLetter(message, kind, decoded, now()));
  }
  return { count, changes, letters };
}

/** What tells of a message that can't be taken in. */
export function toLetter(
  { place, key, value }: LogMessage,
  entity: EntityKind,
  { code, detail }: Pick<DeadLetter, 'code' | 'detail'>,
  failedAt: number,
): DeadLetter {
  const id = decodeLetterId(place);
  return {
    id,
    kind: 'decode',
    status: 'open',
    code,
    detail,
    fields: [],
    entity,
    entityId: readKey(key),
    source: place,
    key,
    value: value === null || value.length <= KEPT_BYTES ? value : value.subarray(0, KEPT_BYTES),
    firstFailedAt: failedAt,
    failedAt,
    attempts: 1,
    replays: 0,
    delivery: null,
  };
}
