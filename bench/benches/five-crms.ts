import { percentile } from '../../test/reliability/statistics.ts';
import { alternate, quotients } from '../harness/alternate.ts';
import type { Bench } from '../harness/bench.ts';
import {
  EVERY_MS,
  RETRY_AFTER_SECONDS,
  sicknessesOf,
  SLOW_MS,
  startFiveStage,
  type FiveStretch,
} from '../stages/five-crms-stage.ts';

const MOST = 1.5;
const [CHANGES, QUICK_CHANGES] = [40, 8];
const FEW = 'a p99 is that of the slowest change of a round’s: one pause of the machine is all of it';
const BESIDE =
  'each change is one call to each; looks for what people changed come by the clock, into one stretch or the other';

/** Isolation of the kinds: what a user’s healthy CRMs notice of three others that are sick, each of the five in turn. */
export const fiveCrmsBench: Bench = {
  name: 'five-crms',
  title: 'Isolation: one user in five CRMs, three of them sick',
  measures:
    'Whether a user’s healthy CRMs notice that the others are down, slow or out of budget, with a CRM of each kind.',
  async run({ quick, rounds, progress }) {
    const changes = quick ? QUICK_CHANGES : CHANGES;
    const stage = await startFiveStage();
    try {
      const measured = await alternate<'alone' | 'beside', FiveStretch>(
        rounds,
        {
          alone: (round) => stage.measure({ changes, well: sicknessesOf(round).well, sick: {} }),
          beside: (round) => stage.measure({ changes, ...sicknessesOf(round) }),
        },
        { warmUp: false, onRound: (round) => progress(`round ${round + 1} of ${rounds}`) },
      );
      return { ...figuresOf(measured), notes: notesOf(changes), wrong: stage.wrong };
    } finally {
      await stage.close();
    }
  },
};

/** The rows and the goals of rounds. */
export function figuresOf({ alone, beside }: Readonly<Record<'alone' | 'beside', readonly FiveStretch[]>>) {
  const times = (rounds: readonly FiveStretch[], part: number): number[] =>
    rounds.map(({ samples }) => percentile(samples, part));
  const calls = (rounds: readonly FiveStretch[]): number[] => rounds.map(({ callsAChange }) => callsAChange);
  const sides = [
    ['all well', alone],
    ['three sick', beside],
  ] as const;
  const rows = sides.flatMap(([name, rounds]) => [
    ...[0.5, 0.99].map((part) => ({
      figure: `healthy CRMs, ${name}: change to CRM, p${part * 100}`,
      values: times(rounds, part),
      unit: ' ms',
    })),
    { figure: `healthy CRMs, ${name}: calls a change`, values: calls(rounds), unit: '' },
  ]);
  const ratio = (part: number): number[] => quotients(times(beside, part), times(alone, part));
  return {
    rows,
    goals: [
      { goal: 'healthy p50, three sick over all well', atMost: MOST, values: ratio(0.5) },
      { goal: 'healthy p99, three sick over all well', atMost: MOST, values: ratio(0.99), bound: FEW },
      {
        goal: 'calls a change of the healthy, three sick over all well',
        atMost: 1,
        values: quotients(calls(beside), calls(alone)),
        bound: BESIDE,
      },
    ],
  };
}

function notesOf(changes: number): readonly string[] {
  return [
    `One user, ${changes} changes a stretch, one each ${EVERY_MS} ms; each pair of stretches is of the same two healthy CRMs.`,
    `Sick: one refuses connections, one answers after ${SLOW_MS / 1_000} s, one answers 429 with Retry-After ${RETRY_AFTER_SECONDS}; which of the five is which goes round.`,
  ];
}
