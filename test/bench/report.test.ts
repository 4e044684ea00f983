import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { describe, expect, it } from '@jest/globals';
import { shown } from '../../bench/charts/shown.ts';
import type { Profiles } from '../../bench/harness/bench.ts';
import { alternate, quotients } from '../../bench/harness/alternate.ts';
import { readProfiles } from '../../bench/harness/read-profiles.ts';
import { benchText, verdictOf } from '../../bench/harness/report.ts';
import { keepProfiles, mergeResults, readResults, writeResults } from '../../bench/harness/results.ts';
import { machine, result } from './bench-results.ts';

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

  it('breaks no table by the words of a figure', () => {
    const text = benchText(result({ rows: [{ figure: 'a | b', values: [1], unit: '' }] }));
    expect(text).toContain('| a \\| b | 1 | 1 | 1 |');
  });

  it('shows three digits that count', () => {
    expect([0.123, 12.34, 123.4, 12_345.6, 7, Number.NaN].map(shown)).toEqual([
      '0.12',
      '12.3',
      '123',
      '12,346',
      '7',
      '-',
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

  it('keep the profiles of a bench that is run again, and take new ones only beside its figures', () => {
    const kept = keepProfiles({ machine, benches: [result()] }, 'decode', PROFILES);
    const again = mergeResults(kept, { machine, benches: [result({ rounds: 5 })] });
    expect(again.benches).toEqual([result({ rounds: 5, profiles: PROFILES })]);
    expect(keepProfiles({ machine, benches: [result()] }, 'start', PROFILES)).toBeNull();
    expect(keepProfiles(null, 'decode', PROFILES)).toBeNull();
  });
});

describe('results in a file', () => {
  it('are read as they were written, and what was not measured is not taken for 0', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zena-crm-results-'));
    const goals = [
      { goal: 'p99', atMost: 60, values: [1, Number.NaN, Number.POSITIVE_INFINITY], unit: ' ms' },
    ];
    try {
      const file = join(folder, 'kept', 'results.json');
      expect(readResults(file)).toBeNull();
      writeResults(file, { machine, benches: [result({ goals })] });
      const [read = result()] = readResults(file)?.benches ?? [];
      expect(read).toEqual(
        result({ goals: [{ ...goals[0], goal: 'p99', values: [1, Number.NaN, Number.NaN] }] }),
      );
      expect(read.goals.map(verdictOf)).toEqual(['not measured']);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});

const PROFILES: Profiles = {
  at: '2026-11-27T00:00:00Z',
  parts: [
    {
      part: 'ours | a',
      busySeconds: 1.25,
      shares: [
        ['avsc', 0.624],
        ['others', 0.376],
      ],
    },
  ],
};

describe('profiles', () => {
  it('stand below the goals, without breaking the table', () => {
    const text = benchText(result({ profiles: PROFILES }));
    expect(text).toContain('(`npm run bench -- decode --profile`, 2026-11-27T00:00:00Z):');
    expect(text).toContain('| ours \\| a | 1.25 s | avsc 62%, others 38% |');
    expect(text.indexOf('avsc 62%')).toBeGreaterThan(text.indexOf('| ratio |'));
    for (const profiles of [undefined, { ...PROFILES, parts: [] }])
      expect(benchText(result(profiles === undefined ? {} : { profiles }))).not.toContain('--profile');
  });

  it('are read from a folder, those of one name together, and none that says nothing', () => {
    const folder = mkdtempSync(join(tmpdir(), 'zena-crm-profiles-'));
    const of = (micros: number) => ({
      nodes: [{ id: 1, callFrame: { functionName: 'read', url: 'file:///node_modules/avsc/a.js' } }],
      samples: [1],
      timeDeltas: [micros],
    });
    try {
      for (const [file, micros] of [
        ['ours~1-1.cpuprofile', 300_000],
        ['ours~2-1.cpuprofile', 200_000],
        ['bare~3-1.cpuprofile', 100_000],
      ] as const)
        writeFileSync(join(folder, file), JSON.stringify(of(micros)));
      expect(readProfiles(folder)).toEqual([{ part: 'ours', busySeconds: 0.5, shares: [['avsc', 1]] }]);
      expect(readProfiles(join(folder, 'none'))).toEqual([]);
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
