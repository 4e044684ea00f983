import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { compareWord } from '../../../src/domain/canonical/compare-word.ts';
import { foldText } from '../../../src/domain/canonical/fold-text.ts';
import { visibleText, withoutMarks } from '../../../src/domain/canonical/invisible-marks.ts';
import { cleanName, compareName } from '../../../src/domain/canonical/person-name.ts';
import { anyText, marked, MARKS } from './marked-text.ts';
import { anyCodePoint } from './any-code-point.ts';

const EQUAL: readonly (readonly [string, string])[] = [
  ['Ada Lovelace', ' ada  LOVELACE '],
  ['Ada Lovelace', 'Ada\u00a0Lovelace'],
  ['Ada Lovelace', 'Ada\tLovelace\n'],
  ['Ada\u200b Lovelace', '\u202aAda Lovelace\u202c'],
  ['Ａｄａ Lovelace', 'Ada Lovelace'],
  ["Sinéad O'Connor", 'Sinead O’Connor'],
  ["Sinéad O'Connor", 'Sinead OConnor'],
  ['Jose\u0301 García', 'José Garcia'],
  ['Aroha Tūhoe', 'Aroha Tuhoe'],
  ['Søren Łukasz Đặng', 'Soren Lukasz Dang'],
  ['Jürgen Groß', 'Jurgen Gross'],
  ['Ægir Œuvre', 'Aegir Oeuvre'],
  ['Anne-Marie Smith', 'Anne Marie Smith'],
  ['Anne‑Marie Smith', 'Anne-Marie Smith'],
  ['Smith‐Jones', 'Smith–Jones'],
  ['J. R. Smith', 'J R Smith'],
  ['Smith, Mary', 'Smith Mary'],
  ['Nguyễn Văn An', 'Nguyen Van An'],
  ['Ιωάννης', 'ΙΩΑΝΝΗΣ'],
  ['İpek Yıldız', 'Ipek Yildiz'],
  ['Zoë', 'Zoe\u0308'],
  ['ﬁona', 'Fiona'],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  ['Ada Lovelace', 'Ada Lovelock'],
  ['Ada Lovelace', 'Lovelace Ada'],
  ['Ada Lovelace', 'Ada'],
  ['Ada Lovelace', 'AdaLovelace'],
  ['Ada Lovelace', 'A Lovelace'],
  ['Jon Smith', 'John Smith'],
  ['Ann Smith', 'Anne Smith'],
  ['Stephen', 'Steven'],
  ['Smith', 'Smyth'],
  ['Müller', 'Mueller'],
  ['Søren', 'Soeren'],
  ['Anne-Marie', 'Annemarie'],
  ["O'Connor", 'Connor'],
  ["O'Connor", 'O Connor'],
  ['McDonald', 'MacDonald'],
  ['de la Cruz', 'dela Cruz'],
  ['John Smith Jr', 'John Smith'],
  ['John Smith II', 'John Smith III'],
  ['Mr Smith', 'Mrs Smith'],
  ['Ada & Bob', 'Ada Bob'],
  ['Ada (Bob)', 'Ada Bob'],
  ['Bob/Ada', 'Bob Ada'],
  ['王小明', '王小朋'],
  ['Андрей', 'Андреи'],
  ['Ёлкин', 'Елкин'],
  ['かき', 'がき'],
  ['राम', 'रम'],
  ['مريم', 'مرىم'],
  ['שלום', 'שלומ'],
  ['Li', 'Lì Na'],
  ['Ada 2', 'Ada ²'],
  ['', 'A'],
  ['Tūhoe', 'Tuuhoe'],
];

describe('names', () => {
  it.each(EQUAL)('%j is %j', (one, other) => {
    expect(compareName(one)).toBe(compareName(other));
  });

  it.each(DIFFERENT)('%j is not %j', (one, other) => {
    expect(compareName(one)).not.toBe(compareName(other));
  });

  it('have a table of different pairs that is at least as long', () => {
    expect(DIFFERENT.length).toBeGreaterThanOrEqual(EQUAL.length);
  });

  it('are sent as they are written, without marks and with single blanks', () => {
    expect(cleanName(' \u202aSinéad\u200b  O’Connor\u202c\n')).toBe('Sinéad O’Connor');
    expect(cleanName('علی\u200cرضا')).toBe('علی\u200cرضا');
    expect(cleanName('\u200cعلی\u200c Mary\u200cJones')).toBe('علی MaryJones');
  });

  it('stay as they are when cleaned or compared again, whatever they are', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom(...[...EQUAL, ...DIFFERENT].flat())), (text) => {
        expect(cleanName(cleanName(text))).toBe(cleanName(text));
        for (const compare of [compareName, compareWord, foldText])
          expect(compare(compare(text))).toBe(compare(text));
        expect(compareName(cleanName(text))).toBe(compareName(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('are what they were where marks are put into them, different ones too', () => {
    const pairs = fc.constantFrom(...DIFFERENT, ...EQUAL);
    const withMarks = pairs.chain(([one, other]) => fc.tuple(fc.constant([one, other]), marked(one)));
    fc.assert(
      fc.property(withMarks, ([[one = '', other = ''], written]) => {
        expect(compareName(written)).toBe(compareName(one));
        expect(compareName(written) === compareName(other)).toBe(compareName(one) === compareName(other));
      }),
      { numRuns: 2_000 },
    );
  });
});

describe('stages', () => {
  it.each([
    ['Under Offer', 'under  offer '],
    ['under_offer', 'Under-Offer'],
    ['Conditional', 'CONDITIONAL\u200b'],
    ['Négociation', 'negociation'],
    ['ｓｏｌｄ', 'Sold'],
  ])('%j is %j', (one, other) => {
    expect(compareWord(one)).toBe(compareWord(other));
  });

  it.each([
    ['offer', 'offers'],
    ['under offer', 'underoffer'],
    ['offer', 'under offer'],
    ['stage 1', 'stage 2'],
    ['stage 1', 'stage ①'],
    ['offer?', 'offer'],
    ['1/2', '12'],
  ])('%j is not %j', (one, other) => {
    expect(compareWord(one)).not.toBe(compareWord(other));
  });
});

describe('folded text', () => {
  it('of ASCII is folded as any other', () => {
    const ascii = fc.string({
      unit: fc.integer({ min: 0, max: 127 }).map((code) => String.fromCharCode(code)),
    });
    fc.assert(
      fc.property(ascii, (text) => {
        expect(foldText(`${text}é`)).toBe(`${foldText(text)}e`);
      }),
      { numRuns: 1_000 },
    );
    expect(foldText('O`Brien\u0007')).toBe("o'brien");
  });
});

describe('text with invisible marks', () => {
  it('loses those that mean nothing', () => {
    for (const mark of MARKS) expect(visibleText(`Ada${mark} Lovelace`)).toBe('Ada Lovelace');
    for (const mark of MARKS) expect(withoutMarks(`${mark}5${mark}`)).toBe('5');
  });

  it('keeps blanks and line ends, and what makes one picture or one letter of several', () => {
    for (const kept of [
      'a\n\tb c\r\n',
      '👨\u200d👩\u200d👧',
      '❤\ufe0f',
      '1\ufe0f\u20e3',
      '葛\u{e0100}',
      'می\u200cخواهم',
      'क्\u200dष',
    ])
      expect(visibleText(kept)).toBe(kept);
    const flag = '🏴\u{e0067}\u{e0062}\u{e0065}\u{e006e}\u{e0067}\u{e007f}';
    expect(visibleText(flag)).toBe(flag);
  });

  it('is the same when it is cleaned again', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodePoint, maxLength: 30 }), (text) => {
        expect(visibleText(visibleText(text))).toBe(visibleText(text));
        expect(withoutMarks(visibleText(text))).toBe(withoutMarks(text));
      }),
      { numRuns: 3_000 },
    );
  });
});
