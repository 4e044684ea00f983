import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import { compileWriterSchema } from '../../../src/change-feed/codec/compile-writer-schema.ts';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { changeEnvelope } from '../../../src/domain/events/change-envelope.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import { createValueDecoder, type DecodedMessage } from '../../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { loadChangeSchemas } from '../../../src/change-feed/schemas/change-schemas.ts';
import { propertyBody } from '../../support/builders.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';
import { event } from '../sample-changes.ts';
import { startFakeRegistry, type FakeRegistry } from './fake-registry.ts';

type Node = Record<string, unknown>;
const place = { topic: 'changes', partition: 0, offset: '1' };
const { contact, property } = loadChangeSchemas();
const schemaOf = (text: string) => JSON.parse(text) as Node & { fields: Node[] };
const NINE = Date.UTC(2026, 2, 1, 9);

/** Every record, enum, union and field of a schema, changed in place. */
function eachNode(schema: unknown, change: (node: Node) => void): unknown {
  if (Array.isArray(schema)) for (const item of schema) eachNode(item, change);
  else if (typeof schema === 'object' && schema !== null) {
    change(schema as Node);
    for (const name of ['type', 'items', 'values', 'fields']) eachNode((schema as Node)[name], change);
  }
  return schema;
}

describe('An event of the registry', () => {
  let registry: FakeRegistry;
  beforeEach(async () => {
    registry = await startFakeRegistry();
  });
  afterEach(() => registry.close());

  const read = async (kind: 'contact' | 'property', payload: Buffer): Promise<DecodedMessage> => {
    const client = createRegistryClient({ url: registry.url, auth: null }, 1_000);
    const schemas = createWriterSchemas({ client, clock: systemClock, graceMs: [] });
    const decode = createValueDecoder({ ...DECODER_LIMITS, schemas });
    return decode(kind, { place, key: Buffer.from('e-1'), value: writeFrame({ schemaId: 1, payload }) });
  };
  const contactPayload = () => contact.type.toBuffer(changeEnvelope(event('contact', 'e-1', 3)));
  const contactRead = { type: 'change', change: { type: 'event', event: event('contact', 'e-1', 3), place } };

  it.each<[string, (node: Node) => void]>([
    [
      'defaults that are invalid',
      (node) => 'name' in node && !('symbols' in node) && Object.assign(node, { default: '' }),
    ],
    ['defaults of objects', (node) => Object.assign(node, { default: { a: 1 } })],
    [
      'an enum default that it does not have',
      (node) => 'symbols' in node && Object.assign(node, { default: 'OTHER' }),
    ],
    ['odd aliases', (node) => Object.assign(node, { aliases: ['x-y', '', 'a..b', 9] })],
    ['aliases that are null', (node) => Object.assign(node, { aliases: null, doc: null, order: null })],
    ['namespaces everywhere', (node) => 'fields' in node && Object.assign(node, { namespace: 'a.b.c' })],
    ['namespaces that are null', (node) => Object.assign(node, { namespace: null })],
    [
      'names of nested classes',
      (node) => 'fields' in node && Object.assign(node, { name: 'Outer$Inner+Generic<T>' }),
    ],
    ['types without names', (node) => 'fields' in node && delete node['name']],
    [
      'properties of code generators',
      (node) => Object.assign(node, { 'avro.java.string': 'String', 'connect.version': 1 }),
    ],
  ])('is read whatever the schema has for %s', async (_what, change) => {
    registry.schemas.set(1, { schema: JSON.stringify(eachNode(schemaOf(contact.text), change)) });
    expect(await read('contact', contactPayload())).toEqual(contactRead);
  });

  it.each([null, undefined, 'AVRO'])('e4: is Avro where the kind of the schema is %p', async (schemaType) => {
    registry.schemas.set(1, { schema: contact.text, schemaType });
    expect(await read('contact', contactPayload())).toEqual(contactRead);
  });

  it.each<[string, unknown, number, object]>([
    ['timestamp-millis', { type: 'long', logicalType: 'timestamp-millis' }, NINE, { date: NINE }],
    ['timestamp-micros', { type: 'long', logicalType: 'timestamp-micros' }, NINE * 1e3 + 999, { date: NINE }],
    [
      'local-timestamp-millis',
      { type: 'long', logicalType: 'local-timestamp-millis' },
      NINE,
      { date: NINE, day: '2026-03-01' },
    ],
    [
      'local-timestamp-micros',
      { type: 'long', logicalType: 'local-timestamp-micros' },
      NINE * 1e3,
      { date: NINE, day: '2026-03-01' },
    ],
    ['date', { type: 'int', logicalType: 'date' }, 20_513, { date: 20_513 * 86_400_000, day: '2026-03-01' }],
    [
      'date on a long',
      { type: 'long', logicalType: 'date' },
      20_513,
      { date: 20_513 * 86_400_000, day: '2026-03-01' },
    ],
    ['date before 1970', { type: 'int', logicalType: 'date' }, -1, { date: -86_400_000, day: '1969-12-31' }],
    ['micros before 1970', { type: 'long', logicalType: 'timestamp-micros' }, -1, { date: -1 }],
    ['a logical type that nobody knows', { type: 'long', logicalType: 'unheard-of' }, NINE, { date: NINE }],
  ])('e2: has its milestone’s date in the unit of %s', async (_what, type, raw, expected) => {
    const schema = schemaOf(property.text);
    eachNode(schema, (node) => node['name'] === 'date' && Object.assign(node, { type }));
    registry.schemas.set(1, { schema: JSON.stringify(schema) });
    const milestones = [{ type: 'auction', date: raw, notes: null }];
    const written = avro.Type.forSchema(schema as unknown as avro.Schema);
    const payload = written.toBuffer({
      ...changeEnvelope(event('property', 'e-1', 3)),
      property: { ...(propertyBody() as { property: object }).property, milestones },
    });
    const told = [{ type: 'auction', notes: null, ...expected }];
    expect(await read('property', payload)).toMatchObject({
      change: { event: { body: { property: { milestones: told } } } },
    });
  });

  it('has its logical type beside the type as well as within it', async () => {
    const schema = schemaOf(contact.text);
    eachNode(
      schema,
      (node) =>
        node['name'] === 'occurredAt' &&
        Object.assign(node, { type: ['null', 'long'], logicalType: 'timestamp-micros' }),
    );
    registry.schemas.set(1, { schema: JSON.stringify(schema) });
    const written = avro.Type.forSchema(schema as unknown as avro.Schema);
    const payload = written.toBuffer({
      ...changeEnvelope(event('contact', 'e-1', 3)),
      occurredAt: NINE * 1e3,
    });
    expect(await read('contact', payload)).toMatchObject({ change: { event: { occurredAt: NINE } } });
  });

  it('says which field it is that can not be read', async () => {
    const schema = schemaOf(contact.text);
    eachNode(schema, (node) => node['name'] === 'role' && Object.assign(node, { type: 'bytes' }));
    registry.schemas.set(1, { schema: JSON.stringify(schema) });
    const written = avro.Type.forSchema(schema as unknown as avro.Schema);
    const { contact: person, ...rest } = changeEnvelope(event('contact', 'e-1', 3));
    const payload = written.toBuffer({
      ...rest,
      contact: { ...(person as object), role: Buffer.from('buyer') },
    });
    expect(await read('contact', payload)).toMatchObject({
      code: 'INVALID_EVENT',
      detail: '/contact/role: not a text',
    });
  });

  it('is never read with other characters in the place of bytes that are no UTF-8', async () => {
    registry.schemas.set(1, { schema: contact.text });
    const payload = contactPayload();
    payload[payload.indexOf('Ada')] = 0xe9;
    expect(await read('contact', payload)).toMatchObject({
      code: 'INVALID_EVENT',
      detail: '/contact/name: not a text',
    });
  });

  it('may have types of other subjects, which refer to others again', async () => {
    const schema = schemaOf(contact.text);
    const field = schema.fields.find(({ name }) => name === 'contact') as { type: unknown[] };
    const person = field.type[1] as Node & { fields: Node[] };
    const role = { type: 'enum', name: 'people.Role', symbols: ['buyer', 'vendor'] };
    for (const each of person.fields) if (each['name'] === 'role') each['type'] = 'people.Role';
    field.type[1] = 'people.Person';
    registry.schemas.set(1, {
      schema: JSON.stringify(schema),
      references: [{ name: 'people.Person', subject: 'person', version: 2 }],
    });
    registry.versions.set('person/2', {
      schema: JSON.stringify({ ...person, name: 'Person', namespace: 'people' }),
      schemaType: null,
      references: [{ name: 'people.Role', subject: 'role', version: 1 }],
    });
    registry.versions.set('role/1', { schema: JSON.stringify(role), schemaType: 'AVRO' });
    const whole = structuredClone(schema);
    (whole.fields.find(({ name }) => name === 'contact') as { type: unknown[] }).type[1] = {
      ...person,
      fields: person.fields.map((each) => (each['name'] === 'role' ? { ...each, type: role } : each)),
    };
    const payload = avro.Type.forSchema(whole as unknown as avro.Schema).toBuffer(
      changeEnvelope(event('contact', 'e-1', 3)),
    );
    expect(await read('contact', payload)).toEqual(contactRead);
  });
});

describe('A writer’s schema', () => {
  const faultOf = (schema: unknown, ...referenced: unknown[]) => {
    const compiled = compileWriterSchema(schema, referenced);
    return compiled.ok ? null : compiled.fault;
  };

  it.each<[unknown, string]>([
    [null, '/: not a schema'],
    [5, '/: not a schema'],
    ['strin', '/: names a type that is nowhere defined'],
    [{ type: 'record', name: 'A' }, '/: a record without fields'],
    [{ type: 'record', name: 'A', fields: [null] }, '/fields/0: not a field'],
    [
      { type: 'record', name: 'A', fields: [{ name: 'a', type: ['null', 'B'] }] },
      '/fields/0/type/1: names a type that is nowhere defined',
    ],
    [
      {
        type: 'record',
        fields: [
          { name: 'role', type: 'int' },
          { name: 'role', type: 'string' },
        ],
      },
      '/fields/1: a second field of this name',
    ],
    [{ type: 'enum', name: 'E' }, '/: an enum without symbols'],
    [{ type: 'fixed', name: 'F', size: 'x' }, '/: a fixed without a size'],
    [{ type: 'array' }, '/items: not a schema'],
  ])('%j is refused at its place', (schema, fault) => {
    expect(faultOf(schema)).toBe(fault);
  });

  it('of any depth is read or refused, and never runs out of stack', () => {
    let deep: unknown = 'string';
    for (let level = 0; level < 5_000; level += 1) deep = { type: 'array', items: deep };
    expect(faultOf(deep)).toMatch(/nested too deeply$/);
    const endless = { type: 'record', name: 'A', fields: [{ name: 'name', type: 'A' }] };
    const compiled = compileWriterSchema(endless, []);
    expect(() => compiled.ok && compiled.type.fromBuffer(Buffer.from([0]))).toThrow(RangeError);
  });

  it('may name a type before it is defined, define it twice, and contain itself', () => {
    const person = (field: string) => ({
      type: 'record',
      name: 'P',
      fields: [{ name: field, type: 'string' }],
    });
    const schema = {
      type: 'record',
      name: 'a.Root',
      fields: [
        { name: 'contact', type: 'a.P' },
        { name: 'property', type: person('name') },
        { name: 'deal', type: person('role') },
        { name: 'notes', type: 'P' },
        { name: 'type', type: ['null', 'Root'] },
      ],
    };
    const text = (value: string) => Buffer.from([value.length * 2, ...Buffer.from(value)]);
    const bytes = Buffer.concat([...['one', 'two', 'three', 'four'].map(text), Buffer.from([0])]);
    const compiled = compileWriterSchema(schema, []);
    expect(compiled.ok && JSON.parse(JSON.stringify(compiled.type.fromBuffer(bytes)))).toEqual({
      contact: { name: 'one' },
      property: { name: 'two' },
      deal: { role: 'three' },
      notes: { role: 'four' },
      type: null,
    });
  });
});
