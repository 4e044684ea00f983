import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compileWriterSchema } from '../../../src/change-feed/codec/compile-writer-schema.ts';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { createValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import { ENTITY_KINDS, type EntityBody } from '../../../src/domain/entity.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';
import { anyId, anyWriterOf, type ExpectedTime } from './any-writer.ts';

const place = { topic: 'changes', partition: 0, offset: '7' };
const kindAndWritten = fc
  .tuple(fc.constantFrom(...ENTITY_KINDS), anyId)
  .chain(([kind, entityId]) =>
    fc.tuple(fc.constant(kind), fc.constant(entityId), anyWriterOf(kind, entityId)),
  );

/** As the decoder has it: times in milliseconds, the day beside a milestone's. */
function contentOf(expected: Record<string, unknown>): unknown {
  const { milestones, ...rest } = expected;
  if (!Array.isArray(milestones)) return rest;
  return {
    ...rest,
    milestones: (milestones as { type: string; date: ExpectedTime; notes: string | null }[]).map(
      ({ type, date: { millis, day }, notes }) => ({
        type,
        date: millis,
        ...(day !== undefined && { day }),
        notes,
      }),
    ),
  };
}

const entityOf = (body: EntityBody | null): unknown =>
  body === null ? null : (body as unknown as Record<string, unknown>)[body.kind];
/** Prototypes apart. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('Whatever wrote an event in Avro', () => {
  it('it is read as it was written, or the field is named that can not be', async () => {
    let [read, refused] = [0, 0];
    await fc.assert(
      fc.asyncProperty(kindAndWritten, async ([kind, entityId, { schema, bytes, expected, bad }]) => {
        const compiled = compileWriterSchema(JSON.parse(JSON.stringify(schema)), []);
        if (!compiled.ok) throw new Error(compiled.fault);
        const decode = createValueDecoder({
          ...DECODER_LIMITS,
          schemas: { find: () => ({ type: compiled.type }) },
        });
        const value = writeFrame({ schemaId: 1, payload: bytes });
        const decoded = await decode(kind, { place, key: Buffer.from(entityId), value });
        if (bad.length > 0) {
          expect(decoded).toMatchObject({
            type: 'letter',
            code: expect.stringMatching(/^(INVALID_EVENT|KEY_MISMATCH)$/),
          });
          if (decoded.type === 'letter') expect(bad).toContain(decoded.detail.split(':')[0]);
          refused += 1;
          return;
        }
        if (decoded.type === 'letter') throw new Error(`${decoded.code} ${decoded.detail}`);
        if (decoded.change.type !== 'event') throw new Error('no event');
        const { event } = decoded.change;
        const {
          [kind]: content,
          occurredAt,
          ...envelope
        } = expected as Record<string, Record<string, unknown>>;
        expect(event).toMatchObject(envelope);
        expect(event.occurredAt).toBe((occurredAt as unknown as ExpectedTime).millis);
        expect(plain(entityOf(event.body))).toMatchObject(plain(contentOf(content ?? {})) as object);
        read += 1;
      }),
      { numRuns: 1_000 },
    );
    expect({ read: read > 300, refused: refused > 30 }).toEqual({ read: true, refused: true });
  });
});
