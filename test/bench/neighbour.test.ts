import { describe, expect, it } from '@jest/globals';
import { BENCHES } from '../../bench/benches.ts';
import { withSection } from '../../bench/harness/document-section.ts';
import { ATTACKS } from '../../bench/neighbour/attacks.ts';
import { faultsOf, MOST_GROWN_MIB, MOST_RESIDENT_MIB } from '../../bench/stages/judge-encounter.ts';
import type { Encounter, Stretch } from '../../bench/stages/neighbour-stage.ts';
import { startHostileCrm } from '../../bench/neighbour/hostile-crm.ts';

const stretch: Stretch = {
  deliveryMs: 10,
  httpMs: 5,
  changes: 30,
  gets: 20,
  refused: [],
  lost: 0,
  longestStallMs: 8,
  longestWorkMs: 6,
  peakMiB: 200,
};
const encounter = (beside: Partial<Stretch>, over: Partial<Encounter> = {}): Encounter => ({
  quiet: stretch,
  beside: { ...stretch, ...beside },
  control: stretch,
  statuses: { 200: 7, 429: 3 },
  controlled: { 200: 7, 429: 3 },
  grownMiB: 1,
  ended: null,
  ...over,
});

describe('the bench of a hostile neighbour', () => {
  it('is one of the benches, and its section stands in the document of reliability', () => {
    const bench = BENCHES.find(({ name }) => name === 'neighbour');
    expect(bench?.document).toBe('reliability');
  });

  it('has an attack of each kind, with a name of its own', () => {
    expect(ATTACKS.length).toBeGreaterThanOrEqual(9);
    expect(new Set(ATTACKS.map(({ name }) => name)).size).toBe(ATTACKS.length);
  });

  it('fails for nothing that takes long', () => {
    expect(faultsOf(encounter({ deliveryMs: 9_000, httpMs: 9_000, longestStallMs: 9_000 }))).toEqual([]);
  });

  it.each<[string, Encounter]>([
    ['a program that ended', encounter({}, { ended: 'SIGABRT: heap out of memory' })],
    ['a change that did not arrive', encounter({ lost: 1 })],
    ['a call of the other that was refused', encounter({ refused: ['GET /x: 429'] })],
    ['a change that did not arrive in the control', encounter({}, { control: { ...stretch, lost: 1 } })],
    ['too much memory', encounter({ peakMiB: MOST_RESIDENT_MIB + 1 })],
    ['too much on disk', encounter({}, { grownMiB: MOST_GROWN_MIB + 1 })],
    ['a surprise of the program', encounter({}, { statuses: { 500: 1 } })],
    ['no answer', encounter({}, { statuses: { error: 1 } })],
  ])('fails for %s', (_, found) => {
    expect(faultsOf(found)).toHaveLength(1);
  });

  it.each([
    ['bomb', '/auth/verify', 4_000_000],
    ['hits', '/contacts/search?email=a', 4_000_000],
    ['echo', '/contacts/1', 1_000_000],
    ['good', '/contacts/search?email=a', 2],
  ] as const)('has a CRM that answers %s', async (mood, path, atLeast) => {
    const crm = await startHostileCrm();
    crm.setMood(mood);
    try {
      const response = await fetch(`${crm.url}/api/v1${path}`, { headers: { authorization: 'Bearer key' } });
      expect((await response.text()).length).toBeGreaterThanOrEqual(atLeast);
    } finally {
      await crm.close();
    }
  });
});

describe('a section that a bench writes', () => {
  const begin = '<!-- Written by the bench one: npm run bench -- --write -->';
  const end = '<!-- End of the bench one -->';

  it('replaces what it wrote before, and nothing else', () => {
    const before = `# A\n\n${begin}\n\nold\n\n${end}\n\ntext\n`;
    const once = withSection(before, 'one', '## New\n');
    expect(once).toBe(`# A\n\n${begin}\n\n## New\n\n${end}\n\ntext\n`);
    expect(withSection(once, 'one', '## New\n')).toBe(once);
  });

  it('is written only where the document has a place for it', () => {
    expect(() => withSection('# A\n', 'one', 'x')).toThrow('no place');
  });
});
