import { spreadOf } from '../../test/reliability/statistics.ts';
import { plot, type Chart, type Figures } from '../charts/chart.ts';
import { drawBars } from '../charts/draw-bars.ts';
import { drawGoals, type GoalShare } from '../charts/draw-goals.ts';
import { drawLines } from '../charts/draw-lines.ts';
import { renderSvg } from '../charts/render-svg.ts';
import { shown } from '../charts/shown.ts';
import type { BenchResult, Goal } from './bench.ts';
import type { Machine } from './machine.ts';
import { benchText, cell, limitText, verdictOf } from './report.ts';
import type { SuiteResults } from './results.ts';

/** The performance document and its pictures. */
export interface PerformanceDocument {
  readonly text: string;
  /** By the name of their file, which the text looks for in the folder `performance` beside it. */
  readonly pictures: ReadonlyMap<string, string>;
}

const GOALS_PICTURE = 'goals.svg';

/** The same for the same results: a run that changed nothing leaves no difference. */
export function performanceDocument({ machine, benches }: SuiteResults): PerformanceDocument {
  const pictures = new Map([[GOALS_PICTURE, renderSvg(drawGoals(benches.flatMap(sharesOf)))]]);
  const sections = benches.map((result) => {
    const charts = result.charts ?? [];
    for (const chart of charts) pictures.set(pictureName(result, chart), draw(chart, figuresOf(result)));
    return benchText(
      result,
      charts.map((chart) => image(altOf(chart), pictureName(result, chart))),
    );
  });
  const text = [
    '# Performance',
    '',
    ...summary(benches),
    '## Goals',
    '',
    image('Dot chart: each goal’s median as a share of its limit', GOALS_PICTURE),
    '',
    ...overview(benches),
    '## Machine',
    '',
    machineText(machine),
    '',
    ...sections,
  ].join('\n');
  return { text, pictures };
}

/** What a chart may name: figures and goals by the words of the tables. */
export function figuresOf({ rows, goals }: Pick<BenchResult, 'rows' | 'goals'>): Figures {
  return new Map([
    ...goals.map(({ goal, values }) => [goal, values] as const),
    ...rows.map(({ figure, values }) => [figure, values] as const),
  ]);
}

function draw(chart: Chart, figures: Figures): string {
  const series = plot(chart, figures);
  return renderSvg(chart.kind === 'bars' ? drawBars(chart, series) : drawLines(chart, series));
}

function pictureName({ name }: BenchResult, chart: Chart): string {
  return `${name}-${chart.name}.svg`;
}

function altOf({ kind, title, values }: Chart): string {
  return `${kind === 'bars' ? 'Bar' : 'Line'} chart: ${title} (${values.text})`;
}

function image(alt: string, file: string): string {
  return `![${alt.replaceAll(/[[\]\\]/g, '\\$&')}](performance/${file})`;
}

function summary(benches: readonly BenchResult[]): string[] {
  const goals = benches.flatMap(({ goals: all }) => all);
  const count = (verdict: string) => goals.filter((goal) => verdictOf(goal) === verdict).length;
  const [met, missed, unmeasured] = [count('met'), count('missed'), count('not measured')];
  const wrong = benches.filter((result) => result.wrong.length > 0).map(({ name }) => name);
  const quick = benches.filter((result) => result.quick).map(({ name }) => name);
  const minutes = benches.reduce((sum, { tookSeconds }) => sum + tookSeconds, 0) / 60;
  const kinds = [
    `${met} are met`,
    `${missed} missed`,
    ...(unmeasured > 0 ? [`${unmeasured} not measured`] : []),
  ];
  const state =
    wrong.length === 0
      ? 'The end state of every bench is right.'
      : `The end state is WRONG in: ${wrong.join(', ')}.`;
  return [
    `The program should be limited by the CRM’s own rate limit and by nothing of ours. ${benches.length} benches measure that beside the bare parts or beside other pipelines. Of their ${goals.length} goals ${kinds.join(', ')}. ${state}`,
    '',
    'What counts are the ratios: both sides run in one run, in turns, so that what else the machine does happens to both. Each bench first checks that its end state is right; times never fail a test. Where shares of the processor’s time are told, they are of a run of their own, with a profiler.',
    '',
    `The document is made by \`npm run bench -- --write\` from the results of \`npm run bench\`, whose benches took ${minutes.toFixed(1)} minutes in all.`,
    '',
    ...(quick.length === 0 ? [] : [`QUICK RUNS, whose figures say nothing: ${quick.join(', ')}.`, '']),
  ];
}

function overview(benches: readonly BenchResult[]): string[] {
  const rows = benches.flatMap(({ name, goals }) =>
    goals.map((goal) => {
      const { goal: text } = goal;
      return `| ${name} | ${cell(text)} | ${limitText(goal)} | ${medianText(goal)} | ${verdictOf(goal)} |`;
    }),
  );
  return ['| bench | goal | limit | median | verdict |', '| --- | --- | ---: | ---: | --- |', ...rows, ''];
}

function medianText({ values, unit = '' }: Goal): string {
  return values.length === 0 ? '-' : `${shown(spreadOf(values).median)}${unit}`;
}

/** Goals that were measured; of one with two limits the upper counts. */
function sharesOf({ name, goals }: BenchResult): GoalShare[] {
  return goals
    .filter((goal) => verdictOf(goal) !== 'not measured')
    .map((goal) => {
      const { min, median, max } = spreadOf(goal.values);
      const [one, other] = [shareOf(goal, min), shareOf(goal, max)];
      const spread = { min: Math.min(one, other), median: shareOf(goal, median), max: Math.max(one, other) };
      const met = verdictOf(goal) === 'met';
      return { bench: name, goal: goal.goal, text: medianText(goal), met, ...spread };
    });
}

function shareOf({ atLeast, atMost }: Goal, value: number): number {
  if (atMost !== undefined) return value <= 0 ? 0 : value / atMost;
  return value <= 0 ? Number.POSITIVE_INFINITY : (atLeast ?? 0) / value;
}

function machineText({ system, processor, cores, memoryGiB, node, loadBefore }: Machine): string {
  return `${processor}, ${cores} cores, ${memoryGiB} GiB, ${system}, Node ${node}; load before the run ${loadBefore}.`;
}
