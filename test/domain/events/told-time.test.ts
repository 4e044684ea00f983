import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isPlausible, LocalTime, readTime, writeTime } from '../../../src/domain/events/told-time.ts';

const NINE = Date.UTC(2026, 2, 1, 9);

describe('A time', () => {
  it.each<[string, number, string | null]>([
    ['2026-03-01T09:00:00.000Z', NINE, null],
    ['2026-03-01t09:00:00z', NINE, null],
    ['2026-03-01T09:00Z', NINE, null],
    ['2026-03-01T09Z', NINE, null],
    ['20260301T090000Z', NINE, null],
    ['20260301T0900+0000', NINE, '2026-03-01'],
    ['2026-03-01 09:00:00+00:00', NINE, '2026-03-01'],
    ['2026-03-01T09:00:00.000+0000', NINE, '2026-03-01'],
    ['2026-03-01T22:00:00.000+1300', NINE, '2026-03-01'],
    ['2026-03-01T22:00:00.000+13', NINE, '2026-03-01'],
    ['2026-03-01T22:00:00+13:00', NINE, '2026-03-01'],
    ['2026-03-01T22:00+13:00', NINE, '2026-03-01'],
    ['2026-02-28T23:00:00-10:00', NINE, '2026-02-28'],
    ['2026-02-28T23:00:00\u221210:00', NINE, '2026-02-28'],
    ['2026-03-01T14:45:00+05:45', NINE, '2026-03-01'],
    ['2026-03-01T24:00-01:00', Date.UTC(2026, 2, 2, 1), '2026-03-02'],
    ['2026-12-31T23:59:60Z', Date.UTC(2027, 0, 1), null],
    ['2026-03-01T09:00:00.1Z', NINE + 100, null],
    ['2026-03-01T09:00:00,57Z', NINE + 570, null],
    ['2026-03-01T09:00:00.123456789012345678901Z', NINE + 123, null],
    ['2026-03-01T09:00:00.9999Z', NINE + 999, null],
    ['2026-03-01T09:00.5Z', NINE + 30_000, null],
    ['1965-03-01T09:00:00.9999Z', Date.UTC(1965, 2, 1, 9, 0, 0, 999), null],
    ['2026-03-01', Date.UTC(2026, 2, 1), '2026-03-01'],
    ['2024-02-29T00:00+13:00', Date.UTC(2024, 1, 28, 11), '2024-02-29'],
  ])('e6: is read from %s', (text, millis, day) => {
    expect(readTime(text)).toEqual({ millis, day });
  });

  it.each([
    '',
    '2026',
    '2026-03',
    '20260301',
    '2026-3-1',
    '2026-02-29',
    '2026-03-01T09:00:00',
    '2026-03-01T09:00:00+24:00',
    '2026-03-01T09:00:00+13:60',
    '2026-03-01T09:00:00+1',
    '2026-03-01T09:00:00+130',
    '2026-03-01T25:00Z',
    '2026-03-01T24:01Z',
    '2026-03-01T09:60Z',
    '2026-03-01T09:00:60Z',
    '2026-03-01T09:00:00.Z',
    '2026-03-01T09:00:00 Z',
    '2026-03-01T09:00:00+13:00[Pacific/Auckland]',
    '2026-W09-7',
    ' 2026-03-01T09:00Z',
    '2026-03-01T09:00Z\n',
    '1772355600000',
    'Sun, 01 Mar 2026 09:00:00 GMT',
  ])('is not read from %p', (text) => {
    expect(readTime(text)).toBeNull();
  });

  it('of a clock on the wall tells its day, a number or a Date does not', () => {
    expect(readTime(new LocalTime(NINE))).toEqual({ millis: NINE, day: '2026-03-01' });
    expect(readTime(new LocalTime(-1))).toEqual({ millis: -1, day: '1969-12-31' });
    expect(readTime(new Date(NINE))).toEqual({ millis: NINE, day: null });
    expect(readTime(NINE)).toEqual({ millis: NINE, day: null });
    expect(
      [1.5, Number.NaN, Infinity, null, undefined, {}, true, new Date(Number.NaN)].map(readTime),
    ).toEqual(new Array(8).fill(null));
  });

  it('is plausible in the years 1900 to 2200, there where it was told', () => {
    const plausible = (value: unknown) => {
      const told = readTime(value);
      return told !== null && isPlausible(told);
    };
    expect(
      ['1900-01-01', '2200-12-31', '1900-01-01T00:00+13:00', Date.UTC(2200, 11, 31), 0].map(plausible),
    ).toEqual(new Array(5).fill(true));
    expect(
      [
        '1899-12-31',
        '2201-01-01',
        '0001-01-01',
        9e15,
        -9e15,
        1.7e15,
        new LocalTime(1e18),
        new LocalTime(-1e15),
      ].map(plausible),
    ).toEqual(new Array(8).fill(false));
  });

  it('and its day are read back from the text that is written of them', () => {
    const times = fc.integer({ min: Date.UTC(1900, 0, 2), max: Date.UTC(2200, 11, 30) });
    fc.assert(
      fc.property(times, fc.integer({ min: -1_439, max: 1_439 }), (millis, offset) => {
        const day = new Date(millis + offset * 60_000).toISOString().slice(0, 10);
        expect(readTime(writeTime(millis, day))).toEqual({ millis, day });
      }),
    );
  });
});
