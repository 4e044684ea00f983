import { describe, expect, it } from '@jest/globals';
import { compareResults } from '../../bench/against/compare-results.ts';
import { comparisonText, type ComparedRun } from '../../bench/against/comparison-text.ts';
import type { BenchResult } from '../../bench/harness/bench.ts';
import { result } from './bench-results.ts';

const rate = (...values: readonly number[]) => ({ figure: 'rate', values, unit: '/s' });
const share = (atLeast: number, ...values: readonly number[]) => ({ goal: 'share', atLeast, values });
const turn = (over: Partial<BenchResult>) => result({ rows: [], goals: [], ...over });

describe('the figures of two checkouts', () => {
  it('are paired by name, of all turns, with a ratio of each turn’s medians', () => {
    const { figures } = compareResults({
      before: [turn({ rows: [rate(10, 20, 90)] }), turn({ rows: [rate(40)] })],
      now: [turn({ rows: [rate(30)] }), turn({ rows: [rate(20)] })],
    });
    expect(figures).toEqual([
      { name: 'rate', unit: '/s', values: { before: [10, 20, 90, 40], now: [30, 20] }, ratios: [1.5, 0.5] },
    ]);
  });

  it('stand in the order of this checkout; what only one side has comes without a ratio', () => {
    const row = (figure: string) => ({ figure, values: [2], unit: '' });
    const { figures } = compareResults({
      before: [turn({ rows: [row('gone'), row('one'), row('other')] })],
      now: [turn({ rows: [row('other'), row('new'), row('one')] })],
    });
    expect(figures.map(({ name, values, ratios }) => [name, values.before, values.now, ratios])).toEqual([
      ['other', [2], [2], [1]],
      ['new', [], [2], [Number.NaN]],
      ['one', [2], [2], [1]],
      ['gone', [2], [], [Number.NaN]],
    ]);
  });
});

describe('a goal of two checkouts', () => {
  it('is judged on each side by its median, by the limit that it has now', () => {
    const { goals } = compareResults({
      before: [turn({ goals: [share(0.5, 0.9)] }), turn({ goals: [share(0.5, 0.97)] })],
      now: [turn({ goals: [share(0.95, 0.96)] }), turn({ goals: [share(0.95, 0.99)] })],
    });
    expect(goals.map(({ limit, verdicts }) => [limit.atLeast, verdicts])).toEqual([
      [0.95, { before: 'missed', now: 'met' }],
    ]);
  });

  it('that one side does not have is not measured there', () => {
    const { goals } = compareResults({ before: [turn({ goals: [share(0.5, 0.9)] })], now: [turn({})] });
    expect(goals.map(({ limit, verdicts }) => [limit.atLeast, verdicts])).toEqual([
      [0.5, { before: 'met', now: 'not measured' }],
    ]);
  });
});

describe('wrong end states of two checkouts', () => {
  it('are told with their side, each once', () => {
    const { wrong } = compareResults({
      before: [turn({}), turn({ wrong: ['1 is missing'] })],
      now: [turn({ wrong: ['2 are missing', '1 is missing'] }), turn({ wrong: ['2 are missing'] })],
    });
    expect(wrong).toEqual(['before: 1 is missing', 'now: 2 are missing', 'now: 1 is missing']);
  });
});

describe('the text of a comparison', () => {
  const run: ComparedRun = {
    name: 'decode',
    title: 'Decoding',
    commit: 'HEAD~1',
    rounds: 2,
    quick: false,
    tookSeconds: 12.4,
  };
  const turns = {
    before: [turn({ rows: [rate(10)], goals: [share(0.95, 0.9)] }), turn({ rows: [rate(40)], goals: [] })],
    now: [turn({ rows: [rate(30)], goals: [share(0.95, 0.96)] }), turn({ rows: [rate(20)], goals: [] })],
  };

  it('shows both sides beside each other, with least and greatest, ratio and verdicts', () => {
    const text = comparisonText(run, compareResults(turns));
    expect(text).toContain(
      '| figure | before (HEAD~1) | now (this checkout) | now over before |\n| --- | ---: |',
    );
    expect(text).toContain('| rate | 10/s (10 to 40) | 20/s (20 to 30) | 0.50 (0.50 to 3) |');
    expect(text).toContain('`npm run bench -- decode --against HEAD~1`, 2 turns a side, 12 s.');
    expect(text).toContain('The end states are right.');
    expect(text).not.toContain('QUICK');
  });

  it('leaves out what was not measured, and shows no spread of one value', () => {
    const [before, now] = [turns.before.slice(0, 1), turns.now.slice(0, 1)];
    expect(comparisonText(run, compareResults({ before, now }))).toContain(
      '| share | ≥ 0.95 | 0.90 | missed | 0.96 | met | 1.07 |',
    );
    expect(comparisonText(run, compareResults({ before: [turn({})], now }))).toContain(
      '| share | ≥ 0.95 | - | not measured | 0.96 | met | - |',
    );
    expect(comparisonText(run, compareResults({ before: [turn({})], now: [turn({})] }))).not.toContain('|');
  });

  it('says loudly what is wrong, and that a quick run says nothing', () => {
    const wrong = { ...compareResults(turns), wrong: ['now: 1 is missing'] };
    const text = comparisonText({ ...run, quick: true }, wrong);
    expect(text).toContain('The end states are WRONG:\n- now: 1 is missing');
    expect(text).toContain('A QUICK RUN: these figures say nothing.');
  });
});
