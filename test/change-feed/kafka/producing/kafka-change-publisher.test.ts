import { describe, expect, it } from '@jest/globals';
import { createValueDecoder } from '../../../../src/change-feed/codec/value-decoder.ts';
import { createKafkaChangePublisher } from '../../../../src/change-feed/kafka/producing/kafka-change-publisher.ts';
import type { OutgoingMessage } from '../../../../src/change-feed/kafka/producing/topic-writer.ts';
import { loadChangeSchemas } from '../../../../src/change-feed/schemas/change-schemas.ts';
import type { SubjectRegistry } from '../../../../src/change-feed/schemas/subject-registry.ts';
import { propertyBody } from '../../../support/builders.ts';
import { DECODER_LIMITS } from '../../../support/decoder-limits.ts';
import { event } from '../../sample-changes.ts';

describe('The publisher to Kafka', () => {
  it('writes our schema’s Avro, and JSON where a day was told, which the schema has no place for', async () => {
    const written: OutgoingMessage[] = [];
    const schemas = loadChangeSchemas();
    const publisher = createKafkaChangePublisher({
      writer: {
        write: async (messages) => void written.push(...messages),
        close: () => Promise.resolve(),
      },
      topics: { contact: 'contacts', property: 'properties', deal: 'deals' },
      avro: { registry: { idOf: () => Promise.resolve(7) } as unknown as SubjectRegistry, schemas },
    });
    const date = Date.UTC(2026, 1, 28, 11, 30);
    const [untold, told] = [{}, { day: '2026-03-01' }].map((day) =>
      event('property', 'p-1', 3, {
        body: propertyBody({ milestones: [{ type: 'auction', date, ...day, notes: null }] }),
      }),
    );
    const events = [untold, told].filter((each) => each !== undefined);
    await publisher.publish(events.map((each) => ({ type: 'event', event: each, place: null })));
    expect(written.map(({ value }) => value?.[0])).toEqual([0, '{'.charCodeAt(0)]);
    const decode = createValueDecoder({
      ...DECODER_LIMITS,
      schemas: { find: () => ({ type: schemas.property.type }) },
    });
    const place = { topic: 'properties', partition: 0, offset: '1' };
    for (const [index, { value }] of written.entries()) {
      const message = { place, key: Buffer.from('p-1'), value: value === null ? null : Buffer.from(value) };
      expect(await decode('property', message)).toMatchObject({ change: { event: events[index] } });
    }
    expect(written[1]?.value?.toString()).toContain('"date":"2026-03-01T00:00:00.000+12:30"');
  });
});
