import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { writeFrame } from '../../../src/change-feed/codec/confluent-frame.ts';
import { encodeChangeAsJson } from '../../../src/change-feed/codec/encode-change.ts';
import { changeEnvelope, tellsDays } from '../../../src/domain/events/change-envelope.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import { createValueDecoder, type ValueDecoder } from '../../../src/change-feed/codec/value-decoder.ts';
import { createWriterSchemas } from '../../../src/change-feed/codec/writer-schemas.ts';
import type { ChangeEvent } from '../../../src/domain/change-event.ts';
import { ENTITY_KINDS, type EntityBody } from '../../../src/domain/entity.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { loadChangeSchemas } from '../../../src/change-feed/schemas/change-schemas.ts';
import { startFakeRegistry, type FakeRegistry } from './fake-registry.ts';
import { DECODER_LIMITS } from '../../support/decoder-limits.ts';
import { anyCodePoint } from '../../domain/canonical/any-code-point.ts';

const place = { topic: 'changes', partition: 0, offset: '7' };
const text = fc.string({ unit: anyCodePoint, maxLength: 40 });
const id = fc.string({
  unit: fc.integer({ min: 0x21, max: 0x7e }).map((at) => String.fromCharCode(at)),
  minLength: 1,
  maxLength: 40,
});
const DAY_MS = 86_400_000;
const time = fc.integer({ min: Date.UTC(1900, 0, 2), max: Date.UTC(2200, 11, 30) });
const past = fc.integer({ min: Date.UTC(1900, 0, 1), max: Date.UTC(2026, 0, 1) });
/** A time, and where it was told the day that it was at some offset. */
const moment = fc
  .tuple(time, fc.option(fc.integer({ min: -1_439, max: 1_439 }), { nil: null }))
  .map(([date, offset]) => ({
    date,
    ...(offset !== null && { day: new Date(date + (offset * DAY_MS) / 1_440).toISOString().slice(0, 10) }),
  }));
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
      milestones: fc.array(
        fc
          .record({ type: text, when: moment, notes: nullable(text) })
          .map(({ when, ...rest }) => ({ ...rest, ...when })),
      ),
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
    occurredAt: past,
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
      ...DECODER_LIMITS,
      schemas: createWriterSchemas({ client, clock: systemClock, graceMs: [], lookupsPerSecond: 10_000 }),
    });
  });
  afterAll(() => registry.close());

  it('keeps every field of what was written as Avro or as JSON', async () => {
    await fc.assert(
      fc.asyncProperty(event, async (written) => {
        const key = Buffer.from(written.entityId);
        const values = [encodeChangeAsJson(written)];
        // In our schema a day has no place.
        if (!tellsDays(written)) {
          const payload = schemas[written.kind].type.toBuffer(changeEnvelope(written));
          values.push(writeFrame({ schemaId: ids[written.kind], payload }));
        }
        for (const value of values) {
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
      event
        .filter((each) => !tellsDays(each))
        .map((each) => schemas[each.kind].type.toBuffer(changeEnvelope(each))),
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
