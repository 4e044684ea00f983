import { expect, it } from '@jest/globals';
import { figuresOf } from '../../bench/benches/five-crms.ts';
import { sicknessesOf, type FiveStretch } from '../../bench/stages/five-crms-stage.ts';
import { verdictOf } from '../../bench/harness/report.ts';
import { FIVE } from '../reliability/five-crms.ts';

const stretch = (ms: number, callsAChange: number): FiveStretch => ({ samples: [ms], callsAChange });
const verdicts = (beside: FiveStretch) =>
  figuresOf({ alone: [stretch(100, 1)], beside: [beside] }).goals.map(verdictOf);

it('each of the five is sick in each way, and well beside others’ being so', () => {
  const rounds = FIVE.map((_, round) => sicknessesOf(round));
  for (const provider of FIVE) {
    const was = rounds.map(({ sick, well }) => sick[provider] ?? (well.includes(provider) ? 'well' : 'lost'));
    expect(was.sort()).toEqual(['down', 'limiting', 'slow', 'well', 'well']);
  }
});

it('wants healthy CRMs to be half as slow again at most, for as many calls', () => {
  expect(new Set(verdicts(stretch(150, 1)))).toEqual(new Set(['met']));
  expect(verdicts(stretch(151, 1))).toEqual(['missed', 'missed', 'met']);
  expect(verdicts(stretch(100, 1.1))).toEqual(['met', 'met', 'missed']);
});
