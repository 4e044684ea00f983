import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { changeEnvelope, encodeChangeAsJson } from '../../../src/change-feed/codec/encode-change.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import { createValueDecoder, type ValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import { ENTITY_KINDS, type EntityBody } from '../../../src/domain/entity.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { loadChangeSchemas } from '../../../src/change-feed/schemas/change-schemas.ts';
import { startFakeRegistry, type FakeRegistry } from './fake-registry.ts';

const place = { topic: 'changes', partition: 0, offset: '7' };
const text = fc.string({ unit: 'binary', maxLength: 40 });
const id = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((at) => String.fromCharCode(at)),
  minLength: 1,
  maxLength: 40,
});
const time = fc.integer({ min: -8.64e15, max: 8.64e15 });
const attributes = fc.dictionary(text, text, { noNullPrototype: false });
const nullable = <T>(arbitrary: fc.Arbitrary<T>) => fc.option(arbitrary, { nil: null });

const body: fc.Arbitrary<EntityBody> = fc.oneof(
  fc.record({
    kind: fc.constant('contact' as const),
    contact: fc.record({
      name: text,
      emails: fc.array(text),
      phones: fc.array(text),
      role: text,
      relationshipNotes: fc.array(text),
      doNotContact: nullable(
        fc.array(fc.constantFrom('email' as const, 'phone' as const, 'sms' as const, 'post' as const)),
      ),
      attributes,
    }),
  }),
  fc.record({
    kind: fc.constant('property' as const),
    property: fc.record({
      address: text,
      vendors: fc.array(id),
      buyers: fc.array(id),
      milestones: fc.array(fc.record({ type: text, date: time, notes: nullable(text) })),
      riskOverview: nullable(text),
      attributes,
    }),
  }),
  fc.record({
    kind: fc.constant('deal' as const),
    deal: fc.record({
      propertyId: nullable(id),
      stage: text,
      riskLevel: text,
      riskFlags: fc.array(text),
      nextAction: nullable(text),
      nextActionOwner: nullable(text),
      summary: nullable(text),
      contacts: fc.array(id),
      attributes,
    }),
  }),
);

const event: fc.Arbitrary<ChangeEvent> = body.chain((content) =>
  fc.record({
    kind: fc.constant(content.kind),
    eventId: text,
    occurredAt: time,
    userId: id,
    accountId: nullable(id),
    entityId: id,
    version: fc.maxSafeNat(),
    operation: fc.constant('UPSERT' as const),
    origin: text,
    causationId: nullable(text),
    body: fc.constant(content),
  }),
);

/** Prototypes apart, and the order of an object's members. */
const plain = (value: unknown): unknown => JSON.parse(JSON.stringify(value));

describe('The value decoder, of any event and any bytes', () => {
  const schemas = loadChangeSchemas();
  const ids = { contact: 1, property: 2, deal: 3 };
  let registry: FakeRegistry;
  let decode: ValueDecoder;
  beforeAll(async () => {
    registry = await startFakeRegistry();
    for (const kind of ENTITY_KINDS) registry.schemas.set(ids[kind], { schema: schemas[kind].text });
    const client = createRegistryClient({ url: registry.url, auth: null }, 2_000);
    decode = createValueDecoder({
      schemas: createWriterSchemas({ client, clock: systemClock, graceMs: [], lookupsPerSecond: 10_000 }),
    });
  });
  afterAll(() => registry.close());

  it('keeps every field of what was written as Avro or as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(event, async (written) => {
        const key = Buffer.from(written.entityId);
        const payload = schemas[written.kind].type.toBuffer(changeEnvelope(written));
        for (const value of [
          writeFrame({ schemaId: ids[written.kind], payload }),
          encodeChangeAsJson(written),
        ]) {
          const decoded = await decode(written.kind, { place, key, value });
          expect(decoded).toMatchObject({ type: 'change', change: { type: 'event', place } });
          const seen =
            decoded.type === 'change' && decoded.change.type === 'event' ? decoded.change.event : null;
          expect(plain(seen)).toEqual(plain(written));
        }
      }),
      { numRuns: 200 },
    );
  });

  it('answers any bytes with a change or a letter, and never throws', async () => {
    const payloads = fc.oneof(
      fc.uint8Array({ maxLength: 400 }),
      event.map((each) => schemas[each.kind].type.toBuffer(changeEnvelope(each))),
    );
    const flips = fc.array(fc.tuple(fc.nat(), fc.integer({ min: 1, max: 255 })), { maxLength: 4 });
    const values = fc.oneof(
      fc.uint8Array({ maxLength: 400 }).map((bytes) => Buffer.from(bytes)),
      fc.tuple(fc.integer({ min: 1, max: 4 }), payloads, flips).map(([schemaId, payload, changed]) => {
        const value = writeFrame({ schemaId, payload: Buffer.from(payload) });
        for (const [at, mask] of changed)
          if (value.length > 5)
            value.writeUInt8(
              (value[5 + (at % (value.length - 5))] ?? 0) ^ mask,
              5 + (at % (value.length - 5)),
            );
        return value;
      }),
      event.map((each) => encodeChangeAsJson(each)),
    );
    const keys = fc.oneof(
      fc.constant(null),
      fc.uint8Array({ maxLength: 300 }).map((bytes) => Buffer.from(bytes)),
      id.map((each) => Buffer.from(each)),
    );
    await fc.assert(
      fc.asyncProperty(fc.constantFrom(...ENTITY_KINDS), keys, values, async (kind, key, value) => {
        const { type } = await decode(kind, { place, key, value });
        expect(['change', 'letter']).toContain(type);
      }),
      { numRuns: 1_000 },
    );
  });
});
