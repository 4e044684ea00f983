import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { formatDuration, parseDuration } from '../../src/config/duration.ts';

describe('durations', () => {
  it.each([
    ['300ms', 300],
    ['60s', 60_000],
    ['10m', 600_000],
    ['1h', 3_600_000],
    ['7d', 604_800_000],
    ['0s', 0],
  ])('reads %s as %i ms', (text, milliseconds) => {
    expect(parseDuration(text)).toBe(milliseconds);
  });

  it.each(['', '10', 's', '-1s', '1.5h', '1 h', '1H', '1h30m', '10sec', '1e3s', '999999999999999d'])(
    'refuses %j',
    (text) => {
      expect(parseDuration(text)).toBeNull();
    },
  );

  it('reads back what it writes', () => {
    fc.assert(
      fc.property(fc.nat({ max: 10 ** 12 }), (milliseconds) => {
        expect(parseDuration(formatDuration(milliseconds))).toBe(milliseconds);
      }),
    );
  });

  it('writes the largest unit that loses nothing', () => {
    expect([60_000, 90_000, 3_600_000, 86_400_000, 1, 0].map(formatDuration)).toEqual([
      '1m',
      '90s',
      '1h',
      '1d',
      '1ms',
      '0ms',
    ]);
  });
});
