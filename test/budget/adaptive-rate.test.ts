import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { FULL_RATE, halved, partOfRate, recoveredAt, spacingMs } from '../../src/budget/adaptive-rate.ts';

describe('the part of a rate that is used', () => {
  it('is halved by each 429 and comes back by a tenth of the whole each 10 s', () => {
    const once = halved(FULL_RATE, 1_000);
    expect([1_000, 10_999, 11_000, 31_000, 51_000, 999_000].map((at) => partOfRate(once, at))).toEqual([
      0.5, 0.5, 0.6, 0.8, 1, 1,
    ]);
    expect(partOfRate(halved(once, 11_000), 11_000)).toBeCloseTo(0.3);
  });

  it('stays between a sixty-fourth and the whole, and is whole again when it says so', () => {
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 0, max: 60_000 }), { maxLength: 30 }), (gaps) => {
        let now = 0;
        let rate = FULL_RATE;
        for (const gap of gaps) {
          now += gap;
          const before = partOfRate(rate, now);
          rate = halved(rate, now);
          const part = partOfRate(rate, now);
          expect(part).toBeGreaterThanOrEqual(1 / 64);
          expect(part).toBe(Math.max(1 / 64, before / 2));
        }
        const at = recoveredAt(rate);
        expect(partOfRate(rate, at)).toBeCloseTo(1, 10);
        if (gaps.length > 0) expect(partOfRate(rate, at - 1)).toBeLessThan(1);
      }),
    );
  });

  it('spaces calls so that no second holds more than the limit', () => {
    for (const limit of [0.5, 1, 5, 50, 100]) {
      const within = Math.floor(1_000 / spacingMs(limit)) + 1;
      expect(within).toBeLessThanOrEqual(Math.max(1, limit));
    }
    expect(spacingMs(50, 0.5)).toBeCloseTo(2 * spacingMs(50));
  });
});
