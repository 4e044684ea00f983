import type { BenchResult } from '../../bench/harness/bench.ts';
import type { Machine } from '../../bench/harness/machine.ts';

export const machine: Machine = {
  system: 'Linux',
  processor: 'A processor',
  cores: 2,
  memoryGiB: 24,
  node: 'v24',
  loadBefore: 0.1,
};

/** What a bench found, as a run keeps it. */
export function result(over: Partial<BenchResult> = {}): BenchResult {
  return {
    name: 'decode',
    title: 'Decoding',
    quick: false,
    rounds: 3,
    at: '2026-11-26T00:00:00Z',
    tookSeconds: 4,
    rows: [{ figure: 'ours', values: [1_234_567, 2, 30.25], unit: '/s' }],
    goals: [{ goal: 'ratio', atLeast: 0.8, values: [0.7, 0.9, 0.85], bound: 'the checks' }],
    notes: ['a note'],
    wrong: [],
    ...over,
  };
}
