import { spreadOf } from '../../test/reliability/statistics.ts';
import { quotients, type Rounds } from '../harness/alternate.ts';
import type { BenchResult, Goal } from '../harness/bench.ts';
import { verdictOf, type Verdict } from '../harness/report.ts';

/** `before` is the commit that is compared with, `now` this checkout as it stands. */
export const COMPARED = ['before', 'now'] as const;
export type Compared = (typeof COMPARED)[number];

/** What a bench found in each turn of each side. */
export type Turns = Rounds<Compared, BenchResult>;

/** A bench's figures and goals, those of both sides together. */
export interface Comparison {
  readonly figures: readonly ComparedFigure[];
  readonly goals: readonly ComparedGoal[];
  /** What of an end state was not as it has to be, and on which side; each once. */
  readonly wrong: readonly string[];
}

export interface ComparedFigure {
  readonly name: string;
  readonly unit: string;
  /** Of all turns; empty where a side doesn't have the figure. */
  readonly values: Readonly<Record<Compared, readonly number[]>>;
  /** Of each turn now over before: what happened to the machine in a turn happened to both. */
  readonly ratios: readonly number[];
}

export interface ComparedGoal extends ComparedFigure {
  /** As this checkout has it: both sides are judged by it. */
  readonly limit: Omit<Goal, 'values'>;
  readonly verdicts: Readonly<Record<Compared, Verdict>>;
}

/** Pairs figures and goals by their names: in the order of this checkout, and then what only the other side has. */
export function compareResults(turns: Turns): Comparison {
  const goals = valuesByName(turns, (result) => result.goals.map((goal) => ({ ...goal, name: goal.goal })));
  return {
    figures: valuesByName(turns, (result) => result.rows.map((row) => ({ ...row, name: row.figure }))),
    goals: goals.map((figure) => judged(figure, turns)),
    wrong: [
      ...new Set(
        COMPARED.flatMap((side) =>
          turns[side].flatMap(({ wrong }) => wrong.map((fault) => `${side}: ${fault}`)),
        ),
      ),
    ],
  };
}

interface Named {
  readonly name: string;
  readonly unit?: string;
  readonly values: readonly number[];
}

function valuesByName(
  turns: Turns,
  namedOf: (result: BenchResult) => readonly Named[],
): readonly ComparedFigure[] {
  const now = turns.now.flatMap(namedOf);
  const before = turns.before.flatMap(namedOf);
  return [...new Map([...before, ...now].map((one) => [one.name, one])).values()]
    .toSorted((one, other) => placeIn(now, one) - placeIn(now, other))
    .map(({ name, unit = '' }): ComparedFigure => {
      const valuesOf = (side: Compared): readonly (readonly number[])[] =>
        turns[side].map((result) => namedOf(result).find((one) => one.name === name)?.values ?? []);
      const values = { before: valuesOf('before'), now: valuesOf('now') };
      return {
        name,
        unit,
        values: { before: values.before.flat(), now: values.now.flat() },
        ratios: quotients(values.now.map(middle), values.before.map(middle)),
      };
    });
}

/** Past the end where it is not among them. */
function placeIn(all: readonly Named[], { name }: Named): number {
  const at = all.findIndex((one) => one.name === name);
  return at === -1 ? all.length : at;
}

function middle(values: readonly number[]): number {
  return spreadOf(values).median;
}

function judged(figure: ComparedFigure, { before, now }: Turns): ComparedGoal {
  const found = [...now, ...before].flatMap(({ goals }) => goals).find(({ goal }) => goal === figure.name);
  const limit = found ?? { goal: figure.name };
  const verdict = (side: Compared): Verdict => verdictOf({ ...limit, values: figure.values[side] });
  return { ...figure, limit, verdicts: { before: verdict('before'), now: verdict('now') } };
}
