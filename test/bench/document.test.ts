import { describe, expect, it } from '@jest/globals';
import { plot, unknownFigures, type Chart } from '../../bench/charts/chart.ts';
import type { BenchResult } from '../../bench/harness/bench.ts';
import { figuresOf, performanceDocument } from '../../bench/harness/document.ts';
import { machine, result } from './bench-results.ts';

const bars: Chart = {
  name: 'rate',
  kind: 'bars',
  title: 'Decoding',
  values: { text: 'events a second' },
  series: { events: { 'ours <b>&"': 'ours', bare: 'bare' } },
};
const lines: Chart = {
  name: 'growth',
  kind: 'lines',
  title: 'Growth [of all]',
  values: { text: 'µs an item', log: true },
  across: { text: 'records', log: true },
  series: { one: { 10: 'ours', 1000: 'bare' }, two: { 10: 'bare', 1000: 'ratio' } },
  limit: { at: 2, text: 'goal' },
};

function charted(over: Partial<BenchResult> = {}): BenchResult {
  return result({
    rows: [
      { figure: 'ours', values: [30, 10, 20], unit: '/s' },
      { figure: 'bare', values: [40], unit: '/s' },
    ],
    charts: [bars, lines],
    ...over,
  });
}

const documentOf = (...benches: BenchResult[]) => performanceDocument({ machine, benches });
const linksOf = (text: string) => [...text.matchAll(/\]\(performance\/([^)]+)\)/g)].map(([, file]) => file);

describe('the performance document', () => {
  it('begins with what was met and missed, every goal, and the machine', () => {
    const { text } = documentOf(
      charted({ goals: [{ goal: 'fast', atLeast: 0.8, values: [0.7] }] }),
      charted({ name: 'start', title: 'Start', goals: [{ goal: 'small', atMost: 2, values: [1] }] }),
    );
    expect(text).toContain('Of their 2 goals 1 are met, 1 missed.');
    expect(text).toContain('The end state of every bench is right.');
    expect(text).toContain('whose benches took 0.1 minutes in all.');
    expect(text).toContain('| start | small | ≤ 2 | 1 | met |');
    expect(text).toContain('A processor, 2 cores, 24 GiB, Linux, Node v24; load before the run 0.1.');
    const parts = ['## Goals', '| decode | fast', '## Machine', '## Decoding', '## Start'];
    expect(parts.map((part) => text.indexOf(part))).toEqual(
      parts.map((part) => text.indexOf(part)).toSorted((a, b) => a - b),
    );
    expect(parts.filter((part) => !text.includes(part))).toEqual([]);
  });

  it('says at its beginning which end states are wrong and which runs were quick', () => {
    const { text } = documentOf(charted({ wrong: ['a fault'] }), charted({ name: 'start', quick: true }));
    expect(text).toContain('The end state is WRONG in: decode.');
    expect(text).toContain('QUICK RUNS, whose figures say nothing: start.');
  });

  it('tells of each bench what is measured, then shows it, then the figures', () => {
    const { text } = documentOf(charted({ measures: 'How fast it decodes.' }));
    const section = text.slice(text.indexOf('## Decoding'));
    const places = ['How fast it decodes.', '![Bar chart', '| figure |', '| goal |', 'The end state'].map(
      (part) => section.indexOf(part),
    );
    expect(places).toEqual(places.filter((at) => at > 0).toSorted((a, b) => a - b));
  });

  it('links every picture that is drawn, and no other', () => {
    const { text, pictures } = documentOf(charted(), charted({ name: 'start' }));
    expect(linksOf(text)).toEqual([...pictures.keys()]);
    expect([...pictures.keys()]).toEqual([
      'goals.svg',
      'decode-rate.svg',
      'decode-growth.svg',
      'start-rate.svg',
      'start-growth.svg',
    ]);
  });

  it('says in words what a picture shows', () => {
    const { text } = documentOf(charted());
    expect(text).toContain('![Bar chart: Decoding (events a second)](performance/decode-rate.svg)');
    expect(text).toContain('![Line chart: Growth \\[of all\\] (µs an item)](performance/decode-growth.svg)');
  });

  it('is the same for the same results, whatever was drawn before', () => {
    const first = documentOf(charted());
    documentOf(charted({ name: 'start' }), charted({ name: 'other' }));
    expect(documentOf(charted())).toEqual(first);
  });
});

describe('a picture', () => {
  it('stands on white, and its text is escaped', () => {
    const svg = documentOf(charted()).pictures.get('decode-rate.svg') ?? '';
    expect(svg).toMatch(/^<svg [^>]*>\s*<rect [^>]*fill="#ffffff"/);
    expect(svg).toContain('ours &lt;b&gt;&amp;&quot;');
    expect(svg).not.toMatch(/<b>|<style|<script/);
    expect(svg).toContain('>events a second (median; whisker: least to greatest)<');
  });

  it('shows the medians, and whiskers where the values have a spread', () => {
    const svg = documentOf(charted()).pictures.get('decode-rate.svg') ?? '';
    expect(svg).toContain('>20<');
    expect(svg).toContain('>40<');
    const strokes = (text: string) => text.match(/stroke-width="1.2"/g)?.length;
    expect(strokes(svg)).toBe(3);
  });

  it('of goals tells the missed from the met', () => {
    const goals = [
      { goal: 'met', atLeast: 1, values: [2] },
      { goal: 'missed', atMost: 1, values: [4, 2] },
      { goal: 'nothing may be', atMost: 0, values: [0] },
      { goal: 'not measured', atMost: 1, values: [] },
    ];
    const svg = documentOf(charted({ goals })).pictures.get('goals.svg') ?? '';
    for (const goal of ['met', 'missed', 'nothing may be']) expect(svg).toContain(`>decode: ${goal}<`);
    expect(svg).not.toContain('not measured');
    expect(svg.match(/#1f8a70/g)).toHaveLength(2);
    // The mark and the value beside it.
    expect(svg.match(/#c2410c/g)).toHaveLength(2);
  });
});

describe('a chart', () => {
  const figures = figuresOf(charted());

  it('takes its points from figures and from goals, by their names', () => {
    expect(plot(lines, figures)).toEqual([
      {
        name: 'one',
        points: [
          { at: '10', min: 10, median: 20, max: 30 },
          { at: '1000', min: 40, median: 40, max: 40 },
        ],
      },
      {
        name: 'two',
        points: [
          { at: '10', min: 40, median: 40, max: 40 },
          { at: '1000', min: 0.7, median: 0.85, max: 0.9 },
        ],
      },
    ]);
  });

  it('may name figures by a list, and leaves out what was not measured', () => {
    const chart: Chart = { ...bars, series: { events: ['ours', 'nowhere', 'empty'] } };
    const known = new Map([...figures, ['empty', []]]);
    expect(plot(chart, known)).toEqual([
      { name: 'events', points: [{ at: 'ours', min: 10, median: 20, max: 30 }] },
    ]);
    expect(unknownFigures(chart, known)).toEqual(['nowhere']);
  });
});
