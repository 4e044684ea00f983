import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  naturalKeyHash,
  normaliseAddress,
  normaliseEmail,
  normaliseWord,
} from '../../src/domain/natural-key.ts';

const anyText = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        ...['unit', 'U', 'flat', '5', '12', '/', ' ', ',', 'Street', 'st.', "'", '-', '–', '\u0301'],
        ...['e', 'É', 'Saint', 'North', 'Σ', 'İ', '\u3000', '１２', 'ﬁ', '½'],
      ),
      { maxLength: 10 },
    )
    .map((parts) => parts.join('')),
);

describe('a normalised key', () => {
  it.each([
    ['e-mail', normaliseEmail],
    ['address', normaliseAddress],
    ['word', normaliseWord],
  ])('(%s) stays as it is when normalised again', (_what, normalise) => {
    fc.assert(
      fc.property(anyText, (text) => {
        const once = normalise(text);
        expect(normalise(once)).toBe(once);
      }),
      { numRuns: 2_000 },
    );
  });

  it('does not depend on how Unicode was composed', () => {
    fc.assert(
      fc.property(anyText, (text) => {
        for (const normalise of [normaliseEmail, normaliseAddress, normaliseWord])
          expect(normalise(text.normalize('NFD'))).toBe(normalise(text.normalize('NFC')));
      }),
    );
  });

  it('of an e-mail knows neither case nor white space', () => {
    expect(normaliseEmail(' ADA@Example.TEST\t')).toBe('ada@example.test');
    expect(normaliseEmail('ada @example.test')).toBe('ada@example.test');
    expect(normaliseEmail('  ')).toBe('');
  });

  it('does not let its parts run into each other', () => {
    expect(naturalKeyHash('deal', 'a', 'bc')).not.toBe(naturalKeyHash('deal', 'ab', 'c'));
    expect(naturalKeyHash('deal', 'a","b')).not.toBe(naturalKeyHash('deal', 'a', 'b'));
    expect(naturalKeyHash('contact', 'a')).not.toBe(naturalKeyHash('property', 'a'));
  });
});

describe('a normalised address', () => {
  it.each([
    ['12 High Street', '12 high st.'],
    ['12 High Street', '12  HIGH ST'],
    ['12 High Street', '  12 High Street,'],
    ['5/12 High St', 'Unit 5, 12 High Street'],
    ['5/12 High St', 'Flat 5, 12 High St'],
    ['5 / 12 High St', 'Apt 5 12 High Street'],
    ["3 O'Connell Road", '3 OConnell Rd'],
    ['3 O’Connell Road', "3 O'Connell Rd"],
    ['7 St Kilda Road, North Melbourne', '7 Saint Kilda Rd N Melbourne'],
    ['１２ High St', '12 High St'],
    ['12-14 High St', '12–14 High Street'],
    ['12 - 14 High St', '12-14 High Street'],
    ['1 High St – Wellington', '1 High St, Wellington'],
  ])('is one for %s and %s', (one, other) => {
    expect(normaliseAddress(one)).toBe(normaliseAddress(other));
  });

  it.each([
    ['12 High St', '13 High St'],
    ['12 High St', '12 High Rd'],
    ['5/12 High St', '12 High St'],
    ['5/12 High St', '6/12 High St'],
    ['5/12 High St', '512 High St'],
    ['12A High St', '12B High St'],
    ['12–14 High St', '12/14 High St'],
    ['12-14 High St', '1214 High St'],
  ])('tells %s from %s', (one, other) => {
    expect(normaliseAddress(one)).not.toBe(normaliseAddress(other));
  });

  it('differs wherever house numbers differ', () => {
    const numbers = fc.integer({ min: 1, max: 9_999 });
    fc.assert(
      fc.property(numbers, numbers, fc.constantFrom('High Street', 'Queen Rd'), (a, b, street) => {
        expect(normaliseAddress(`${a} ${street}`) === normaliseAddress(`${b} ${street}`)).toBe(a === b);
        expect(normaliseAddress(`${a}/${b} ${street}`)).toBe(normaliseAddress(`Unit ${a}, ${b} ${street}`));
      }),
    );
  });

  it('keeps letters and marks of other scripts', () => {
    expect(normaliseAddress('東京都千代田区1-1')).toBe('東京都千代田区1-1');
    expect(normaliseAddress('ул. Ленина, 5')).toBe('ул ленина 5');
    expect(normaliseAddress('12 Đường Lê Lợi')).toBe('12 đường lê lợi');
    expect(normaliseAddress('१२ मार्ग')).toBe('१२ मार्ग');
    expect(normaliseAddress('1 Ōtāhuhu Road')).not.toBe(normaliseAddress('1 Otahuhu Road'));
  });
});
