import { existsSync } from 'node:fs';
import { describe, expect, it } from '@jest/globals';
import { countOf } from '../security/mutate-defences.ts';
import { LIBRARY_MUTATIONS } from './library-mutations.ts';

describe('the list of what bottleneck, opossum and axios do for a call', () => {
  it('names each of them, and each thing once', () => {
    for (const library of ['bottleneck', 'opossum', 'axios'])
      expect(LIBRARY_MUTATIONS.some(({ defence }) => defence.startsWith(library))).toBe(true);
    expect(new Set(LIBRARY_MUTATIONS.map(({ defence }) => defence)).size).toBe(LIBRARY_MUTATIONS.length);
  });

  it.each(LIBRARY_MUTATIONS)('still finds its place: $defence', async (mutation) => {
    expect(await countOf(mutation)).toBe(1);
    expect(mutation.replace).not.toBe(mutation.search);
    expect(mutation.tests.filter((file) => !existsSync(file))).toEqual([]);
  });
});
