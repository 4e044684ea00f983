import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { encodeChangeAsJson } from '../../../src/change-feed/codec/encode-change.ts';
import { changeEnvelope } from '../../../src/domain/events/change-envelope.ts';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import {
  createValueDecoder,
  decodeMessages,
  type DecodedMessage,
  type ValueDecoder,
} from '../../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import type { EntityKind } from '../../../src/domain/entity.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { loadChangeSchemas } from '../../../src/change-feed/schemas/change-schemas.ts';
import { contactBody, propertyBody } from '../../support/builders.ts';
import { event } from '../sample-changes.ts';
import { answer, startFakeRegistry, type FakeRegistry } from './fake-registry.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';

const place = { topic: 'contacts', partition: 3, offset: '42' };
const schemas = loadChangeSchemas();
const wire = (schemaId: number, payload: Buffer) => writeFrame({ schemaId, payload });
const avroOf = (of: ReturnType<typeof event>) => schemas[of.kind].type.toBuffer(changeEnvelope(of));

describe('The value decoder', () => {
  let registry: FakeRegistry;
  let decode: ValueDecoder;

  const decoder = (): ValueDecoder => {
    const client = createRegistryClient({ url: registry.url, auth: null }, 1_000);
    const found = createWriterSchemas({ client, clock: systemClock, graceMs: [1], refusalMs: 50 });
    return createValueDecoder({ ...DECODER_LIMITS, schemas: found });
  };
  const read = async (
    value: Buffer | null,
    key: Buffer | null = Buffer.from('c-1'),
    kind: EntityKind = 'contact',
  ) => decode(kind, { place, key, value });
  const code = (decoded: DecodedMessage) => (decoded.type === 'letter' ? decoded.code : decoded.change.type);

  beforeEach(async () => {
    registry = await startFakeRegistry();
    for (const [id, kind] of [
      [1, 'contact'],
      [2, 'property'],
      [3, 'deal'],
    ] as const)
      registry.schemas.set(id, { schema: schemas[kind].text });
    registry.schemas.set(15, { schema: '"long"' });
    decode = decoder();
  });
  afterEach(() => registry.close());

  it.each(['contact', 'property', 'deal'] as const)(
    'reads a %s from Avro and from JSON to the same event',
    async (kind) => {
      const written = event(kind, 'e-1', 2 ** 53 - 1);
      const id = { contact: 1, property: 2, deal: 3 }[kind];
      const expected = { type: 'change', change: { type: 'event', event: written, place } };
      expect(await read(wire(id, avroOf(written)), Buffer.from('e-1'), kind)).toEqual(expected);
      expect(await read(encodeChangeAsJson(written), Buffer.from('e-1'), kind)).toEqual(expected);
    },
  );

  it('reads JSON with leading white space, without asking the registry', async () => {
    const spaced = Buffer.concat([Buffer.from(' \n\t'), encodeChangeAsJson(event('contact', 'c-1'))]);
    expect(code(await read(spaced))).toBe('event');
    expect(registry.asked).toEqual([]);
  });

  it('takes a null value for a tombstone at its place', async () => {
    expect(await read(null)).toEqual({
      type: 'change',
      change: { type: 'tombstone', kind: 'contact', entityId: 'c-1', place },
    });
  });

  it('reads an older writer whose schema lacks the optional fields, whatever its types are called', async () => {
    const fields = (names: Record<string, unknown>) =>
      Object.entries(names).map(([name, type]) => ({ name, type }));
    const texts = { type: 'array', items: 'string' };
    const person = {
      name: 'string',
      emails: texts,
      phones: texts,
      role: 'string',
      relationshipNotes: texts,
      extra: 'int',
    };
    const old = {
      type: 'record',
      name: 'Elsewhere',
      fields: fields({
        operation: { type: 'enum', name: 'Verb', symbols: ['DELETE', 'UPSERT'] },
        version: 'int',
        entityId: 'string',
        userId: 'string',
        eventId: 'string',
        occurredAt: 'long',
        contact: [{ type: 'record', name: 'Person', fields: fields(person) }, 'null'],
      }),
    };
    registry.schemas.set(9, { schema: JSON.stringify(old), schemaType: 'AVRO' });
    const { default: avro } = await import('avsc');
    const body = contactBody();
    const person1 = body.kind === 'contact' ? { ...body.contact, extra: 7 } : null;
    const payload = avro.Type.forSchema(old as Parameters<typeof avro.Type.forSchema>[0]).toBuffer({
      ...changeEnvelope(event('contact', 'c-1', 5)),
      contact: person1,
    });
    expect(await read(wire(9, payload))).toEqual({
      type: 'change',
      change: { type: 'event', event: event('contact', 'c-1', 5), place },
    });
  });

  it.each([
    ['an empty value', Buffer.alloc(0), 'UNREADABLE_VALUE'],
    ['one zero byte', Buffer.from([0]), 'UNREADABLE_VALUE'],
    ['a header cut short', Buffer.from([0, 0, 0, 1]), 'UNREADABLE_VALUE'],
    ['another magic byte', Buffer.from([1, 0, 0, 0, 1, 2]), 'UNREADABLE_VALUE'],
    ['a JSON array', Buffer.from('[{}]'), 'UNREADABLE_VALUE'],
    ['JSON cut short', Buffer.from('{"eventId":"e'), 'INVALID_JSON'],
    ['JSON that is no UTF-8', Buffer.from([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'INVALID_JSON'],
    ['JSON of another shape', Buffer.from('{"hello":"world"}'), 'INVALID_EVENT'],
    ['deeply nested JSON', Buffer.from(`{"a":${'['.repeat(1_000)}${']'.repeat(1_000)}}`), 'TOO_COMPLEX'],
    ['JSON of 100,000 values', Buffer.from(`{"a":[${'1,'.repeat(100_000)}1]}`), 'TOO_COMPLEX'],
    ['more than 256 KiB', Buffer.alloc(262_145, 0x20), 'TOO_LARGE'],
  ])('makes a letter of %s', async (_, value, expected) => {
    expect(code(await read(value))).toBe(expected);
  });

  it.each([
    [
      'Avro whose text takes six times as much where it is stored',
      contactBody({ relationshipNotes: ['\u0001'.repeat(60_000)] }),
    ],
    [
      'Avro of many short milestones',
      propertyBody({ milestones: Array.from({ length: 9_000 }, () => ({ type: '', date: 0, notes: null })) }),
    ],
  ])('makes a letter of %s', async (_, body) => {
    const written = { ...event(body.kind, 'e-1'), body };
    const value = wire(body.kind === 'contact' ? 1 : 2, avroOf(written));
    expect(value.length).toBeLessThan(70_000);
    const decoded = await read(value, Buffer.from('e-1'), body.kind);
    expect(decoded).toMatchObject({ type: 'letter', code: 'TOO_LARGE' });
    expect(JSON.stringify(decoded)).not.toContain('\\u0001');
  });

  it('reads an event of just as many bytes as may be, whatever its writer left out', async () => {
    const { kind, body, ...envelope } = event('contact', 'c-1');
    if (body?.kind !== 'contact') throw new TypeError(kind);
    const { attributes: _left, doNotContact: _out, ...person } = body.contact;
    const { accountId: _account, causationId: _cause, origin: _origin, ...told } = envelope;
    const short = JSON.stringify({ ...told, contact: { ...person, name: '' } });
    const name = 'n'.repeat(262_144 - short.length);
    const value = Buffer.from(JSON.stringify({ ...told, contact: { ...person, name } }));
    expect(value).toHaveLength(262_144);
    expect(code(await read(value))).toBe('event');
    expect(code(await read(Buffer.concat([value, Buffer.from(' ')])))).toBe('TOO_LARGE');
  });

  it('keeps of a value that is beyond all limits what a store can take, and that is never read as an event', async () => {
    const value = Buffer.alloc(17_000_000, ' ');
    encodeChangeAsJson(event('contact', 'c-1')).copy(value);
    const now = () => 5;
    const options = { decode, now, kindOf: () => 'contact' as const, heartbeat: () => Promise.resolve() };
    const { letters } = await decodeMessages([{ place, key: Buffer.from('c-1'), value }], options);
    expect(letters).toMatchObject([
      { code: 'TOO_LARGE', detail: '17000000 bytes are more than the 262144 that are read', failedAt: 5 },
    ]);
    const kept = Buffer.from(letters[0]?.value ?? []);
    expect(kept.length).toBeLessThan(16_000_000);
    const lenient = createValueDecoder({ ...DECODER_LIMITS, maxBytes: 15_728_640, schemas: null });
    expect(await lenient('contact', { place, key: Buffer.from('c-1'), value: kept })).toMatchObject({
      code: 'TOO_LARGE',
    });
  });

  it('refuses what is said to happen more than a day after now', async () => {
    const { occurredAt } = event('contact', 'c-1');
    const at = (now: number) => createValueDecoder({ schemas: null, maxBytes: 1_000, now: () => now });
    const message = { place, key: Buffer.from('c-1'), value: encodeChangeAsJson(event('contact', 'c-1')) };
    expect(code(await at(occurredAt - 86_400_000)('contact', message))).toBe('event');
    expect(code(await at(occurredAt - 86_400_001)('contact', message))).toBe('IMPLAUSIBLE_TIME');
  });

  it('counts neither brackets nor commas inside texts', async () => {
    const name = `"${'[{,'.repeat(30_000)}\\"${'['.repeat(100)}`;
    const written = event('contact', 'c-1', 1, { body: contactBody({ name }) });
    expect(await read(encodeChangeAsJson(written))).toMatchObject({
      change: { event: { body: { contact: { name } } } },
    });
  });

  it.each([
    ['cut short', (payload: Buffer) => payload.subarray(0, -3)],
    ['followed by other bytes', (payload: Buffer) => Buffer.concat([payload, Buffer.from('x')])],
    ['empty', () => Buffer.alloc(0)],
  ])('makes a letter of Avro that is %s', async (_, spoil) => {
    expect(code(await read(wire(1, spoil(avroOf(event('contact', 'c-1'))))))).toBe('INVALID_AVRO');
  });

  it.each([2n ** 53n, 2n ** 53n + 1n, 2n ** 63n - 1n, -(2n ** 53n), -(2n ** 53n - 1n)])(
    'makes a letter of version %s',
    async (tooFar) => {
      const long = (value: bigint): Buffer => {
        const bytes: number[] = [];
        for (let rest = BigInt.asUintN(64, (value << 1n) ^ (value >> 63n)); ; rest >>= 7n) {
          bytes.push(Number(rest & 0x7fn) | (rest > 0x7fn ? 0x80 : 0));
          if (rest <= 0x7fn) return Buffer.from(bytes);
        }
      };
      const payload = avroOf(event('contact', 'c-1', 4_242_424_242));
      const at = payload.indexOf(long(4_242_424_242n));
      const spoilt = Buffer.concat([
        payload.subarray(0, at),
        long(tooFar),
        payload.subarray(at + long(4_242_424_242n).length),
      ]);
      expect(await read(wire(1, spoilt))).toMatchObject({
        code: 'INVALID_EVENT',
        detail: '/version: not a whole number from 0 to 2^53 - 1',
      });
    },
  );

  it('makes a letter, at once, of a list that announces more items than the value can hold', async () => {
    const body = contactBody({ emails: [], phones: [] });
    const payload = avroOf(event('contact', 'c-1', 1, { body }));
    const name = Buffer.from('Ada Lovelace');
    const at = payload.indexOf(name) + name.length;
    const count = Buffer.from([0xfe, 0xff, 0xff, 0xff, 0x0f]);
    expect(
      code(await read(wire(1, Buffer.concat([payload.subarray(0, at), count, payload.subarray(at + 1)])))),
    ).toBe('INVALID_AVRO');
  });

  it('makes a letter, at once, of a number of 200,000 bytes', async () => {
    expect(code(await read(wire(15, Buffer.alloc(200_000, 0xff))))).toBe('INVALID_AVRO');
  });

  it('keeps entries named like members of every object, and reaches no prototype', async () => {
    const attributes = JSON.parse('{"__proto__":"a","constructor":"b","polluted":"c"}') as Record<
      string,
      string
    >;
    const written = event('contact', 'c-1', 1, { body: contactBody({ attributes }) });
    const raw = JSON.stringify(changeEnvelope(written)).replace('{', '{"__proto__":{"polluted":true},');
    for (const value of [Buffer.from(raw), wire(1, avroOf(written))]) {
      const decoded = await read(value);
      const seen =
        decoded.type === 'change' && decoded.change.type === 'event' ? decoded.change.event.body : null;
      expect(seen?.kind === 'contact' && Object.entries(seen.contact.attributes)).toEqual(
        Object.entries(attributes),
      );
    }
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
  });

  it.each([
    ['no key', null, 'KEY_INVALID'],
    ['an empty key', Buffer.alloc(0), 'KEY_INVALID'],
    ['a key with a space', Buffer.from('c 1'), 'KEY_INVALID'],
    ['a key that is no UTF-8', Buffer.from([0xc3, 0x28]), 'KEY_INVALID'],
    ['a key of 257 bytes', Buffer.alloc(257, 0x61), 'KEY_INVALID'],
    ['the key of another entity', Buffer.from('c-2'), 'KEY_MISMATCH'],
  ])('makes a letter of a message with %s', async (_, key, expected) => {
    expect(code(await read(encodeChangeAsJson(event('contact', 'c-1')), key))).toBe(expected);
    if (expected === 'KEY_INVALID') expect(code(await read(null, key))).toBe(expected);
  });

  it('makes letters of other kinds of schema, of broken ones and of references that lead nowhere', async () => {
    registry.schemas.set(11, { schema: '{"type":"object"}', schemaType: 'JSON' });
    registry.schemas.set(12, { schema: 'syntax = "proto3";', schemaType: 'PROTOBUF' });
    registry.schemas.set(13, { schema: '{"type":"record"' });
    registry.schemas.set(14, {
      schema: '"a.b.C"',
      references: [{ name: 'a.b.C', subject: 'gone', version: 1 }],
    });
    const value = Buffer.from('anything');
    expect(await read(wire(11, value))).toMatchObject({
      code: 'UNSUPPORTED_SCHEMA',
      detail: 'the schema is of kind JSON (schema 11)',
    });
    expect(code(await read(wire(12, value)))).toBe('UNSUPPORTED_SCHEMA');
    expect(code(await read(wire(13, value)))).toBe('INVALID_SCHEMA');
    expect(await read(wire(14, value)).catch((error: unknown) => error)).toMatchObject({
      code: 'INVALID_SCHEMA',
    });
  });

  it('makes a letter of a schema id that the registry does not know, and does not ask for impossible ones', async () => {
    expect(code(await read(wire(404, Buffer.from('x'))))).toBe('UNKNOWN_SCHEMA');
    const before = registry.asked.length;
    expect(code(await read(wire(-5, Buffer.from('x'))))).toBe('UNKNOWN_SCHEMA');
    expect(registry.asked.length).toBe(before);
  });

  it('waits for a schema id that appears a moment later', async () => {
    registry.trouble = (_, response) => {
      answer(response, 404, { error_code: 40403, message: 'not yet' });
      if (registry.asked.length === 2) registry.trouble = null;
    };
    expect(code(await read(wire(1, avroOf(event('contact', 'c-1')))))).toBe('event');
  });

  it.each([
    ['fails', 500, { error_code: 50001, message: 'store error' }],
    ['is behind a proxy that fails', 502, 'bad gateway'],
    ['rejects our login', 401, { error_code: 401, message: 'no' }],
    ['has had too much', 429, { error_code: 42901, message: 'slow down' }],
    ['is not at this address', 404, { error_code: 404, message: 'HTTP 404 Not Found' }],
    ['is a web page', 200, 'hello'],
  ])('stops instead of making letters while the registry %s', async (_, status, body) => {
    registry.trouble = (_request, response) => answer(response, status, body);
    const value = wire(1, avroOf(event('contact', 'c-1')));
    await expect(read(value)).rejects.toMatchObject({
      name: 'RegistryUnavailable',
      code: 'REGISTRY_UNAVAILABLE',
    });
    registry.trouble = null;
    expect(code(await read(value))).toBe('event');
  });

  it('stops instead of making letters while the registry hangs or is gone', async () => {
    registry.trouble = () => undefined;
    const value = wire(1, avroOf(event('contact', 'c-1')));
    await expect(read(value)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    await registry.close();
    await expect(read(value)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    registry = await startFakeRegistry();
  });

  it('makes a letter of Avro where no registry is configured', async () => {
    const plain = createValueDecoder({ ...DECODER_LIMITS, schemas: null });
    expect(
      await plain('contact', { place, key: Buffer.from('c-1'), value: wire(1, Buffer.from('x')) }),
    ).toMatchObject({ code: 'NO_REGISTRY' });
  });

  it('never puts the value into what it says about it', async () => {
    const canary = 'ada@example.test';
    for (const value of [
      Buffer.from(`{"userId":"${canary}`),
      Buffer.from(`{"operation":"${canary}"}`),
      Buffer.from(canary),
      wire(1, Buffer.from(canary)),
    ]) {
      expect(JSON.stringify(await read(value))).not.toContain('ada');
    }
  });
});
