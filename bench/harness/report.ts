import { spreadOf } from '../../test/reliability/statistics.ts';
import type { BenchResult, Goal } from './bench.ts';
import type { Machine } from './machine.ts';
import type { SuiteResults } from './results.ts';

export type Verdict = 'met' | 'missed' | 'not measured';

/** Whether the median is on the right side of the goal's limit. */
export function verdictOf({ atLeast, atMost, values }: Goal): Verdict {
  if (values.length === 0 || values.some(Number.isNaN)) return 'not measured';
  const { median } = spreadOf(values);
  const met =
    median >= (atLeast ?? Number.NEGATIVE_INFINITY) && median <= (atMost ?? Number.POSITIVE_INFINITY);
  return met ? 'met' : 'missed';
}

/** One bench's section: its figures, its goals, what bounds them, and whether the end state was right. */
export function benchText(result: BenchResult): string {
  const figures = result.rows.map(
    ({ figure, values, unit }) => `| ${figure} | ${spreadCells(values, unit)} |`,
  );
  const notes = [
    `${result.rounds} rounds in turns, ${Math.round(result.tookSeconds)} s, ${result.at}.`,
    ...(result.quick ? ['A QUICK RUN: these figures say nothing.'] : []),
    ...result.notes,
  ];
  const verdict =
    result.wrong.length === 0
      ? 'The end state is right.'
      : ['The end state is WRONG:', ...result.wrong.map((fault) => `- ${fault}`)].join('\n');
  return [
    `## ${result.title}`,
    '',
    `\`npm run bench -- ${result.name}\``,
    '',
    '| figure | min | median | max |',
    '| --- | ---: | ---: | ---: |',
    ...figures,
    '',
    ...goalLines(result.goals),
    ...notes.map((note) => `- ${note}`),
    '',
    verdict,
    '',
  ].join('\n');
}

function goalLines(goals: readonly Goal[]): string[] {
  if (goals.length === 0) return [];
  const rows = goals.map((goal) => {
    const { goal: name, values, unit = '' } = goal;
    return `| ${name} | ${limitText(goal)} | ${spreadCells(values, unit)} | ${verdictOf(goal)} |`;
  });
  const bounds = goals.flatMap(({ goal, bound }) => (bound === undefined ? [] : [`- ${goal}: ${bound}`]));
  return [
    '| goal | limit | min | median | max | |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    '',
    ...(bounds.length === 0 ? [] : ['What bounds them:', '', ...bounds, '']),
  ];
}

function limitText({ atLeast, atMost, unit = '' }: Goal): string {
  const limits = [
    ...(atLeast === undefined ? [] : [`≥ ${shown(atLeast)}${unit}`]),
    ...(atMost === undefined ? [] : [`≤ ${shown(atMost)}${unit}`]),
  ];
  return limits.join(', ');
}

function spreadCells(values: readonly number[], unit: string): string {
  if (values.length === 0) return '- | - | -';
  const { min, median, max } = spreadOf(values);
  return [min, median, max].map((value) => `${shown(value)}${unit}`).join(' | ');
}

/** Three digits that count, and thousands told apart. */
export function shown(value: number): string {
  if (!Number.isFinite(value)) return '-';
  if (Number.isInteger(value) || Math.abs(value) >= 100) return Math.round(value).toLocaleString('en-US');
  return Math.abs(value) >= 10 ? value.toFixed(1) : value.toFixed(2);
}

/** The whole document. */
export function documentText({ machine, benches }: SuiteResults): string {
  return [
    '# Performance',
    '',
    'Made by `npm run bench -- --write`. What counts are the ratios: ours and the bare parts run side by side in one run, in turns.',
    'Each bench first checks that its end state is right. Times never fail a test.',
    '',
    machineText(machine),
    '',
    ...overview(benches),
    ...benches.map(benchText),
  ].join('\n');
}

function overview(benches: readonly BenchResult[]): string[] {
  const rows = benches.flatMap(({ name, goals }) =>
    goals.map((goal) => {
      const { median } = goal.values.length === 0 ? { median: Number.NaN } : spreadOf(goal.values);
      const { goal: text, unit = '' } = goal;
      return `| ${name} | ${text} | ${limitText(goal)} | ${shown(median)}${unit} | ${verdictOf(goal)} |`;
    }),
  );
  return ['| bench | goal | limit | median | |', '| --- | --- | ---: | ---: | --- |', ...rows, ''];
}

function machineText({ system, processor, cores, memoryGiB, node, loadBefore }: Machine): string {
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}; load before the run ${loadBefore}.`;
}
