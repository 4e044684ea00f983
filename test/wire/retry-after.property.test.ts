import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { parseRetryAfter } from '../../src/wire/parsing/retry-after.ts';

const NOW = Date.UTC(2026, 8, 1, 12);

describe('the header retry-after', () => {
  it.each([
    ['0', 0],
    ['7', 7_000],
    [' 1.5 ', 1_500],
    ['0.25', 250],
    ['-3', -3_000],
    ['-0.5', -500],
    ['99999999999999.9', 99_999_999_999_999_900],
    ['315360000', 315_360_000_000],
    ['Tue, 01 Sep 2026 12:00:30 GMT', 30_000],
    ['Tue, 01 Sep 2026 11:59:00 GMT', -60_000],
    ['Thu, 01 Jan 1970 00:00:00 GMT', -NOW],
    ['Mon, 01 Sep 2036 12:00:00 GMT', 315_619_200_000],
    ['Tuesday, 01-Sep-26 12:00:30 GMT', 30_000],
    ['Tue Sep  1 12:00:30 2026', 30_000],
    [undefined, null],
    ['', null],
    ['soon', null],
    ['NaN', null],
    ['Infinity', null],
    ['1e9', null],
    ['5, 10', null],
    ['2026-09-01T12:00:30Z', null],
    ['Tue, 99 Foo 2026 12:00:00 GMT', null],
    ['9'.repeat(400), null],
  ])('%j means %j ms', (header, expected) => {
    expect(parseRetryAfter(header, NOW)).toBe(expected);
  });

  it('is read to a number or null, whatever it says', () => {
    fc.assert(
      fc.property(fc.string(), (header) => {
        const read = parseRetryAfter(header, NOW);
        expect(read === null || Number.isFinite(read)).toBe(true);
      }),
    );
  });
});
