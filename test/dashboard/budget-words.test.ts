import { describe, expect, it } from '@jest/globals';
import { budgetWords } from '../../dashboard/src/words/budget-words.ts';
import { readStageLines, stageLines } from '../../dashboard/src/words/stage-lines.ts';

const AT = Date.parse('2026-03-01T20:00:00Z');
const day = { used: 600, left: 9_400, keptForLive: 2_000, forecast: 640, resetsAt: '2026-03-02T00:00:00Z' };

describe('the day’s calls in words', () => {
  it('say how many are used and expected', () => {
    expect(budgetWords(10_000, day, 'VaultRE', AT)).toEqual({
      summary: '600 of today’s 10,000 calls to VaultRE used',
      outlook: 'About 640 expected by the end of the day.',
      isShort: false,
    });
    expect(budgetWords(10_000, { ...day, forecast: null }, 'VaultRE', AT).outlook).toBeNull();
  });

  it.each([
    [{ used: 5_000, left: 5_000, forecast: 12_000 }, 'At this rate they won’t last: 12,000'],
    [{ used: 8_500, left: 1_500, forecast: 9_000 }, 'Live changes only'],
    [{ used: 10_000, left: 0, forecast: 10_000 }, 'All are used.'],
  ])('say what is short, and when it ends: %j', (today, words) => {
    const { outlook, isShort } = budgetWords(10_000, { ...day, ...today }, 'VaultRE', AT);
    expect(isShort).toBe(true);
    expect(outlook).toContain(words);
    expect(outlook).toContain('in 4 h');
  });
});

describe('stages in a form', () => {
  it('come back as they were written', () => {
    const stages = { offer: 'Under offer', 'under contract': 'Sold = gone' };
    expect(readStageLines(stageLines(stages))).toEqual(stages);
    expect(readStageLines(' \n offer=Under offer \r\n')).toEqual({ offer: 'Under offer' });
    expect(readStageLines('')).toEqual({});
  });

  it('are none where a line lacks one of the two', () => {
    for (const text of ['offer', '= Under offer', 'offer =', 'a = b\nc'])
      expect(readStageLines(text)).toBeNull();
  });
});
