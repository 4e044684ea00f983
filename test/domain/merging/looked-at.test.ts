import { describe, expect, it } from '@jest/globals';
import { lookedAt } from '../../../src/domain/merging/looked-at.ts';
import {
  mergeSharedText,
  sentLines,
  standingLines,
  textBeside,
} from '../../../src/domain/merging/shared-text.ts';

const LOOKED_AT = 15_000;
const theirs = (count: number): string => Array.from({ length: count }, (_, at) => `theirs ${at}`).join('\n');

describe('a text that people wrote very far into', () => {
  it.each(['\n', '\r', '\r\n'])('is looked at from its end, as many lines, broken by %j', (end) => {
    const lines = Array.from({ length: LOOKED_AT + 7 }, (_, at) => `line ${at}`);
    const { above, looked } = lookedAt(lines.join(end));
    expect(above).toBe(lines.slice(0, 7).join(end) + end);
    expect(looked.split(end)).toHaveLength(LOOKED_AT);
    expect(above + looked).toBe(lines.join(end));
  });

  it.each([theirs(LOOKED_AT), `${theirs(LOOKED_AT)}\n`, 'one line', ''])(
    'is looked at whole where it is not',
    (text) => {
      expect(lookedAt(text)).toEqual({ above: '', looked: text });
    },
  );

  it('keeps all of theirs, and Zena’s line is added, found and taken away at its end', () => {
    const held = theirs(60_000);
    const first = mergeSharedText({ zena: 'ours', held, fates: {}, heldBefore: null });
    expect(first.text).toBe(`${held}\nours`);
    const again = mergeSharedText({ zena: 'ours', held: first.text, fates: first.fates, heldBefore: null });
    expect(again).toMatchObject({ text: first.text, fates: first.fates });
    const other = mergeSharedText({ zena: 'other', held: first.text, fates: first.fates, heldBefore: null });
    expect(other.text).toBe(`${held}\nother`);
    expect(standingLines(first.fates, first.text)).toEqual(first.fates);
    expect(textBeside(first.text, first.fates, ['ours'])).toBe(held);
  });

  it('leaves a line of Zena’s alone that stands above what is looked at: nobody sends it again', () => {
    const held = `ours\n${theirs(60_000)}`;
    const zena = 'ours\nnew';
    const merged = mergeSharedText({ zena, held, fates: sentLines('ours'), heldBefore: null });
    expect(merged.text).toBe(`${held}\nnew`);
    const without = mergeSharedText({
      zena: 'new',
      held: merged.text,
      fates: merged.fates,
      heldBefore: null,
    });
    expect(without.text).toBe(merged.text);
  });
});
