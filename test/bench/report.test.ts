import { describe, expect, it } from '@jest/globals';
import { alternate, quotients } from '../../bench/harness/alternate.ts';
import type { BenchResult } from '../../bench/harness/bench.ts';
import { benchText, documentText, shown, verdictOf } from '../../bench/harness/report.ts';
import { mergeResults } from '../../bench/harness/results.ts';

const machine = {
  system: 'Linux',
  processor: 'A processor',
  cores: 2,
  memoryGiB: 24,
  node: 'v24',
  loadBefore: 0.1,
};

function result(over: Partial<BenchResult> = {}): BenchResult {
  return {
    ...{
      name: 'decode',
      title: 'Decoding',
      quick: false,
      rounds: 3,
      at: '2026-11-26T00:00:00Z',
      tookSeconds: 4,
    },
    rows: [{ figure: 'ours', values: [1_234_567, 2, 30.25], unit: '/s' }],
    goals: [{ goal: 'ratio', atLeast: 0.8, values: [0.7, 0.9, 0.85], bound: 'the checks' }],
    ...{ notes: ['a note'], wrong: [] },
    ...over,
  };
}

describe('rounds in turns', () => {
  it('begin with another side every other time, and do not count the warm-up', async () => {
    const order: string[] = [];
    const side = (name: string) => async (round: number) => {
      order.push(`${name}${round}`);
      return round;
    };
    const rounds = await alternate(2, { ours: side('o'), bare: side('b') });
    expect(order).toEqual(['o-1', 'b-1', 'o0', 'b0', 'b1', 'o1']);
    expect(rounds).toEqual({ ours: [0, 1], bare: [0, 1] });
  });

  it('give a quotient each', () => {
    expect(quotients([1, 9], [2, 3])).toEqual([0.5, 3]);
    expect(quotients([1], [])).toEqual([Number.NaN]);
  });
});

describe('a goal', () => {
  it('is met or missed by its median, on the side of the limit that it names', () => {
    expect(verdictOf({ goal: 'g', atLeast: 2, values: [1, 2, 9] })).toBe('met');
    expect(verdictOf({ goal: 'g', atLeast: 2, values: [1, 1.9, 9] })).toBe('missed');
    expect(verdictOf({ goal: 'g', atMost: 2, values: [1, 2, 9] })).toBe('met');
    expect(verdictOf({ goal: 'g', atMost: 2, values: [3, 2.1, 1] })).toBe('missed');
  });

  it('without a figure is neither', () => {
    expect(verdictOf({ goal: 'g', atMost: 2, values: [] })).toBe('not measured');
    expect(verdictOf({ goal: 'g', atMost: 2, values: [1, Number.NaN] })).toBe('not measured');
  });
});

describe('a report', () => {
  it('shows least, middle and greatest of each figure, the goals, their bounds and the end state', () => {
    const text = benchText(result());
    expect(text).toContain('| ours | 2/s | 30.3/s | 1,234,567/s |');
    expect(text).toContain('| ratio | ≥ 0.80 | 0.70 | 0.85 | 0.90 | met |');
    expect(text).toContain('- ratio: the checks');
    expect(text).toContain('- a note');
    expect(text).toContain('The end state is right.');
  });

  it('says loudly what is wrong, and that a quick run says nothing', () => {
    const text = benchText(result({ quick: true, wrong: ['3 records are missing'] }));
    expect(text).toContain('The end state is WRONG:\n- 3 records are missing');
    expect(text).toContain('A QUICK RUN: these figures say nothing.');
  });

  it('of all benches begins with the machine and every goal', () => {
    const text = documentText({ machine, benches: [result(), result({ name: 'start', title: 'Start' })] });
    expect(text).toContain('A processor, 2 cores, 24 GiB, Linux, Node v24; load before the run 0.1.');
    expect(text).toContain('| start | ratio | ≥ 0.80 | 0.85 | met |');
    expect(text.indexOf('## Decoding')).toBeLessThan(text.indexOf('## Start'));
  });

  it('shows three digits that count', () => {
    expect([0.123, 12.34, 123.4, 12_345.6, 7, Number.NaN].map(shown)).toEqual([
      ...['0.12', '12.3', '123', '12,346', '7', '-'],
    ]);
  });
});

describe('kept results', () => {
  it('are replaced bench by bench, and keep the others', () => {
    const kept = { machine, benches: [result(), result({ name: 'start', rounds: 1 })] };
    const merged = mergeResults(kept, { machine, benches: [result({ name: 'start', rounds: 5 })] });
    expect(merged.benches.map(({ name, rounds }) => [name, rounds])).toEqual([
      ['decode', 3],
      ['start', 5],
    ]);
    expect(mergeResults(null, kept)).toEqual(kept);
  });
});
