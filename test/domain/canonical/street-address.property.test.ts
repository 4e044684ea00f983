import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cleanAddress,
  compareAddress,
  unaccentedAddress,
} from '../../../src/domain/canonical/street-address.ts';
import { DIFFERENT_ADDRESSES, EQUAL_ADDRESSES } from './address-tables.ts';
import { DIFFERENT_PLACES, EQUAL_PLACES } from './place-tables.ts';
import { anyText, marked, MARKS } from './marked-text.ts';

describe('addresses', () => {
  it.each(EQUAL_ADDRESSES)('%s is %s', (one, other) => {
    expect(compareAddress(one)).toBe(compareAddress(other));
  });

  it.each(DIFFERENT_ADDRESSES)('%s is not %s', (one, other) => {
    expect(compareAddress(one)).not.toBe(compareAddress(other));
  });

  it('have a table of different pairs that is at least as long', () => {
    expect(DIFFERENT_ADDRESSES.length).toBeGreaterThanOrEqual(EQUAL_ADDRESSES.length);
    expect(DIFFERENT_PLACES.length).toBeGreaterThanOrEqual(EQUAL_PLACES.length);
  });

  it('stay as they are when compared again', () => {
    fc.assert(
      fc.property(
        fc.oneof(anyText, fc.constantFrom(...[...EQUAL_ADDRESSES, ...DIFFERENT_ADDRESSES].flat())),
        (text) => {
          const once = compareAddress(text);
          expect(compareAddress(once)).toBe(once);
          expect(cleanAddress(cleanAddress(text))).toBe(cleanAddress(text));
        },
      ),
      { numRuns: 5_000 },
    );
  });

  it('are what they were where marks are put into them, different ones too', () => {
    const pairs = fc.constantFrom(...DIFFERENT_ADDRESSES, ...EQUAL_ADDRESSES);
    const withMarks = pairs.chain(([one, other]) => fc.tuple(fc.constant([one, other]), marked(one)));
    fc.assert(
      fc.property(withMarks, ([[one = '', other = ''], written]) => {
        expect(compareAddress(written)).toBe(compareAddress(one));
        expect(compareAddress(written) === compareAddress(other)).toBe(
          compareAddress(one) === compareAddress(other),
        );
      }),
      { numRuns: 3_000 },
    );
  });

  it('do not depend on case, on width or on how Unicode was composed', () => {
    fc.assert(
      fc.property(fc.constantFrom(...EQUAL_ADDRESSES.flat(), ...DIFFERENT_ADDRESSES.flat()), (text) => {
        const meant = compareAddress(text);
        expect(compareAddress(text.toUpperCase())).toBe(meant);
        expect(compareAddress(text.normalize('NFD'))).toBe(meant);
        expect(
          compareAddress(text.replace(/[0-9]/g, (n) => String.fromCharCode(n.charCodeAt(0) + 0xfee0))),
        ).toBe(meant);
      }),
    );
  });

  it('differ wherever house numbers differ, and nowhere else', () => {
    const numbers = fc.integer({ min: 1, max: 9_999 });
    fc.assert(
      fc.property(numbers, numbers, fc.constantFrom('High Street', 'Queen Rd'), (a, b, street) => {
        expect(compareAddress(`${a} ${street}`) === compareAddress(`${b} ${street}`)).toBe(a === b);
        expect(compareAddress(`${a}/${b} ${street}`)).toBe(compareAddress(`Unit ${a}, ${b} ${street}`));
        const ways = [
          `${a}/${b}`,
          `${a}-${b}`,
          `${a}${b}`,
          `${a} ${b}`,
          `Level ${a}, ${b}`,
          `Lot ${a}, ${b}`,
        ];
        expect(new Set(ways.map((way) => compareAddress(`${way} ${street}`))).size).toBe(ways.length);
      }),
    );
  });

  it('are two where a comma gives a word to the street or to the place, and one where none can be moved', () => {
    const house = fc.constantFrom('12', '5/12', 'Unit 5, 12', '12A', 'Level 3, 12');
    const street = fc.constantFrom(
      'High St',
      'Ocean View Road',
      'The Esplanade',
      'Broadway',
      'SH1',
      'Kowhai Gdns',
    );
    const word = fc.constantFrom(
      ...['North', 'N', 'East', 'Sth', 'West', 'Upper', 'Lower', 'Mount', 'Mt', 'New', 'Old', 'Port', 'Hill'],
    );
    const place = fc.constantFrom(
      'Perth',
      'Adelaide SA 5006',
      'Hutt',
      'Otara 2023, New Zealand',
      'Salem, OR',
    );
    fc.assert(
      fc.property(house, street, word, place, (number, name, either, town) => {
        const ofStreet = compareAddress(`${number} ${name} ${either}, ${town}`);
        const ofPlace = compareAddress(`${number} ${name}, ${either} ${town}`);
        expect(ofStreet).not.toBe(ofPlace);
        expect(compareAddress(ofStreet)).toBe(ofStreet);
        expect([ofPlace, ofStreet]).toContain(compareAddress(`${number} ${name} ${either} ${town}`));
        expect(compareAddress(`${number} ${name} ${town}`)).toBe(
          compareAddress(`${number} ${name}, ${town}`),
        );
      }),
      { numRuns: 2_000 },
    );
  });

  it('of which each names another country are never one', () => {
    const country = fc.constantFrom('Australia', 'New Zealand', 'USA', 'Canada');
    const end = fc.constantFrom(
      ...[
        'Perth',
        'Auckland 1010',
        'Hamilton',
        'Richmond VIC 3121',
        'Springfield, IL 62701',
        'Salem WA',
        'Nowhere',
      ],
      ...['Toronto, ON M5V 2T6', 'Victoria', 'Darwin NT'],
    );
    fc.assert(
      fc.property(country, country, end, (one, other, place) => {
        const addresses = [one, other].map((name) => compareAddress(`12 High St, ${place}, ${name}`));
        expect(addresses[0] === addresses[1]).toBe(one === other);
      }),
    );
  });

  it('keep letters and marks of other scripts', () => {
    expect(compareAddress('東京都千代田区1-1')).toBe('東京都千代田区1-1');
    expect(compareAddress('ул. Ленина, 5')).toBe('ул ленина 5');
    expect(compareAddress('12 Đường Lê Lợi')).toBe('12 duong le loi');
    expect(compareAddress('१२ मार्ग')).toBe('१२ मार्ग');
  });

  it('are sent as they are written, without marks, and once more without accents', () => {
    expect(cleanAddress(' \u202aU5/14 Māngere\u200b Road, Ōtāhuhu\ufeff ')).toBe(
      'U5/14 Māngere Road, Ōtāhuhu',
    );
    expect(unaccentedAddress('U5/14 Māngere Road, Ōtāhuhu')).toBe('U5/14 Mangere Road, Otahuhu');
    fc.assert(
      fc.property(anyText, (text) => {
        for (const mark of MARKS)
          if (mark !== '\ufe0f') expect(cleanAddress(`${text}a${mark}`)).toBe(cleanAddress(`${text}a`));
      }),
      { numRuns: 50 },
    );
  });

  it('of any length take little time', () => {
    for (const part of ['1/', '1 1/2 ', 'a.', '- ', 'unit 5 ', "o' ", '#', '1-', 'twenty ']) {
      const began = performance.now();
      compareAddress(part.repeat(60_000));
      compareAddress(part.repeat(200));
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });
});
