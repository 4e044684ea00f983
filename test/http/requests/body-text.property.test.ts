import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseJsonValue } from '../../../src/change-feed/codec/json-value.ts';
import { isTooDeep } from '../../../src/http/requests/body-text.ts';

const MOST_LEVELS = 64;

function levelsOf(value: unknown): number {
  if (typeof value !== 'object' || value === null) return 0;
  return 1 + Math.max(0, ...Object.values(value).map(levelsOf));
}

/** Texts of what a parser could stumble over, around values of about as many levels as are taken. */
const awkward = fc.string({
  unit: fc.constantFrom('"', '\\', '[', ']', '{', '}', ',', 'a', 'ä'),
  maxLength: 12,
});
const deep = fc.tuple(fc.integer({ min: 55, max: 70 }), awkward, awkward).map(([levels, key, text]) => {
  let value: unknown = text;
  for (let level = 0; level < levels; level += 1) value = level % 2 === 0 ? [text, value] : { [key]: value };
  return value;
});
const json = fc.oneof(
  deep,
  fc.json().map((text): unknown => JSON.parse(text)),
);

describe('how deep a JSON text is', () => {
  it('is found without reading it, whatever its strings hold', () => {
    fc.assert(
      fc.property(json, (value) => {
        expect(isTooDeep(JSON.stringify(value))).toBe(levelsOf(value) > MOST_LEVELS);
      }),
    );
  });

  it('is found in the bytes of an event as well', () => {
    fc.assert(
      fc.property(json, (value) => {
        const read = parseJsonValue(Buffer.from(JSON.stringify({ value })));
        expect('code' in read).toBe(levelsOf(value) + 1 > MOST_LEVELS);
      }),
    );
  });
});
