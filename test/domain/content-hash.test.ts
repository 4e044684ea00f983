import { describe, expect, it } from '@jest/globals';
import { naturalKeyHash } from '../../src/domain/content-hash.ts';

describe('a natural key', () => {
  it('does not let its parts run into each other', () => {
    expect(naturalKeyHash('deal', 'a', 'bc')).not.toBe(naturalKeyHash('deal', 'ab', 'c'));
    expect(naturalKeyHash('deal', 'a","b')).not.toBe(naturalKeyHash('deal', 'a', 'b'));
    expect(naturalKeyHash('contact', 'a')).not.toBe(naturalKeyHash('property', 'a'));
  });
});
