import { describe, expect, it } from '@jest/globals';
import { loadChangeSchemas, subjectOf } from '../../../src/change-feed/schemas/change-schemas.ts';
import { incompatibilities } from '../../../src/change-feed/schemas/full-compatibility.ts';

interface Field {
  name: string;
  type: unknown;
  default?: unknown;
}
interface RecordSchema {
  name: string;
  namespace?: string;
  fields: Field[];
}

const schemas = loadChangeSchemas();
const parsed = (kind: keyof typeof schemas) => JSON.parse(schemas[kind].text) as RecordSchema;
const fields = (record: RecordSchema) => new Map(record.fields.map((field) => [field.name, field]));
const entity = (kind: keyof typeof schemas) =>
  (fields(parsed(kind)).get(kind)?.type as [string, RecordSchema])[1];

describe('The schemas of change events', () => {
  it.each([
    ['contact', 'ContactChange'],
    ['property', 'PropertyChange'],
    ['deal', 'DealChange'],
  ] as const)('of a %s have the envelope that all share', (kind, name) => {
    const schema = parsed(kind);
    expect([schema.namespace, schema.name]).toEqual(['zena.crm.v1', name]);
    const envelope = [
      'eventId',
      'occurredAt',
      'userId',
      'accountId',
      'entityId',
      'version',
      'operation',
      'origin',
      'causationId',
    ];
    expect([...fields(schema).keys()]).toEqual([...envelope, kind]);
    const defaults = schema.fields
      .filter((field) => 'default' in field)
      .map((field) => [field.name, field.default]);
    expect(defaults).toEqual([
      ['accountId', null],
      ['origin', 'zena'],
      ['causationId', null],
    ]);
    expect(fields(schema).get('occurredAt')?.type).toEqual({ type: 'long', logicalType: 'timestamp-millis' });
    expect(fields(schema).get('operation')?.type).toMatchObject({
      type: 'enum',
      symbols: ['UPSERT', 'DELETE'],
    });
  });

  it.each([
    ['contact', ['name', 'emails', 'phones', 'role', 'relationshipNotes', 'doNotContact', 'attributes']],
    ['property', ['address', 'vendors', 'buyers', 'milestones', 'riskOverview', 'attributes']],
    [
      'deal',
      [
        'propertyId',
        'stage',
        'riskLevel',
        'riskFlags',
        'nextAction',
        'nextActionOwner',
        'summary',
        'contacts',
        'attributes',
      ],
    ],
  ] as const)('of a %s carry the whole entity', (kind, names) => {
    expect([...fields(entity(kind)).keys()]).toEqual(names);
    expect(fields(entity(kind)).get('attributes')).toMatchObject({
      type: { type: 'map', values: 'string' },
      default: {},
    });
  });

  it('are registered for the values of their topic', () => {
    expect(subjectOf('zena.contact.changes')).toBe('zena.contact.changes-value');
  });
});

describe('The compatibility of two versions', () => {
  const changed = (change: (record: RecordSchema) => void): string => {
    const schema = parsed('contact');
    change(schema);
    return JSON.stringify(schema);
  };
  const ours = schemas.contact.text;

  it('holds for an addition with a default', () => {
    const more = changed(({ fields: all }) =>
      all.push({ name: 'office', type: ['null', 'string'], default: null }),
    );
    expect(incompatibilities(more, ours)).toEqual([]);
  });

  it.each<[string, (record: RecordSchema) => void, RegExp]>([
    [
      'an addition without a default',
      ({ fields: all }) => all.push({ name: 'office', type: 'string' }),
      /can not read what the registered one wrote/,
    ],
    [
      'a required field that is gone',
      ({ fields: all }) => all.splice(0, 1),
      /the registered version can not read/,
    ],
    ['another type', ({ fields: all }) => Object.assign(all[5] ?? {}, { type: 'string' }), /can not read/],
  ])('is broken by %s', (_, change, reason) => {
    const reasons = incompatibilities(changed(change), ours);
    expect(reasons.join('\n')).toMatch(reason);
  });

  it('is broken by a text that is no schema', () => {
    expect(incompatibilities(ours, '{"type":')).toEqual(['the registered version is no Avro schema']);
  });
});
