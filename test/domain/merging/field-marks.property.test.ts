import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { isBlank, plainText } from '../../../src/domain/merging/field-marks.ts';

const text = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        ' ',
        '  ',
        '\t',
        '\r\n',
        '\u00a0',
        '\ufeff',
        '\u200b',
        '\u00ad',
        'a',
        '~',
        'é',
        'e\u0301',
        '\u0301',
      ),
      fc.string(),
    ),
    {
      maxLength: 8,
    },
  )
  .map((parts) => parts.join(''));

describe('a text as it is compared', () => {
  it('is composed, in single spaces, without what nobody sees, however it is found out that it is so already', () => {
    fc.assert(
      fc.property(text, (said) => {
        const composed = said.normalize('NFC').replace(/\p{Cf}/gu, '');
        expect(plainText(said)).toBe(composed.replace(/\s+/gu, ' ').trim());
      }),
      { numRuns: 2_000 },
    );
  });

  it('is blank where nothing of it is left, and only there', () => {
    fc.assert(
      fc.property(text, (said) => {
        expect(isBlank(said)).toBe(plainText(said) === '');
      }),
      { numRuns: 2_000 },
    );
  });
});
