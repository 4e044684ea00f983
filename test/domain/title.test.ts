import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { recordTitle } from '../../src/domain/record.ts';
import { cutTitle, TITLE_LENGTH } from '../../src/domain/record.ts';
import { contactBody, dealBody, propertyBody, record } from '../support/builders.ts';

const graphemes = (text: string): string[] =>
  [...new Intl.Segmenter('und', { granularity: 'grapheme' }).segment(text)].map(({ segment }) => segment);

describe('a title', () => {
  it('is the text where that is short, and else ends between two characters as people see them', () => {
    fc.assert(
      fc.property(fc.string({ unit: 'grapheme', maxLength: 400 }), (text) => {
        const title = cutTitle(text);
        if (text.length <= TITLE_LENGTH) return title === text;
        expect(title.length).toBeLessThanOrEqual(TITLE_LENGTH);
        const kept = graphemes(title.slice(0, -1));
        return title.endsWith('…') && kept.every((one, at) => one === graphemes(text)[at]);
      }),
    );
  });

  it('tears no family, flag or accent apart', () => {
    for (const one of ['👨‍👩‍👧‍👦', '🇳🇿', 'é', '👍🏽']) {
      for (let before = TITLE_LENGTH - 15; before <= TITLE_LENGTH; before += 1) {
        const title = cutTitle(`${'n'.repeat(before)}${one}${'n'.repeat(50)}`);
        expect(['n', one]).toContain(graphemes(title.slice(0, -1)).at(-1));
      }
    }
  });

  it('is bounded whatever its one character is made of', () => {
    const title = cutTitle(`a${'\u0301'.repeat(1_000_000)}`);
    expect(title.length).toBeLessThanOrEqual(TITLE_LENGTH);
    expect(cutTitle(`${'😀'.repeat(2)}${'\u0301'.repeat(9_000)}`).isWellFormed()).toBe(true);
  });

  it('is cut for every kind of record', () => {
    const long = 'n'.repeat(500_000);
    for (const body of [
      contactBody({ name: long }),
      propertyBody({ address: long }),
      dealBody({ summary: long }),
    ])
      expect(recordTitle(record('r-1', body))).toHaveLength(TITLE_LENGTH);
  });
});
