import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { countOf, mutateDefences } from './mutate-defences.ts';
import { MUTATIONS } from './mutations.ts';

describe('the list of defences that are taken out one by one', () => {
  it('is long enough to mean something', () => {
    expect(MUTATIONS.length).toBeGreaterThanOrEqual(12);
    expect(new Set(MUTATIONS.map(({ defence }) => defence)).size).toBe(MUTATIONS.length);
  });

  it.each(MUTATIONS)('still finds its place: $defence', async (mutation) => {
    expect(await countOf(mutation)).toBe(1);
    expect(mutation.replace).not.toBe(mutation.search);
    expect(mutation.tests.filter((file) => !existsSync(file))).toEqual([]);
  });

  it('tells a defence that a test misses from one that none does', async () => {
    const [missed] = MUTATIONS.filter(({ defence }) => defence.startsWith('userinfo'));
    if (missed === undefined) throw new Error('the list lacks it');
    const unseen = { ...missed, replace: `${missed.search} // the same`, only: 'user:pw' };
    const ends = await mutateDefences([{ ...missed, only: 'user:pw' }, unseen]);
    expect(ends.map(({ end }) => end)).toEqual(['red', 'survived']);
  }, 60_000);
});
