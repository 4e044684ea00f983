import fc from 'fast-check';
import type { EntityKind } from '../../../src/domain/entity.ts';
import { anyCodePoint } from '../../domain/canonical/any-code-point.ts';

/** What a writer made of one value: its schema as registered, the bytes, and what a reader is to get. */
export interface Written {
  readonly schema: unknown;
  readonly bytes: Buffer;
  readonly expected: unknown;
  /** Pointers of values that are written as what no reader could take for what they are. */
  readonly bad: readonly string[];
  /** In place of a field: it is not written at all. */
  readonly leftOut?: true;
}

type Any = fc.Arbitrary<Written>;

const varint = (value: bigint | number): Buffer => {
  const bytes: number[] = [];
  const number = BigInt(value);
  for (let rest = BigInt.asUintN(64, (number << 1n) ^ (number >> 63n)); ; rest >>= 7n) {
    bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
    if (rest <= 0x7fn) return Buffer.from(bytes);
  }
};
const counted = (bytes: Buffer) => Buffer.concat([varint(bytes.length), bytes]);
const double = (value: number) => {
  const bytes = Buffer.alloc(8);
  bytes.writeDoubleLE(value);
  return bytes;
};
const good = (schema: unknown, bytes: Buffer, expected: unknown): Written => ({
  schema,
  bytes,
  expected,
  bad: [],
});
const pick = <T>(...items: T[]) => fc.constantFrom(...items);

const typeName = pick('T', 'a.b.T', 'com.acme.crm.Event', 'Outer$Inner', 'x-y', 'Ünïcode', '_1');
const namespace = pick<object>(
  {},
  {},
  { namespace: 'a.b' },
  { namespace: '' },
  { namespace: 'zena.crm.v1' },
  { namespace: null },
);
/** What readers and people look at, and we don't: much of it is invalid, as published schemas have it. */
const noise = pick<object>(
  {},
  {},
  { default: '' },
  { default: null },
  { default: { a: [1] } },
  { aliases: ['x-y', '9'] },
  { aliases: null, doc: 7, order: 'sideways' },
);
const ODD_BRANCHES = [
  'null',
  'int',
  'boolean',
  'string',
  { type: 'array', items: 'long' },
  { type: 'record', name: 'Other', fields: [{ name: 'name', type: 'string' }] },
  { type: 'fixed', name: 'F', size: 3 },
];

/** The same value in other clothes: wrapped, or as a branch of a union of any kind, which may be in a union itself. */
function dressed(inner: Any): Any {
  const around = fc.record({ before: fc.subarray(ODD_BRANCHES), after: fc.subarray(ODD_BRANCHES) });
  return fc
    .tuple(inner, pick('bare', 'bare', 'object', 'union', 'nested'), around)
    .map(([written, how, { before, after }]) => {
      if (how === 'bare') return written;
      if (how === 'object') return { ...written, schema: { type: written.schema, doc: 'wrapped' } };
      const branches = [...before, written.schema, ...after];
      const bytes = Buffer.concat([varint(before.length), written.bytes]);
      if (how === 'union') return { ...written, schema: branches, bytes };
      return { ...written, schema: ['null', branches], bytes: Buffer.concat([varint(1), bytes]) };
    });
}

/** Now and then a value is written as something else; then the reader is to say which. */
function sometimesBad(at: string, fine: Any, ...schemas: readonly (readonly [unknown, Buffer])[]): Any {
  const wrong = pick(...schemas).map(([schema, bytes]) => ({ schema, bytes, expected: null, bad: [at] }));
  return fc.oneof({ arbitrary: fine, weight: 60 }, { arbitrary: wrong, weight: 1 });
}

const NO_TEXT = [
  ['bytes', counted(Buffer.from('x'))],
  ['int', varint(7)],
  ['boolean', Buffer.from([1])],
  [{ type: 'map', values: 'string' }, varint(0)],
  ['string', counted(Buffer.from([0x4a, 0xe9]))],
] as const;

function plainText(value: string): Any {
  const string = pick<unknown>(
    'string',
    { type: 'string' },
    { type: 'string', 'avro.java.string': 'String' },
  ).map((schema) => good(schema, counted(Buffer.from(value)), value));
  const symbol = fc
    .tuple(typeName, namespace, fc.array(fc.string(), { maxLength: 3 }))
    .map(([name, space, others]) =>
      good(
        { type: 'enum', name, ...space, symbols: [...others, value], default: 3 },
        varint(others.length),
        value,
      ),
    );
  return fc.oneof({ arbitrary: string, weight: 3 }, symbol);
}

const text = (at: string, value: string) => sometimesBad(at, dressed(plainText(value)), ...NO_TEXT);

/** A field that may be null, or not be there. */
function optional(value: string | null, at: string): Any {
  if (value !== null) return text(at, value);
  return pick<Written>(
    { ...good('null', Buffer.alloc(0), null), leftOut: true },
    good(['null', 'string'], varint(0), null),
    good(['string', 'null'], varint(1), null),
    good('null', Buffer.alloc(0), null),
  );
}

/** Items share a schema, so each item is written in the way of the first. */
function list(values: readonly unknown[], item: (value: unknown, index: number) => Any, at: string): Any {
  const empty = pick<Written>(
    { ...good('null', Buffer.alloc(0), []), leftOut: true },
    good(['null', { type: 'array', items: 'string' }], varint(0), []),
    good({ type: 'array', items: 'string' }, varint(0), []),
  );
  if (values.length === 0) return empty;
  const filled = fc.nat({ max: 2 ** 31 - 1 }).chain((seed) => {
    // One seed for all items: the same choices, and so the same schema.
    const written = values.map(
      (value, index) => fc.sample(item(value, index), { numRuns: 1, seed })[0] as Written,
    );
    const same = written.filter(
      ({ schema }) => JSON.stringify(schema) === JSON.stringify(written[0]?.schema),
    );
    return pick('one', 'sized', 'each').map((how): Written => {
      const blocks =
        how === 'each'
          ? same.map(({ bytes }) => Buffer.concat([varint(1), bytes]))
          : [
              blockOf(
                same.map(({ bytes }) => bytes),
                how === 'sized',
              ),
            ];
      return {
        schema: { type: 'array', items: written[0]?.schema, default: null },
        bytes: Buffer.concat([...blocks, varint(0)]),
        expected: same.map(({ expected }) => expected),
        bad: same.flatMap(({ bad }) => bad),
      };
    });
  });
  return sometimesBad(at, dressed(filled), ['string', counted(Buffer.from('x'))], ['int', varint(1)]);
}

function blockOf(items: readonly Buffer[], sized: boolean): Buffer {
  const bytes = Buffer.concat(items);
  return Buffer.concat(
    sized ? [varint(-items.length), varint(bytes.length), bytes] : [varint(items.length), bytes],
  );
}

function attributes(values: Readonly<Record<string, string>>): Any {
  const entries = Object.entries(values);
  const bytes = entries.flatMap(([name, value]) => [counted(Buffer.from(name)), counted(Buffer.from(value))]);
  const map = good(
    { type: 'map', values: 'string', default: 'none' },
    Buffer.concat([...(entries.length === 0 ? [] : [varint(entries.length), ...bytes]), varint(0)]),
    values,
  );
  const none: Written = { ...good('null', Buffer.alloc(0), {}), leftOut: true };
  return entries.length === 0
    ? fc.oneof(
        fc.constant(none),
        fc.constant(good(['null', map.schema], varint(0), {})),
        dressed(fc.constant(map)),
      )
    : dressed(fc.constant(map));
}

const DECIMAL = { logicalType: 'decimal', precision: 20 };

function version(value: number): Any {
  const twosComplement = (number: bigint) => {
    const bytes = Buffer.alloc(10);
    bytes.writeBigInt64BE(number >> 16n, 0);
    bytes.writeUInt16BE(Number(number & 0xffffn), 8);
    return bytes;
  };
  const whole = twosComplement(BigInt(value));
  const cents = twosComplement(BigInt(value) * 100n);
  const ways = pick(
    good('long', varint(value), value),
    good(value < 2 ** 31 ? 'int' : 'long', varint(value), value),
    good('double', double(value), value),
    good({ type: 'bytes', ...DECIMAL }, counted(whole), value),
    good({ type: 'bytes', ...DECIMAL, scale: 2 }, counted(cents), value),
    good({ type: 'fixed', name: 'NUMBER', size: 10, ...DECIMAL, scale: 0 }, whole, value),
  );
  return sometimesBad(
    '/version',
    dressed(ways),
    ['string', counted(Buffer.from('1'))],
    ['long', varint(2n ** 60n)],
  );
}

export interface ExpectedTime {
  readonly millis: number;
  readonly day?: string;
}

/** A time in any unit, by its logical type; what is expected tells the day where the type does. */
function time(ms: number, at: string): Any {
  const day = Math.floor(ms / 86_400_000);
  const dayText = new Date(day * 86_400_000).toISOString().slice(0, 10);
  const zoned: ExpectedTime = { millis: ms };
  const local: ExpectedTime = { millis: ms, day: dayText };
  const days: ExpectedTime = { millis: day * 86_400_000, day: dayText };
  const long = (name: string, raw: bigint | number, expected: ExpectedTime) =>
    good({ type: 'long', logicalType: name }, varint(raw), expected);
  const ways = fc
    .integer({ min: 0, max: 999 })
    .chain((rest) =>
      pick(
        good('long', varint(ms), zoned),
        good('double', double(ms), zoned),
        long('timestamp-millis', ms, zoned),
        long('timestamp-micros', BigInt(ms) * 1_000n + BigInt(rest), zoned),
        long('timestamp-nanos', BigInt(ms) * 1_000_000n + BigInt(rest), zoned),
        long('local-timestamp-millis', ms, local),
        long('local-timestamp-micros', BigInt(ms) * 1_000n + BigInt(rest), local),
        long('local-timestamp-nanos', BigInt(ms) * 1_000_000n + BigInt(rest), local),
        long('date', day, days),
        good({ type: 'int', logicalType: 'date' }, varint(day), days),
        good(
          { type: 'long', 'connect.name': 'io.debezium.time.MicroTimestamp' },
          varint(BigInt(ms) * 1_000n),
          local,
        ),
        good('string', counted(Buffer.from(new Date(ms).toISOString())), zoned),
        good('string', counted(Buffer.from(new Date(ms).toISOString().replace('Z', '+0000'))), local),
      ),
    );
  return sometimesBad(
    at,
    dressed(ways),
    ['boolean', Buffer.from([1])],
    [{ type: 'int', logicalType: 'time-millis' }, varint(5)],
  );
}

/** Fields in any order, among others that are nobody's business. */
function record(fields: Readonly<Record<string, Any>>, name?: string): Any {
  const extras = fc.subarray([
    { name: 'x-1', type: 'long', bytes: varint(2n ** 62n) },
    { name: '__proto__', type: { type: 'map', values: 'string' }, bytes: varint(0) },
    { name: 'constructor', type: { type: 'fixed', name: 'Two', size: 2 }, bytes: Buffer.from([1, 2]) },
    { name: 'self', type: ['null', 'T'], bytes: varint(0) },
    { name: 'extra', type: 'string', bytes: counted(Buffer.from([0xff])) },
  ]);
  const parts = fc.record(fields);
  const order = fc.array(fc.nat(), { minLength: 40, maxLength: 40 });
  return fc
    .tuple(parts, extras, order, typeName, namespace, fc.array(noise, { minLength: 40, maxLength: 40 }))
    .map(([written, more, keys, anyName, space, noises]): Written => {
      const own = Object.entries(written).filter(([, each]) => each.leftOut === undefined);
      const all = [
        ...own.map(([field, { schema, bytes }]) => ({ name: field, type: schema, bytes })),
        ...more.map((extra) =>
          extra.name === 'self' ? { ...extra, type: ['null', name ?? anyName] } : extra,
        ),
      ]
        .map((field, index) => ({ field, key: keys[index] ?? 0, extra: noises[index] ?? {} }))
        .sort((a, b) => a.key - b.key);
      return {
        schema: {
          type: 'record',
          name: name ?? anyName,
          ...space,
          fields: all.map(({ field, extra }) => ({ name: field.name, type: field.type, ...extra })),
        },
        bytes: Buffer.concat(all.map(({ field }) => field.bytes)),
        expected: Object.fromEntries(
          Object.entries(written).map(([field, { expected }]) => [field, expected]),
        ),
        bad: Object.values(written).flatMap(({ bad }) => bad),
      };
    });
}

const anyText = fc.string({ unit: anyCodePoint, maxLength: 12 });
export const anyId = fc.stringMatching(/^[!-~]{1,20}$/);
const someTime = fc.integer({ min: Date.UTC(1901, 0, 1), max: Date.UTC(2026, 0, 1) });
const maybe = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });
const texts = (at: string, of = anyText) =>
  fc
    .array(of, { maxLength: 3 })
    .chain((values) => list(values, (value, index) => text(`${at}/${index}`, value as string), at));

const BODIES: Readonly<Record<EntityKind, () => Any>> = {
  contact: () =>
    record({
      name: anyText.chain((value) => text('/contact/name', value)),
      emails: texts('/contact/emails'),
      phones: texts('/contact/phones'),
      role: anyText.chain((value) => text('/contact/role', value)),
      relationshipNotes: texts('/contact/relationshipNotes'),
      attributes: fc.dictionary(anyText, anyText, { maxKeys: 3 }).chain(attributes),
    }),
  property: () =>
    record({
      address: anyText.chain((value) => text('/property/address', value)),
      vendors: texts('/property/vendors', anyId),
      buyers: texts('/property/buyers', anyId),
      milestones: fc.array(fc.tuple(anyText, someTime, maybe(anyText)), { maxLength: 2 }).chain((values) =>
        list(
          values,
          (value, index) => {
            const at = `/property/milestones/${index}`;
            const [type, date, notes] = value as readonly [string, number, string | null];
            return record({
              type: text(`${at}/type`, type),
              date: time(date, `${at}/date`),
              notes: optional(notes, `${at}/notes`),
            });
          },
          '/property/milestones',
        ),
      ),
      riskOverview: maybe(anyText).chain((value) => optional(value, '/property/riskOverview')),
      attributes: fc.dictionary(anyText, anyText, { maxKeys: 3 }).chain(attributes),
    }),
  deal: () =>
    record({
      propertyId: maybe(anyId).chain((value) => optional(value, '/deal/propertyId')),
      stage: anyText.chain((value) => text('/deal/stage', value)),
      riskLevel: anyText.chain((value) => text('/deal/riskLevel', value)),
      riskFlags: texts('/deal/riskFlags'),
      nextAction: maybe(anyText).chain((value) => optional(value, '/deal/nextAction')),
      nextActionOwner: maybe(anyText).chain((value) => optional(value, '/deal/nextActionOwner')),
      summary: maybe(anyText).chain((value) => optional(value, '/deal/summary')),
      contacts: texts('/deal/contacts', anyId),
      attributes: fc.dictionary(anyText, anyText, { maxKeys: 3 }).chain(attributes),
    }),
};

/** An event of a kind, as some program wrote it in Avro. */
export function anyWriterOf(kind: EntityKind, entityId: string): Any {
  return record({
    eventId: anyText.chain((value) => text('/eventId', value)),
    occurredAt: someTime.chain((value) => time(value, '/occurredAt')),
    userId: anyId.chain((value) => text('/userId', value)),
    accountId: maybe(anyId).chain((value) => optional(value, '/accountId')),
    entityId: text('/entityId', entityId),
    version: fc.maxSafeNat().chain(version),
    operation: text('/operation', 'UPSERT'),
    causationId: maybe(anyText).chain((value) => optional(value, '/causationId')),
    [kind]: dressed(BODIES[kind]()),
  });
}
