import { withoutMarks } from './invisible-marks.ts';

/** Letters that differ from a plain one and that Unicode doesn't take apart, in lower case. */
const PLAIN_LETTERS: ReadonlyMap<string, string> = new Map(
  Object.entries({
    ß: 'ss',
    æ: 'ae',
    œ: 'oe',
    ø: 'o',
    đ: 'd',
    ð: 'd',
    þ: 'th',
    ł: 'l',
    ħ: 'h',
    ı: 'i',
    ŧ: 't',
    ς: 'σ',
  }),
);
const ODD_LETTERS = new RegExp(`[${[...PLAIN_LETTERS.keys()].join('')}]`, 'gu');

/** A number that is one character (½, ², ①) must not run into the figures beside it, as its compatible form would. */
const WHOLE_NUMBERS = /[^\p{No}ªº\u2044]+/gu;

const APOSTROPHES = /['’‘‛`´ʼʻʽʾʿ′ꞌ＇]/gu;
const PLAIN_TEXT = /^[\t\n\r -_a-~]*$/;
const DASHES = /[\p{Pd}\u2212]/gu;
const LETTER_WITH_SIGNS = /([\p{Script=Latin}\p{Script=Greek}])\p{M}+/gu;

/** More rounds than any text needs. */
const MOST_ROUNDS = 8;

/** What a text comes to where a rule is followed until there is nothing left to do: so it stays as it is when that is done again. */
export function settled(text: string, rule: (text: string) => string): string {
  let now = text;
  for (let round = 0; round < MOST_ROUNDS; round += 1) {
    const next = rule(now);
    if (next === now) break;
    now = next;
  }
  return now;
}

/** Wide, narrow and joined forms of a character as the plain one: `ａ` is `a`, `ﬁ` is `fi`; `½` stays. */
function foldWidth(text: string): string {
  return text.replace(WHOLE_NUMBERS, (run) => run.normalize('NFKC'));
}

/** Lower case and width, and nothing else: for what differs by its accents. */
export function foldCase(text: string): string {
  return foldWidth(foldWidth(text).toLowerCase());
}

/** Latin and Greek letters without their accents. In other scripts a sign makes another letter. */
export function withoutDiacritics(text: string): string {
  return text.normalize('NFD').replace(LETTER_WITH_SIGNS, '$1').normalize('NFC');
}

/**
 * A text for comparing and for searching: without invisible marks, in lower case, without accents and differences of width, with one
 * apostrophe and one dash. Blanks and other punctuation stay.
 */
export function foldText(text: string): string {
  // Most texts, and every record that is taken in is folded.
  if (PLAIN_TEXT.test(text)) return text.toLowerCase();
  const even = withoutMarks(text).replace(APOSTROPHES, "'").replace(DASHES, '-');
  const plain = withoutDiacritics(foldCase(even));
  return withoutMarks(plain.replace(ODD_LETTERS, (letter) => PLAIN_LETTERS.get(letter) ?? letter))
    .replace(APOSTROPHES, "'")
    .replace(DASHES, '-');
}
