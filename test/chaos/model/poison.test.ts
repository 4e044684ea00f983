import { describe, expect, it } from '@jest/globals';
import { createValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import type { WriterSchema } from '../../../src/change-feed/codec/registry-client.ts';
import { encodeChangeAsJson } from '../../../src/change-feed/codec/encode-change.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import { ENTITY_KINDS } from '../../../src/domain/entity.ts';
import { loadChangeSchemas } from '../../../src/change-feed/schemas/change-schemas.ts';
import { POISON_CODES, POISON_KINDS, poisonValue } from './poison.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';

const schemas = loadChangeSchemas();

function sound(kind: ChangeEvent['kind']): ChangeEvent {
  return {
    kind,
    entityId: 'zenaid-1',
    eventId: 'e1',
    occurredAt: 1,
    userId: 'u',
    version: 1,
    accountId: null,
    causationId: null,
    origin: 'zena',
    operation: 'DELETE',
    body: null,
  };
}

describe('the poison', () => {
  it('comes in twelve kinds', () => {
    expect(POISON_KINDS).toHaveLength(12);
  });

  it.each(ENTITY_KINDS.flatMap((kind) => POISON_KINDS.map((poison) => [poison, kind] as const)))(
    'of the kind %s can not be read as a %s, for the reason given',
    (poison, kind) => {
      const known: WriterSchema = { type: schemas[kind].type };
      const unknown: WriterSchema = { code: 'UNKNOWN_SCHEMA', detail: 'unknown' };
      const decode = createValueDecoder({
        ...DECODER_LIMITS,
        schemas: { find: (id) => (id === 5 ? known : unknown) },
      });
      const place = { topic: 't', partition: 0, offset: '1' };
      const message = (value: Buffer) => decode(kind, { place, key: Buffer.from('zenaid-1'), value });
      const event = sound(kind);
      const value = poisonValue(poison, { event, schema: schemas[kind], schemaId: 5 });
      expect(message(value)).toMatchObject({ type: 'letter', code: POISON_CODES[poison] });
      expect(message(encodeChangeAsJson(event))).toMatchObject({ type: 'change' });
    },
  );
});
