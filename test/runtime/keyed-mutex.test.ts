import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createKeyedMutex } from '../../src/runtime/keyed-mutex.ts';

describe('work under keys', () => {
  it('goes one at a time per key, and side by side where the keys differ', async () => {
    const mutex = createKeyedMutex();
    const gate = Promise.withResolvers<void>();
    const log: string[] = [];
    const work = (name: string, wait: Promise<void>) => async () => {
      log.push(`${name} begins`);
      await wait;
      log.push(`${name} ends`);
    };
    const first = mutex.run(['a'], work('first', gate.promise));
    const second = mutex.run(['a'], work('second', Promise.resolve()));
    await mutex.run(['b'], work('other', Promise.resolve()));
    expect(log).toEqual(['first begins', 'other begins', 'other ends']);
    gate.resolve();
    await Promise.all([first, second]);
    expect(log.slice(3)).toEqual(['first ends', 'second begins', 'second ends']);
  });

  it('gives back what the work gave or threw, and lets the next one in after a throw', async () => {
    const mutex = createKeyedMutex();
    expect(await mutex.run(['a', 'a'], () => Promise.resolve(7))).toBe(7);
    await expect(mutex.run(['a'], () => Promise.reject(new Error('no')))).rejects.toThrow('no');
    expect(await mutex.run(['a'], () => Promise.resolve('next'))).toBe('next');
    expect(await mutex.run([], () => Promise.resolve('without keys'))).toBe('without keys');
    expect(mutex.size).toBe(0);
  });

  it('says who had to wait, also for a key that was free when it asked for the first', async () => {
    const mutex = createKeyedMutex();
    const told: [string, boolean][] = [];
    const work = (name: string) => async (waited: boolean) => void told.push([name, waited]);
    await Promise.all([mutex.run(['a', 'c'], work('first')), mutex.run(['b', 'c'], work('second'))]);
    expect(told).toEqual([
      ['first', false],
      ['second', true],
    ]);
  });

  it('never overlaps on a key, never deadlocks, and remembers no key afterwards', async () => {
    const keySets = fc.array(fc.array(fc.constantFrom('a', 'b', 'c', 'd'), { maxLength: 4 }), {
      maxLength: 12,
    });
    await fc.assert(
      fc.asyncProperty(keySets, fc.scheduler(), async (sets, scheduler) => {
        const mutex = createKeyedMutex();
        const held = new Set<string>();
        const used = new Set<string>();
        const all = Promise.all(
          sets.map((keys, index) =>
            mutex.run(keys, async (waited) => {
              expect(waited).toBe(keys.some((key) => used.has(key)));
              for (const key of new Set(keys)) {
                expect(held.has(key)).toBe(false);
                held.add(key);
                used.add(key);
              }
              await scheduler.schedule(Promise.resolve(), `work ${index}`);
              for (const key of keys) held.delete(key);
            }),
          ),
        );
        await scheduler.waitFor(all);
        expect(mutex.size).toBe(0);
      }),
    );
  });
});
