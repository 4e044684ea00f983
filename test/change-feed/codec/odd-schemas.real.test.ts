import { randomUUID } from 'node:crypto';
import { describe, expect, it } from '@jest/globals';
import avro from 'avsc';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import { createRegistryHttp } from '../../../src/change-feed/codec/registry-http.ts';
import { createValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import { changeEnvelope } from '../../../src/domain/events/change-envelope.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { loadChangeSchemas } from '../../../src/change-feed/schemas/change-schemas.ts';
import { propertyBody } from '../../support/builders.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { event } from '../sample-changes.ts';

interface Field {
  readonly name: string;
  type: unknown;
  default?: unknown;
}

const NINE = Date.UTC(2026, 2, 1, 9);

describe('Over a real registry', () => {
  const address = { url: realTier().schemaRegistryUrl, auth: null };
  const http = createRegistryHttp(address, 5_000);

  const register = async (body: object, subject: string): Promise<number> => {
    const answer = await http('POST', `/subjects/${subject}/versions`, body);
    expect(answer.status).toBe(200);
    return (answer.body as { id: number }).id;
  };
  const read = async (schemaId: number, payload: Buffer) => {
    const client = createRegistryClient(address, 5_000);
    const schemas = createWriterSchemas({ client, clock: systemClock });
    const decode = createValueDecoder({ ...DECODER_LIMITS, schemas });
    const place = { topic: 'properties', partition: 0, offset: '1' };
    return decode('property', { place, key: Buffer.from('p-1'), value: writeFrame({ schemaId, payload }) });
  };

  it('e1, e2: an event is read whose schema has invalid defaults, other units of time, and a type of another subject', async () => {
    const suffix = randomUUID();
    const milestone = {
      type: 'record',
      name: 'Milestone',
      namespace: `m_${suffix.slice(0, 8)}`,
      fields: [
        { name: 'type', type: 'string' },
        { name: 'date', type: { type: 'long', logicalType: 'local-timestamp-micros' } },
        { name: 'notes', type: ['null', 'string'], default: '' },
      ],
    };
    const name = `${milestone.namespace}.Milestone`;
    const schema = JSON.parse(loadChangeSchemas().property.text) as { fields: Field[] };
    const field = (of: readonly Field[], wanted: string) => of.find((each) => each.name === wanted) as Field;
    field(schema.fields, 'occurredAt').type = ['null', { type: 'long', logicalType: 'timestamp-micros' }];
    field(schema.fields, 'causationId').default = '';
    const [, property] = field(schema.fields, 'property').type as [string, { fields: Field[] }];
    const whole = structuredClone(schema);
    field(property.fields, 'milestones').type = { type: 'array', items: name };
    await register({ schema: JSON.stringify(milestone), schemaType: 'AVRO' }, `milestone-${suffix}`);
    const schemaId = await register(
      {
        schema: JSON.stringify(schema),
        schemaType: 'AVRO',
        references: [{ name, subject: `milestone-${suffix}`, version: 1 }],
      },
      `properties-${suffix}-value`,
    );

    // avsc refuses the defaults; what is written with the schema does not depend on them.
    const [, inWhole] = field(whole.fields, 'property').type as [string, { fields: Field[] }];
    field(inWhole.fields, 'milestones').type = { type: 'array', items: structuredClone(milestone) };
    const writing = JSON.parse(
      JSON.stringify(whole, (key, value: unknown) => (key === 'default' ? undefined : value)),
    ) as avro.Schema;
    const { property: body } = propertyBody() as { property: object };
    const payload = avro.Type.forSchema(writing).toBuffer({
      ...changeEnvelope(event('property', 'p-1', 3)),
      occurredAt: NINE * 1_000,
      property: { ...body, milestones: [{ type: 'auction', date: NINE * 1_000, notes: null }] },
    });
    expect(await read(schemaId, payload)).toMatchObject({
      type: 'change',
      change: {
        event: {
          occurredAt: NINE,
          body: {
            property: { milestones: [{ type: 'auction', date: NINE, day: '2026-03-01', notes: null }] },
          },
        },
      },
    });
  });
});
