import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { plainText } from '../../../src/domain/merging/field-marks.ts';
import { mergeSharedText } from '../../../src/domain/merging/shared-text.ts';
import { lineHash, standingText } from '../../../src/domain/merging/standing-text.ts';

const word = fc.constantFrom('a', 'b', 'ab', 'é', 'e\u0301');
const line = fc.array(word, { maxLength: 4 }).map((words) => words.join(' '));
const lines = fc.array(fc.oneof(line, fc.constantFrom('', '  ', ' a  b ')), { maxLength: 12 });

/** Every run of up to 40 lines, one after the other. */
function stands(held: readonly string[], sought: string): boolean {
  return held.some((_, from) => {
    const parts: string[] = [];
    for (const each of held.slice(from, from + 40)) {
      const part = plainText(each);
      if (part === '') return false;
      parts.push(part);
      if (parts.join(' ') === plainText(sought)) return true;
    }
    return false;
  });
}

describe('a line in a text', () => {
  it('is found where trying every run of lines finds it', () => {
    fc.assert(
      fc.property(lines, line, (held, sought) => {
        expect(standingText(held).hasLine(sought)).toBe(stands(held, sought));
      }),
      { numRuns: 1_000 },
    );
  });

  it('is found by its hash alone, in places that don’t overlap', () => {
    fc.assert(
      fc.property(lines, fc.uniqueArray(line, { minLength: 1, maxLength: 3 }), (held, sought) => {
        const spans = standingText(held).spansOf(new Set(sought.map(lineHash)));
        for (const { hash, indexes } of spans) {
          const joined = indexes.map((index) => plainText(held[index] ?? '')).join(' ');
          expect(lineHash(joined)).toBe(hash);
        }
        const places = spans.flatMap(({ indexes }) => indexes);
        expect(new Set(places).size).toBe(places.length);
        expect(places).toEqual(places.toSorted((a, b) => a - b));
        const [one = ''] = sought;
        if (sought.length === 1) expect(spans.length).toBe(stands(held, one) ? 1 : 0);
      }),
      { numRuns: 1_000 },
    );
  });
});

describe('a long text', () => {
  const numbered = (count: number, text: string) => Array.from({ length: count }, (_, at) => `${text} ${at}`);

  // Each of these took minutes, when every run was tried for every line.
  it.each([
    ['lines', numbered(10_000, 'Called the vendor').join('\n'), numbered(300, 'Sells in spring')],
    ['equal lines', 'a\n'.repeat(10_000), numbered(300, 'a '.repeat(60))],
    ['lines that begin like it', numbered(10_000, 'a').join('\n'), numbered(300, 'a 1 a 2 a 3')],
  ])('of %s is merged all the same', (_what, held, zena) => {
    const merged = mergeSharedText({ zena: zena.join('\n'), held, fates: {}, heldBefore: held });
    expect(merged.text.startsWith(held.trimEnd())).toBe(true);
    expect(merged.text.endsWith((zena.at(-1) ?? '').trim())).toBe(true);
    const again = mergeSharedText({ zena: '', held: merged.text, fates: merged.fates, heldBefore: null });
    expect(again.text.length).toBeLessThanOrEqual(merged.text.length);
  });
});
