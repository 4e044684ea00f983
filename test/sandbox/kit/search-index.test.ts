import { describe, expect, it } from '@jest/globals';
import { createSearchIndex } from '../../../src/sandbox/kit/records/search-index.ts';

const byNames = () => createSearchIndex(({ names }) => (Array.isArray(names) ? names.map(String) : []));

describe('a search index', () => {
  it('shows each record as it was at a moment, also under a key that it has left since', () => {
    const index = byNames();
    index.add('1', { names: ['Anna', 'Lee'] }, 10, 0);
    index.add('1', { names: ['Ann'] }, 20, 0);
    expect(index.find('anna', 9)).toEqual([]);
    expect(index.find('LEE', 15)).toEqual([{ id: '1', fields: { names: ['Anna', 'Lee'] } }]);
    expect(index.find('anna', 20)).toEqual([{ id: '1', fields: { names: ['Ann'] } }]);
    expect(index.find('ann', 15)).toEqual([{ id: '1', fields: { names: ['Anna', 'Lee'] } }]);
  });

  it('forgets what a later version has replaced for good, and what was removed', () => {
    const index = byNames();
    index.add('1', { names: ['Anna'] }, 10, 0);
    index.add('1', { names: ['Ann'] }, 20, 30);
    expect(index.find('anna', 15)).toEqual([]);
    index.remove('1');
    expect(index.find('ann', 30)).toEqual([]);
  });
});
