import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { pauseAfter } from '../../src/budget/pace.ts';
import { parseRetryAfter } from '../../src/wire/parsing/retry-after.ts';

const NOW = Date.UTC(2026, 8, 1, 12);
const unit = fc.double({ min: 0, max: 1, maxExcluded: true, noNaN: true });

describe('the pause after a 429', () => {
  const asked = fc.option(fc.double({ noNaN: false }), { nil: null });
  const refusals = fc.integer({ min: 0, max: 10_000 });

  it('is between 1 s and an hour and a tenth, whatever was asked for', () => {
    fc.assert(
      fc.property(asked, refusals, unit, (ms, count, random) => {
        const pause = pauseAfter(ms, count, random);
        expect(pause).toBeGreaterThanOrEqual(1_000);
        expect(pause).toBeLessThanOrEqual(3_960_000);
      }),
    );
  });

  it('is never shorter than what was asked for, up to an hour, and at most a tenth longer', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1_000, max: 3_600_000 }), refusals, unit, (ms, count, random) => {
        const pause = pauseAfter(ms, count, random);
        expect(pause).toBeGreaterThanOrEqual(ms);
        expect(pause).toBeLessThanOrEqual(Math.ceil(ms * 1.1));
      }),
    );
  });

  it.each([
    ['7', 7_000],
    ['0', 1_000],
    ['0.25', 1_000],
    ['1.5', 1_500],
    ['-3', 1_000],
    ['315360000', 3_600_000],
    ['99999999999999.9', 3_600_000],
    ['Tue, 01 Sep 2026 12:00:30 GMT', 30_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', 1_000],
    ['Mon, 01 Sep 2036 12:00:00 GMT', 3_600_000],
    ['soon', 4_000],
    [undefined, 4_000],
  ])('at the third refusal with the header %j is %j ms', (header, expected) => {
    expect(pauseAfter(parseRetryAfter(header, NOW), 3, 0)).toBe(expected);
  });

  it('doubles from 1 s to 60 s when nothing is asked for', () => {
    expect([1, 2, 3, 6, 7, 5_000].map((count) => pauseAfter(null, count, 0))).toEqual([
      1_000, 2_000, 4_000, 32_000, 60_000, 60_000,
    ]);
  });

  it('is 1 s for the past', () => {
    expect([-5_000, 0, Number.NEGATIVE_INFINITY].map((ms) => pauseAfter(ms, 9, 0))).toEqual([
      1_000, 1_000, 1_000,
    ]);
  });
});
