import { describe, expect, it } from '@jest/globals';
import { createWindowCounter } from '../../src/auth/window-counter.ts';

describe('a count by key', () => {
  it('begins anew when its window is over', () => {
    const counter = createWindowCounter(60_000, 10);
    expect(counter.count('a', 0)).toEqual({ count: 1, resetMs: 60_000 });
    expect(counter.count('a', 50_000)).toEqual({ count: 2, resetMs: 10_000 });
    expect(counter.count('b', 50_000).count).toBe(1);
    expect(counter.count('a', 60_000)).toEqual({ count: 1, resetMs: 60_000 });
    expect(counter.count('b', 60_000).count).toBe(2);
  });

  it('forgets the oldest rather than grow', () => {
    const counter = createWindowCounter(60_000, 3);
    for (const key of ['a', 'b', 'c']) counter.count(key, 0);
    expect(counter.count('a', 1).count).toBe(2);
    counter.count('d', 2);
    expect(counter.count('b', 3).count).toBe(2);
    expect(counter.count('c', 3).count).toBe(2);
    expect(counter.count('a', 3).count).toBe(1);
  });
});
