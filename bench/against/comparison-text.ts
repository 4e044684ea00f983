import { spreadOf } from '../../test/reliability/statistics.ts';
import { shown } from '../charts/shown.ts';
import { cell, limitText } from '../harness/report.ts';
import type { ComparedFigure, ComparedGoal, Comparison } from './compare-results.ts';

/** What was run, for the words below the tables. */
export interface ComparedRun {
  readonly name: string;
  readonly title: string;
  /** The commit that is compared with, as it was named. */
  readonly commit: string;
  readonly rounds: number;
  readonly quick: boolean;
  readonly tookSeconds: number;
}

/** One bench's section: both sides' figures beside each other, whether each goal is met on both, and whether the end states were right. */
export function comparisonText(run: ComparedRun, { figures, goals, wrong }: Comparison): string {
  const { name, title, commit, rounds, quick, tookSeconds } = run;
  const sides = [`before (${cell(commit)})`, 'now (this checkout)'];
  return [
    `## ${title}`,
    '',
    ...table(['figure', ...sides, 'now over before'], figures.map(figureCells)),
    ...table(
      ['goal', 'limit', ...sides.flatMap((side) => [side, 'verdict']), 'now over before'],
      goals.map(goalCells),
    ),
    '- Each cell is the median, and least to greatest; a ratio is of the two medians of one turn.',
    `- \`npm run bench -- ${name} --against ${commit}\`, ${rounds} ${rounds === 1 ? 'turn' : 'turns'} a side, ${Math.round(tookSeconds)} s.`,
    ...(quick ? ['- A QUICK RUN: these figures say nothing.'] : []),
    '',
    wrong.length === 0 ? 'The end states are right.' : 'The end states are WRONG:',
    ...wrong.map((fault) => `- ${fault}`),
    '',
  ].join('\n');
}

/** The first column is text, the others are figures; nothing where there are no rows. */
function table(head: readonly string[], rows: readonly (readonly string[])[]): string[] {
  if (rows.length === 0) return [];
  const line = (cells: readonly string[]): string => `| ${cells.join(' | ')} |`;
  return [line(head), line(head.map((_, at) => (at === 0 ? '---' : '---:'))), ...rows.map(line), ''];
}

function figureCells({ name, unit, values, ratios }: ComparedFigure): string[] {
  return [cell(name), spreadText(values.before, unit), spreadText(values.now, unit), spreadText(ratios, '')];
}

function goalCells({ name, unit, values, ratios, limit, verdicts }: ComparedGoal): string[] {
  return [
    cell(name),
    limitText({ ...limit, values: [] }),
    spreadText(values.before, unit),
    verdicts.before,
    spreadText(values.now, unit),
    verdicts.now,
    spreadText(ratios, ''),
  ];
}

function spreadText(values: readonly number[], unit: string): string {
  if (values.length === 0 || values.some(Number.isNaN)) return '-';
  const { min, median, max } = spreadOf(values);
  const reach = min === max ? '' : ` (${shown(min)} to ${shown(max)})`;
  return `${shown(median)}${unit}${reach}`;
}
