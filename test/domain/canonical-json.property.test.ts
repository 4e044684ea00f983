import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { contentHash } from '../../src/domain/content-hash.ts';
import { canonicalJson, type Json } from '../../src/domain/json.ts';

const jsonValues = fc.jsonValue({ maxDepth: 4 }) as fc.Arbitrary<Json>;

/** The same value with the members of every object in another order. */
function turned(value: Json): Json {
  if (Array.isArray(value)) return value.map(turned);
  if (value === null || typeof value !== 'object') return value;
  const entries = Object.entries(value).map(([name, member]) => [name, turned(member)] as const);
  return Object.fromEntries(entries.reverse());
}

describe('the canonical text of a JSON value', () => {
  it('reads back as the value', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(JSON.parse(canonicalJson(value))).toEqual(JSON.parse(JSON.stringify(value)));
      }),
    );
  });

  it('does not depend on the order of members, and the hash neither', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(canonicalJson(turned(value))).toBe(canonicalJson(value));
        expect(contentHash(turned(value))).toBe(contentHash(value));
      }),
    );
  });

  it('is the same after a way through a store that keeps JSON', () => {
    fc.assert(
      fc.property(jsonValues, (value) => {
        expect(canonicalJson(JSON.parse(JSON.stringify(value)) as Json)).toBe(canonicalJson(value));
      }),
    );
  });

  it('differs where values differ, and so does the hash', () => {
    fc.assert(
      fc.property(jsonValues, jsonValues, (a, b) => {
        const equal = canonicalJson(a) === canonicalJson(b);
        expect(contentHash(a) === contentHash(b)).toBe(equal);
      }),
    );
    expect(canonicalJson(['1'])).not.toBe(canonicalJson([1]));
    expect(canonicalJson({ a: [] })).not.toBe(canonicalJson({ a: {} }));
    expect(canonicalJson(['a', 'b'])).not.toBe(canonicalJson(['b', 'a']));
  });

  it('sorts members as texts, also those that an object would put first', () => {
    expect(canonicalJson({ b: 1, '9': 2, '10': { '2': [], '11': null } })).toBe(
      '{"10":{"11":null,"2":[]},"9":2,"b":1}',
    );
    expect(canonicalJson([{ b: { d: 1, c: 2 }, a: 3 }])).toBe('[{"a":3,"b":{"c":2,"d":1}}]');
  });

  it('takes a member named like a part of the language for what it is', () => {
    const map = Object.assign(Object.create(null) as Record<string, string>, { constructor: 'x' });
    Object.defineProperty(map, '__proto__', { value: 'y', enumerable: true });
    expect(canonicalJson(map)).toBe('{"__proto__":"y","constructor":"x"}');
    expect(contentHash(JSON.parse('{"constructor":"x","__proto__":"y"}') as Json)).toBe(contentHash(map));
  });

  it('hashes to 32 hex digits', () => {
    expect(contentHash({ a: 1 })).toMatch(/^[0-9a-f]{32}$/);
  });
});
