import { spreadOf } from '../../test/reliability/statistics.ts';
import { shown } from '../charts/shown.ts';
import type { BenchResult, Goal, Profiles } from './bench.ts';

export type Verdict = 'met' | 'missed' | 'not measured';

/** Whether the median is on the right side of the goal's limit. */
export function verdictOf({ atLeast, atMost, values }: Goal): Verdict {
  if (values.length === 0 || values.some(Number.isNaN)) return 'not measured';
  const { median } = spreadOf(values);
  const met =
    median >= (atLeast ?? Number.NEGATIVE_INFINITY) && median <= (atMost ?? Number.POSITIVE_INFINITY);
  return met ? 'met' : 'missed';
}

/**
 * One bench's section: what is measured, its pictures, its figures, its goals, what bounds them, and whether the end state was
 * right.
 *
 * @param pictures as Markdown
 */
export function benchText(result: BenchResult, pictures: readonly string[] = []): string {
  const notes = [
    ...result.notes,
    `\`npm run bench -- ${result.name}\`, ${result.rounds} rounds in turns, ${Math.round(result.tookSeconds)} s, ${result.at}.`,
    ...(result.quick ? ['A QUICK RUN: these figures say nothing.'] : []),
  ];
  return [
    `## ${result.title}`,
    '',
    ...[...(result.measures === undefined ? [] : [result.measures]), ...pictures].flatMap((line) => [
      line,
      '',
    ]),
    '| figure | min | median | max |',
    '| --- | ---: | ---: | ---: |',
    ...result.rows.map(({ figure, values, unit }) => `| ${cell(figure)} | ${spreadCells(values, unit)} |`),
    '',
    ...goalLines(result.goals),
    ...(result.profiles === undefined ? [] : profileLines(result.name, result.profiles)),
    ...notes.map((note) => `- ${note}`),
    '',
    endStateText(result),
    '',
  ].join('\n');
}

function endStateText({ wrong }: BenchResult): string {
  if (wrong.length === 0) return 'The end state is right.';
  return ['The end state is WRONG:', ...wrong.map((fault) => `- ${fault}`)].join('\n');
}

function goalLines(goals: readonly Goal[]): string[] {
  if (goals.length === 0) return [];
  const rows = goals.map((goal) => {
    const { goal: name, values, unit = '' } = goal;
    return `| ${cell(name)} | ${limitText(goal)} | ${spreadCells(values, unit)} | ${verdictOf(goal)} |`;
  });
  const bounds = goals.flatMap(({ goal, bound }) => (bound === undefined ? [] : [`- ${goal}: ${bound}`]));
  return [
    '| goal | limit | min | median | max | verdict |',
    '| --- | ---: | ---: | ---: | ---: | --- |',
    ...rows,
    '',
    ...(bounds.length === 0 ? [] : ['What bounds them:', '', ...bounds, '']),
  ];
}

/** Without their spread: they are of one run. Nothing where nothing was profiled. */
export function profileLines(name: string, { at, parts }: Profiles): string[] {
  if (parts.length === 0) return [];
  const percent = (share: number): string => `${(share * 100).toFixed(0)}%`;
  const rows = parts.map(({ part, busySeconds, shares }) => {
    const told = shares.map(([owner, share]) => `${owner} ${percent(share)}`).join(', ');
    return `| ${cell(part)} | ${shown(busySeconds)} s | ${cell(told)} |`;
  });
  return [
    `Where the processor’s time goes (\`npm run bench -- ${name} --profile\`, ${at}):`,
    '',
    '| part | busy | whose code runs |',
    '| --- | ---: | --- |',
    ...rows,
    '',
  ];
}

export function limitText({ atLeast, atMost, unit = '' }: Goal): string {
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

/** A text that ends no cell of a table. */
export function cell(text: string): string {
  return text.replaceAll('|', '\\|');
}
