import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  cleanEmail,
  compareEmail,
  isEmail,
  readableEmail,
} from '../../../src/domain/canonical/email-address.ts';
import {
  createPlaceholderCheck,
  isUsualPlaceholder,
} from '../../../src/domain/canonical/placeholder-emails.ts';
import { anyText, marked } from './marked-text.ts';

const A = 'a@example.com';

/** Ways of writing `a@example.com`, of which that is sent. */
const WRAPPED = [
  ...[A, ` ${A}\t`, `${A}.`, `${A};`, `${A},`, `${A} ;`, `,${A}`, `"${A}"`, `'${A}'`, `“${A}”`, `\`${A}\``],
  ...[`'${A}`, `<${A}>`, `<${A}`, `${A}>`, `Mary Jones <${A}>`, `Mary Jones<${A}>`, `"Jones, Mary" <${A}>`],
  ...[`Jones, Mary <${A}>;`, `"${A}" <${A}>`, `<mailto:${A}>`, `<mailto:${A}|${A}>`, `Mary ＜${A}＞`],
  ...[`mailto:${A}`, `MAILTO:${A}`, `mailto: ${A}`, `mailto://${A}`, `mailto:${A}?subject=Hello`],
  ...['mailto:a%40example.com', `E-mail: ${A}`, `email:${A}`, `work: ${A}`, `SMTP:${A}`, `(${A})`, `[${A}]`],
  ...[`${A} (home)`, `(work) ${A}`, `Mary Jones (${A})`, `[${A}](mailto:${A})`, `[Mary](mailto:${A})`],
  ...[`${A}; b@example.com`, `${A}, b@example.com`, `${A} / b@example.com`, `${A} b@example.com`],
  ...[
    `${A}\u200b`,
    `\u202a${A}\u202c`,
    `\ufeff${A}`,
    'a\u00ad@example.com',
    'a@exam\u200dple.com',
    `\u2068${A}\u2069`,
  ],
  ...['a @example.com', 'a@ example.com', 'a @ example.com'],
];

const EQUAL: readonly (readonly [string, string])[] = [
  ...WRAPPED.map((written): [string, string] => [written, A]),
  ['ADA@Example.TEST', 'ada@example.test'],
  ['ａｄａ＠ｅｘａｍｐｌｅ．ｃｏｍ', 'ada@example.com'],
  ['ada@bücher.example', 'ada@xn--bcher-kva.example'],
  ['ada@BÜCHER.example', 'ada@XN--BCHER-KVA.example'],
  ['ada@bu\u0308cher.example', 'ada@bücher.example'],
  ['ada@例え.テスト', 'ada@xn--r8jz45g.xn--zckzah'],
  ['ada@bücher。example', 'ada@bücher.example'],
  ['jose\u0301@example.com', 'josé@example.com'],
  ["O'Brien@example.com", "o'brien@example.com"],
];

const DIFFERENT: readonly (readonly [string, string])[] = [
  [A, 'b@example.com'],
  [A, 'a@example.org'],
  [A, 'a@example.co'],
  [A, 'a@sub.example.com'],
  [A, 'aa@example.com'],
  ['a.b@example.com', 'ab@example.com'],
  ['a-b@example.com', 'a_b@example.com'],
  ['a+b@example.com', 'a@example.com'],
  ['a+b@example.com', 'b@example.com'],
  ['josé@example.com', 'jose@example.com'],
  ['ada@bücher.example', 'ada@bucher.example'],
  ['ada@bücher.example', 'ada@buecher.example'],
  ['ada@straße.example', 'ada@strasse.example'],
  ["o'brien@example.com", 'obrien@example.com'],
  ["'o'brien'@example.com", 'obrien@example.com'],
  ['mary jones@example.com', 'jones@example.com'],
  ['mary jones@example.com', 'maryjones@example.com'],
  ['Mary <a@example.com>', 'Mary <b@example.com>'],
  ['a@example.com <b@example.com>', A],
  ['a@example.com; b@example.com', 'b@example.com; a@example.com'],
  ['mailto:a@example.com', 'mailto.a@example.com'],
  ['mailto:a%2b1@example.com', 'mailto:a@example.com'],
  ['(a)b@example.com', A],
  ['a@gmail.com', 'a@googlemail.com'],
  ['n/a', 'na'],
  ['n/a', A],
  ['', A],
  ['@example.com', A],
  ['a@', A],
  ['a@@example.com', A],
  ['a@b@example.com', 'a@example.com'],
  ['a@example..com', 'a@example.com'],
  ['"a b"@example.com', 'ab@example.com'],
  ['a²@example.com', 'a2@example.com'],
  ['a@1.2.3.4', 'a@[1.2.3.4]'],
  ['l@example.com', 'I@example.com'],
  ['0@example.com', 'o@example.com'],
  ['info@a.example', 'info@b.example'],
  ['a@xn--bcher-kva.example', 'a@xn--bcher-kvb.example'],
  ['а@example.com', A],
  ['ı@example.com', 'i@example.com'],
  ['a!b@example.com', 'a.b@example.com'],
  ['a/b@example.com', 'b@example.com'],
  ['a|b@example.com', 'b@example.com'],
  ['a=b@example.com', 'ab@example.com'],
  ['a1@example.com', 'a2@example.com'],
  ['sales@example.com', 'sale@example.com'],
  ['x.a@example.com', 'x.b@example.com'],
  ['a@example.com.au', 'a@example.com'],
  ['a@my-example.com', 'a@myexample.com'],
  ['a@my_example.com', 'a@my-example.com'],
  ['a#1@example.com', 'a@example.com'],
  ['a~@example.com', A],
  ['_a@example.com', A],
  ['a.@example.com', A],
  ['{a}@example.com', A],
  ['a*@example.com', A],
  ['%a@example.com', A],
  ['a$@example.com', A],
  ['ae@example.com', 'æ@example.com'],
  ['ss@example.com', 'ß@example.com'],
  ['o@example.com', 'ø@example.com'],
];

describe('e-mails', () => {
  it.each(EQUAL)('%j is %j', (one, other) => {
    expect(compareEmail(one)).toBe(compareEmail(other));
    expect(isEmail(one)).toBe(true);
  });

  it.each(DIFFERENT)('%j is not %j', (one, other) => {
    expect(compareEmail(one)).not.toBe(compareEmail(other));
  });

  it('have a table of different pairs that is at least as long', () => {
    expect(DIFFERENT.length).toBeGreaterThanOrEqual(EQUAL.length);
  });

  it.each(WRAPPED)('are sent without wrapping and marks: %j', (written) => {
    expect(cleanEmail(written)).toBe(A);
  });

  it.each([
    ...['Ada@Example.TEST', 'josé@bücher.example', 'a@xn--bcher-kva.example', "o'brien@example.com"],
    ...['a+tag@example.com', '"john smith"@example.com', 'ａ＠example.com'],
  ])('are sent otherwise as they are written: %s', (written) => {
    expect(cleanEmail(` ${written}`)).toBe(written);
    expect(isEmail(written)).toBe(true);
  });

  it.each([
    ...[
      'n/a',
      'N/A',
      '-',
      '--',
      '.',
      '?',
      'none',
      'unknown',
      'no email',
      'tba',
      '@',
      'a@',
      '@b',
      'a@@b',
      'a@b@c',
    ],
    ...[
      'mary at example dot com',
      'mary jones@example.com',
      '021 555 123',
      '',
      ' ',
      '\u200b',
      'a@.',
      'a@-b',
      'a@b..c',
    ],
    ...[
      'http://example.com',
      'www.example.com',
      'mailto:',
      '<>',
      'Mary <>',
      'see notes',
      `a@${'b'.repeat(2_000)}`,
    ],
  ])('are none: %j', (entry) => {
    expect(isEmail(entry)).toBe(false);
  });

  it('are found by their host in letters, too', () => {
    expect(readableEmail('Ada@xn--bcher-kva.example')).toBe('ada@bücher.example');
    expect(readableEmail('ada@xn--0.example')).toBe('ada@xn--0.example');
    expect(readableEmail(A)).toBe(A);
  });

  it('of hosts in letters have one form, whichever way they come', () => {
    const letters = fc.string({
      unit: fc.constantFrom(...'abcäöüßéøłñжçあ例मक가-0'),
      minLength: 1,
      maxLength: 12,
    });
    fc.assert(
      fc.property(letters, (host) => {
        const ascii = compareEmail(`a@${host}.example`);
        expect(compareEmail(readableEmail(ascii))).toBe(ascii);
      }),
      { numRuns: 2_000 },
    );
  });

  it('stay as they are when cleaned or compared again', () => {
    fc.assert(
      fc.property(fc.oneof(anyText, fc.constantFrom(...[...EQUAL, ...DIFFERENT].flat())), (text) => {
        expect(cleanEmail(cleanEmail(text))).toBe(cleanEmail(text));
        expect(compareEmail(compareEmail(text))).toBe(compareEmail(text));
        expect(isEmail(cleanEmail(text))).toBe(isEmail(text));
      }),
      { numRuns: 5_000 },
    );
  });

  it('are what they were where marks are put into them, different ones too', () => {
    const pairs = fc.constantFrom(...DIFFERENT, ...EQUAL);
    const withMarks = pairs.chain(([one, other]) => fc.tuple(fc.constant([one, other]), marked(one)));
    fc.assert(
      fc.property(withMarks, ([[one = '', other = ''], written]) => {
        expect(compareEmail(written)).toBe(compareEmail(one));
        expect(cleanEmail(written)).toBe(cleanEmail(one));
        expect(compareEmail(written) === compareEmail(other)).toBe(compareEmail(one) === compareEmail(other));
      }),
      { numRuns: 3_000 },
    );
  });

  it('of any length take little time', () => {
    for (const part of ['<a@', 'a@b ', '(', 'a@b;', '"', '[a@', 'a:', ' ', '.']) {
      const began = performance.now();
      for (const text of [part.repeat(60_000), part.repeat(250)]) isEmail(text);
      expect(performance.now() - began).toBeLessThan(2_000);
    }
  });
});

describe('e-mails that stand for none', () => {
  it.each([
    ...['noemail@example.com', 'NoEmail@agency.test', 'no-email@x.com', 'no.email@x.com', 'no_email@x.com'],
    ...[
      'none@none.com',
      'unknown@example.com',
      'Unknown <unknown@example.com>',
      'na@example.com',
      'nomail@x.com',
    ],
    ...[
      'noreply@example.com',
      'no-reply@example.com',
      'donotreply@example.com',
      'notprovided@x.com',
      'nil@x.com',
    ],
  ])('are known: %s', (email) => {
    expect(isUsualPlaceholder(email)).toBe(true);
  });

  it.each([
    ...['ada@example.com', 'nonel@example.com', 'ada.none@example.com', 'na.smith@x.com'],
    ...['ada@noemailers.com', 'unknown.soldier@example.com', 'info@example.com', 'n/a', ''],
  ])('are not others: %s', (email) => {
    expect(isUsualPlaceholder(email)).toBe(false);
  });

  it('are the operator’s, too: an address, a name at any host, a host, a bare name', () => {
    const is = createPlaceholderCheck([
      'Office@Agency.test',
      'donthaveone@',
      '@noemail.agency.test',
      'ask-owner',
      'x*@*',
    ]);
    expect(is('office@agency.test')).toBe(true);
    expect(is('office@other.test')).toBe(false);
    expect(is('DontHaveOne@anywhere.test')).toBe(true);
    expect(is('c1234@noemail.agency.test')).toBe(true);
    expect(is('c1234@agency.test')).toBe(false);
    expect(is('ask.owner@anywhere.test')).toBe(true);
    expect(is('noemail@anywhere.test')).toBe(true);
    expect(is('ada@anywhere.test')).toBe(false);
  });
});
