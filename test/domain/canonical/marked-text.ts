import fc from 'fast-check';
import { anyCodePoint } from './any-code-point.ts';

/** What shows nothing and parts nothing. */
export const MARKS = [
  ...['\u00ad', '\u034f', '\u061c', '\u180e', '\u200b', '\u200c', '\u200d', '\u200e', '\u200f'],
  ...['\u202a', '\u202b', '\u202c', '\u202d', '\u202e', '\u2060', '\u2061', '\u2063', '\u2066', '\u2067'],
  ...['\u2068', '\u2069', '\u206f', '\ufe0f', '\ufeff', '\u{e0061}', '\u0007', '\u009f'],
];

/** The text with marks anywhere in it. */
export function marked(text: string): fc.Arbitrary<string> {
  const place = fc.tuple(fc.nat({ max: text.length }), fc.constantFrom(...MARKS));
  return fc.array(place, { minLength: 1, maxLength: 6 }).map((places) =>
    // Letters of two code units are not taken apart: a mark between them would not be one between letters.
    places.reduce((marked, [at, mark]) => {
      const letters = [...marked];
      return [...letters.slice(0, at), mark, ...letters.slice(at)].join('');
    }, text),
  );
}

/** Texts that look like what people write, and some that don't. */
export const anyText = fc.oneof(
  fc.string({ unit: anyCodePoint, maxLength: 20 }),
  fc.string({ unit: 'grapheme', maxLength: 20 }),
  fc
    .array(
      fc.constantFrom(
        ...[
          'unit',
          'U',
          'flat',
          'level',
          '5',
          '12',
          '14a',
          '/',
          ' ',
          ' ',
          ',',
          'Street',
          'st.',
          "'",
          '-',
          '–',
        ],
        ...[
          '\u0301',
          'e',
          'É',
          'Saint',
          'North',
          'Nth',
          'Σ',
          'İ',
          '\u3000',
          '１２',
          'ﬁ',
          '½',
          '1/2',
          '²',
          '⁄',
        ],
        ...[
          'rd',
          'RD 2',
          'PO Box',
          '#',
          'No.',
          'Gdns',
          'twenty',
          'first',
          '5th',
          'floor',
          'Queensland',
          'WA',
        ],
        ...[
          'Western',
          'Australia',
          'NZ',
          '4017',
          '62701-1234',
          'V6B1A1',
          'a',
          'n',
          '&',
          'O’',
          '\u200b',
          'tower',
        ],
        ...[
          '<',
          '>',
          '@',
          '.',
          ';',
          'mailto:',
          'a@example.com',
          '(',
          ')',
          '"',
          '。',
          '＠',
          'xn--',
          'ü',
          'tel:',
        ],
      ),
      { maxLength: 12 },
    )
    .map((parts) => parts.join('')),
);
