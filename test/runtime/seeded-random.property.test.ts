import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { systemRandom } from '../../src/runtime/random.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';

const UUID = /^[\da-f]{8}-[\da-f]{4}-4[\da-f]{3}-[89ab][\da-f]{3}-[\da-f]{12}$/;

describe('seeded randomness', () => {
  it('repeats itself for the same seed and differs for another', () => {
    fc.assert(
      fc.property(fc.integer(), (seed) => {
        const draw = (from: number) => {
          const random = seededRandom(from);
          return [random.next(), random.uuid(), [...random.bytes(8)]];
        };
        expect(draw(seed)).toEqual(draw(seed));
        expect(draw(seed)).not.toEqual(draw(seed + 1));
      }),
    );
  });

  it('gives numbers from 0 up to 1, evenly', () => {
    const random = seededRandom(7);
    const numbers = Array.from({ length: 10_000 }, () => random.next());
    expect(numbers.every((number) => number >= 0 && number < 1)).toBe(true);
    const mean = numbers.reduce((sum, number) => sum + number, 0) / numbers.length;
    expect(Math.abs(mean - 0.5)).toBeLessThan(0.02);
  });

  it('makes UUIDs of version 4, as the system does', () => {
    expect([seededRandom(1).uuid(), systemRandom.uuid()].every((uuid) => UUID.test(uuid))).toBe(true);
    expect(systemRandom.bytes(32)).toHaveLength(32);
  });
});
