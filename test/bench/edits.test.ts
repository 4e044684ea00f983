import { describe, expect, it } from '@jest/globals';
import { editsOf } from '../../bench/benches/edits.ts';
import { countEditCalls, mixedEdits } from '../../bench/stages/edit-calls.ts';
import { EDIT_SUBJECTS } from '../../bench/stages/edit-subjects.ts';
import { DEFINITIONS } from '../../src/service/create-connectors.ts';

/** Calls are counted, and not measured: a few edits say what many do, but for what is read once. */
const EDITS = 40;

describe.each(EDIT_SUBJECTS.map(({ subject, atMost }) => ({ name: subject.name, subject, atMost })))(
  'an edit of a user’s at $name',
  ({ subject, atMost }) => {
    it.each(Object.entries(atMost))('costs as many calls as it may: %s, %d', async (kind, most) => {
      const counted = await countEditCalls(subject, editsOf(kind as keyof typeof atMost, EDITS));
      expect(counted.wrong).toEqual([]);
      expect(counted.perEdit).toBeLessThanOrEqual(most);
      expect(counted.perEdit).toBeGreaterThan(0.9);
    });
  },
);

it('is counted for every connector that keeps contacts', () => {
  const counted = EDIT_SUBJECTS.map(({ subject: { definition } }) => [definition.id, definition.dialect]);
  expect(counted).toEqual(expect.arrayContaining(DEFINITIONS.map(({ id, dialect }) => [id, dialect])));
});

it('is of one core field in ninety of a hundred', () => {
  const edits = mixedEdits(100);
  const ofClass = (name: string): number => edits.filter((one) => one === name).length;
  expect([ofClass('core'), ofClass('entry'), ofClass('note')]).toEqual([90, 5, 5]);
});
