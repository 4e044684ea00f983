import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { cleanPhone, comparePhone, isPhone } from '../../../src/domain/canonical/phone-number.ts';
import { anyText, marked } from './marked-text.ts';

const EQUAL: readonly (readonly [string, string])[] = [
  ['021 555 123', '+64 21 555 123'],
  ['021-555-123', '021 555 123'],
  ['021555123', '(021) 555 123'],
  ['+64 (0)21 555 123', '+6421555123'],
  ['0064 21 555 123', '+64 21 555 123'],
  ['tel:+6421555123', '+64 21 555 123'],
  ['021 555 123;', '021 555 123'],
  ['０２１ ５５５ １２３', '021 555 123'],
  ['021 555 123\u200b', '021 555 123'],
  ['\u202a021 555 123\u202c', '+64\u00a021\u00a0555\u00a0123'],
  ['+64 9 123 4567', '(09) 123-4567'],
  ['0412 345 678', '+61 412 345 678'],
  ['0412345678', '0412-345-678'],
  ['+61 (0) 412 345 678', '0412 345 678'],
  ['(604) 555-0100', '+1 604 555 0100'],
  ['1-604-555-0100', '604.555.0100'],
  ['(212) 555-2368', '+1-212-555-2368'],
  ['+1 (212) 555-2368 ext. 5', '212-555-2368 x5'],
  ['+44 20 7946 0000', '+442079460000'],
  ['07 3123 4567', '(07) 3123-4567'],
  ['1300 123 456', '1300123456'],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ['021 555 123', '021 555 124'],
  ['021 555 123', '021 555 1234'],
  ['021 555 123', '022 555 123'],
  ['021 555 123', '555 123'],
  ['021 555 123', '+61 21 555 123'],
  ['+64 21 555 123', '+64 21 555 132'],
  ['+64 21 555 123', '+61 412 345 678'],
  ['0412 345 678', '0412 345 679'],
  ['0412 345 678', '0413 345 678'],
  ['0412 345 678', '+64 412 345 678'],
  ['07 3123 4567', '02 3123 4567'],
  ['07 3123 4567', '3123 4567'],
  ['+61 7 3123 4567', '+64 7 312 4567'],
  ['(604) 555-0100', '(604) 555-0101'],
  ['(604) 555-0100', '(605) 555-0100'],
  ['(604) 555-0100', '555-0100'],
  ['+1 604 555 0100', '+64 604 555 0100'],
  ['+1 212 555 2368', '+1 212 555 2368 ext 5'],
  ['+1 212 555 2368 ext 5', '+1 212 555 2368 ext 6'],
  ['+1 212 555 2368 x5', '+1 212 555 23685'],
  ['+44 20 7946 0000', '020 7946 0000'],
  ['+44 20 7946 0000', '+44 20 7946 0001'],
  ['1300 123 456', '1800 123 456'],
  ['1300 123 456', '300 123 456'],
  ['021 555 123 or 021 555 124', '021 555 123'],
  ['021 555 123/4', '021 555 123'],
  ['021 555 123 (Bob)', '021 555 123'],
  ['021 234 5678', '0213 234 5678'],
  ['12', '21'],
  ['000', '00'],
  ['ext 5', '5'],
  ['1-800-FLOWERS', '1-800-FLOWER'],
  ['02 1234 5678', '09 123 4567'],
  ['+', ''],
];

describe('phone numbers', () => {
  it.each(EQUAL)('%j is %j', (one, other) => {
    expect(comparePhone(one)).toBe(comparePhone(other));
  });

  it.each(DIFFERENT)('%j is not %j', (one, other) => {
    expect(comparePhone(one)).not.toBe(comparePhone(other));
  });

  it('have a table of different pairs that is at least as long', () => {
    expect(DIFFERENT.length).toBeGreaterThanOrEqual(EQUAL.length);
  });

  it('that may be of several countries are so of the one where they were written', () => {
    expect(comparePhone('07 3123 4567')).not.toBe(comparePhone('+61 7 3123 4567'));
    expect(comparePhone('07 3123 4567', 'AU')).toBe(comparePhone('+61 7 3123 4567'));
    expect(comparePhone('021 234 5678', 'NZ')).toBe('+64212345678');
  });

  it('are sent as they are written, without marks, blanks around them and what comes from a link', () => {
    expect(cleanPhone('\u202a 021  555\u00a0123\u202c;')).toBe('021 555 123');
    expect(cleanPhone('tel:+64-21-555-123')).toBe('+64-21-555-123');
    expect(cleanPhone('+1 (212) 555-2368 ext. 5')).toBe('+1 (212) 555-2368 ext. 5');
  });

  it('have at least one figure', () => {
    for (const none of ['n/a', '-', '', ' ', 'none', 'ask wife', '\u200b']) expect(isPhone(none)).toBe(false);
    for (const some of ['021 555 123', '000', '٠١٢', '1-800-FLOWERS']) expect(isPhone(some)).toBe(true);
  });

  it('stay as they are when cleaned or compared again', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom(...[...EQUAL, ...DIFFERENT].flat())), (text) => {
        expect(cleanPhone(cleanPhone(text))).toBe(cleanPhone(text));
        expect(comparePhone(comparePhone(text))).toBe(comparePhone(text));
      }),
      { numRuns: 3_000 },
    );
  });

  it('are what they were where marks are put into them', () => {
    const pairs = fc.constantFrom(...DIFFERENT, ...EQUAL);
    const withMarks = pairs.chain(([one, other]) => fc.tuple(fc.constant([one, other]), marked(one)));
    fc.assert(
      fc.property(withMarks, ([[one = '', other = ''], written]) => {
        expect(comparePhone(written)).toBe(comparePhone(one));
        expect(cleanPhone(written)).toBe(cleanPhone(one));
        expect(comparePhone(written) === comparePhone(other)).toBe(comparePhone(one) === comparePhone(other));
      }),
      { numRuns: 1_000 },
    );
  });
});
