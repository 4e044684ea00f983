import { describe, expect, it } from '@jest/globals';
import avro, { type Type } from 'avsc';
import fc from 'fast-check';
import { safeAvroOptions } from '../../../src/change-feed/codec/safe-avro-types.ts';
import { anyCodePoint } from '../../domain/canonical/any-code-point.ts';

const schema = {
  type: 'record',
  name: 'Texts',
  fields: [
    { name: 'first', type: 'string' },
    { name: 'maybe', type: ['null', { type: 'string' }] },
    { name: 'last', type: 'string' },
  ],
} as const;
const compile = (options?: Parameters<typeof avro.Type.forSchema>[1]): Type =>
  avro.Type.forSchema(structuredClone(schema) as unknown as avro.Schema, options);
const [ours, bare] = [compile(safeAvroOptions()), compile()];

function read(type: Type, bytes: Buffer): unknown {
  try {
    return { ...(type.fromBuffer(bytes) as object) };
  } catch (error) {
    return (error as Error).message;
  }
}

/** avsc puts other characters in the place of bytes that are no UTF-8; ours leaves the bytes. */
function withReplacements(value: unknown): unknown {
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(
    Object.entries(value).map(([name, text]: [string, unknown]) => [
      name,
      Buffer.isBuffer(text) ? text.toString() : text,
    ]),
  );
}

const ascii = fc.string({ unit: 'binary-ascii', maxLength: 60 });
const any = fc.string({ unit: anyCodePoint, maxLength: 60 });
const long = fc.tuple(any, fc.integer({ min: 1, max: 200 })).map(([text, times]) => text.repeat(times));
const text = fc.oneof(ascii, any, long);

describe('Texts in Avro', () => {
  it('are read as avsc alone reads them', () => {
    fc.assert(
      fc.property(text, fc.option(text, { nil: null }), text, (first, maybe, last) => {
        const bytes = bare.toBuffer({ first, maybe, last });
        expect(read(ours, bytes)).toEqual(read(bare, bytes));
        expect(ours.toBuffer({ first, maybe, last })).toEqual(bytes);
      }),
    );
  });

  it('are refused or read as avsc alone does, of bytes of any kind, but for those that are no UTF-8', () => {
    const scratched = fc
      .tuple(
        text,
        fc.option(text, { nil: null }),
        text,
        fc.array(fc.tuple(fc.nat(), fc.nat(255)), { maxLength: 3 }),
      )
      .map(([first, maybe, last, scratches]) => {
        const bytes = bare.toBuffer({ first, maybe, last });
        for (const [at, byte] of scratches) bytes[at % bytes.length] = byte;
        return bytes;
      });
    const bytes = fc.oneof(
      scratched,
      fc.tuple(scratched, fc.nat()).map(([whole, end]) => whole.subarray(0, end % whole.length)),
      fc.uint8Array({ maxLength: 80 }).map((raw) => Buffer.from(raw)),
    );
    fc.assert(
      fc.property(bytes, (value) => {
        expect(withReplacements(read(ours, value))).toEqual(read(bare, value));
      }),
      { numRuns: 2_000 },
    );
  });

  it('of one value do not leak into the next, though its bytes are in the same place', () => {
    const bytes = bare.toBuffer({ first: 'one', maybe: null, last: 'two' });
    expect(read(ours, bytes)).toMatchObject({ first: 'one', last: 'two' });
    bytes.write('six', 1);
    expect(read(ours, bytes)).toMatchObject({ first: 'six', last: 'two' });
  });
});
