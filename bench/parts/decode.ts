import { isDeepStrictEqual } from 'node:util';
import avro from 'avsc';
import { readFrame } from '../../src/change-feed/codec/confluent-frame.ts';
import { createValueDecoder, type LogMessage } from '../../src/change-feed/codec/value-decoder.ts';
import { ENTITY_KINDS, type EntityKind } from '../../src/domain/entity.ts';
import { loadChangeSchemas } from '../../src/change-feed/schemas/change-schemas.ts';
import type { OpenPart } from '../harness/part.ts';
import { benchEventAt, framedEvent } from '../support/bench-events.ts';
import { DECODER_LIMITS } from '../../test/support/decoder-limits.ts';

const SAMPLES = 300;

interface Sample {
  readonly kind: EntityKind;
  readonly message: LogMessage;
  readonly payload: Buffer;
}

/** Decoding alone, from bytes to a checked change (`ours`), or to what avsc makes of them (`bare`). */
export const openPart: OpenPart<{ readonly side: 'ours' | 'bare' }> = async ({ side }) => {
  const schemas = loadChangeSchemas();
  const events = Array.from({ length: SAMPLES }, (_, index) => benchEventAt(index, SAMPLES));
  const samples = events.map((event, index): Sample => {
    const value = framedEvent(event, 1 + ENTITY_KINDS.indexOf(event.kind));
    const place = { topic: 'changes', partition: 0, offset: String(index) };
    const payload = readFrame(value)?.payload ?? Buffer.alloc(0);
    return { kind: event.kind, message: { key: Buffer.from(event.entityId), value, place }, payload };
  });
  const decode = createValueDecoder({
    ...DECODER_LIMITS,
    schemas: { find: (id) => ({ type: schemas[ENTITY_KINDS[id - 1] ?? 'contact'].type }) },
  });
  const bare = Object.fromEntries(
    ENTITY_KINDS.map((kind) => [kind, avro.Type.forSchema(JSON.parse(schemas[kind].text) as avro.Schema)]),
  ) as Record<EntityKind, avro.Type>;
  const run = {
    ours: ({ kind, message }: Sample): unknown => decode(kind, message),
    bare: ({ kind, payload }: Sample): unknown => bare[kind].fromBuffer(payload),
  }[side];

  return {
    profiled: { round: side === 'ours' ? 'ours' : 'avsc alone' },
    commands: {
      async round(count: number) {
        let done = 0;
        for (; done < count; done += 1) run(samples[done % SAMPLES] as Sample);
        return done;
      },
      async check() {
        const sizes = samples.map(({ payload }) => payload.length);
        const wrong = samples.filter((sample, index) => {
          if (side === 'bare')
            return (run(sample) as { entityId: string }).entityId !== events[index]?.entityId;
          const { place } = sample.message;
          return !isEqual(run(sample), {
            type: 'change',
            change: { type: 'event', event: events[index], place },
          });
        });
        return { wrong: wrong.length, meanBytes: sizes.reduce((sum, size) => sum + size, 0) / sizes.length };
      },
    },
    close: () => Promise.resolve(),
  };
};

/** Attributes are decoded into objects without a prototype. */
function isEqual(one: unknown, other: unknown): boolean {
  return isDeepStrictEqual(structuredClone(one), structuredClone(other));
}
