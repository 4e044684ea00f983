import { describe, expect, it } from '@jest/globals';
import { benchUsage, readBenchOptions } from '../../bench/bench-options.ts';
import type { Bench } from '../../bench/harness/bench.ts';

const bench = (name: string): Bench => ({
  name,
  title: name,
  run: () => Promise.reject(new Error('not run')),
});
const benches = ['decode', 'start', 'budget'].map(bench);
const read = (...args: readonly string[]) => readBenchOptions(args, benches);
const rounds = (...args: readonly string[]) => read(...args)?.rounds;

describe('the options of a bench run', () => {
  it('choose benches in the order in which they are told of, and all when none is named', () => {
    expect(read('budget', 'decode')?.chosen.map(({ name }) => name)).toEqual(['decode', 'budget']);
    expect(read()?.chosen).toEqual(benches);
    expect(read('no-such-bench')).toBeNull();
    expect(benchUsage(benches)).toContain('Benches: decode, start, budget');
  });

  it('have a number of rounds that fits what is asked for', () => {
    expect([rounds(), rounds('--quick'), rounds('--profile')]).toEqual([5, 2, 1]);
    expect([rounds('--against', 'HEAD'), rounds('--against', 'HEAD', '--quick')]).toEqual([3, 1]);
    expect([rounds('--rounds', '7'), rounds('--against', 'HEAD', '--rounds', '7')]).toEqual([7, 7]);
    for (const wrong of ['0', 'many', '1.5']) expect(read('--rounds', wrong)).toBeNull();
  });

  it('keep the figures of quick runs apart, and where they are told to', () => {
    const [kept, quick] = [read()?.out, read('--quick')?.out];
    expect(kept).not.toBe(quick);
    expect(read('--out', 'here.json')?.out).toBe('here.json');
  });

  it('compare with a commit only where nothing else is done with the figures', () => {
    expect(read('decode', '--against', 'HEAD')?.against).toBe('HEAD');
    expect(read('decode')?.against).toBeNull();
    for (const other of [['--profile'], ['--write'], ['--out', 'here.json']])
      expect(read('--against', 'HEAD', ...other)).toBeNull();
  });
});
