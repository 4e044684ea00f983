import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { clip, displayWidth, pad, printable } from '../../src/terminal/display-width.ts';
import { anyCodePoint } from '../domain/canonical/any-code-point.ts';

const text = fc.string({ unit: 'grapheme', maxLength: 40 }).map(printable);

describe('texts on a terminal', () => {
  it.each([
    ['Tāne', 4],
    ['e\u0301', 1],
    ['林 美玲', 7],
    ['👩‍👩‍👧', 2],
    ['\u001b[31mred\u001b[39m', 3],
  ])('%j takes %i cells', (value, cells) => {
    expect(displayWidth(value)).toBe(cells);
  });

  it('are cut to the cells that there are, and padded to exactly these', () => {
    fc.assert(
      fc.property(text, fc.integer({ min: 2, max: 30 }), (value, cells) => {
        expect(displayWidth(pad(clip(value, cells), cells))).toBe(cells);
      }),
    );
  });

  it('never hold a control character', () => {
    fc.assert(
      fc.property(fc.string({ unit: anyCodePoint }), (value) => {
        expect(printable(value)).not.toMatch(/[\p{Cc}\u202a-\u202e\u2066-\u2069]/u);
      }),
    );
  });
});
