import { cpus } from 'node:os';
import { spreadOf } from './statistics.ts';

/** What one measurement found. It never judges times: it fails only where the end state is wrong. */
export interface Report {
  readonly title: string;
  /** What was varied, and what the figures mean. */
  readonly notes: readonly string[];
  readonly rows: readonly FigureRow[];
  /** What of the end state is not as it has to be; empty when all is well. */
  readonly wrong: readonly string[];
}

export interface FigureRow {
  readonly figure: string;
  /** One number of each round. */
  readonly values: readonly number[];
  readonly unit: string;
}

/** The report as Markdown, with the command that makes it again and the machine that it was made on. */
export function reportText(report: Report, command: string): string {
  const rows = report.rows.map(({ figure, values, unit }) => {
    const { min, median, max } = spreadOf(values);
    return `| ${figure} | ${[min, median, max].map((value) => `${shown(value)}${unit}`).join(' | ')} |`;
  });
  const verdict =
    report.wrong.length === 0
      ? 'The end state is right.'
      : ['The end state is WRONG:', ...report.wrong.map((fault) => `- ${fault}`)].join('\n');
  return [
    `## ${report.title}`,
    '',
    `\`${command}\`, Node ${process.version}, ${cpus().length} cores (${cpus()[0]?.model.trim() ?? 'unknown'})`,
    '',
    '| figure | min | median | max |',
    '| --- | ---: | ---: | ---: |',
    ...rows,
    '',
    ...report.notes.map((note) => `- ${note}`),
    '',
    verdict,
    '',
  ].join('\n');
}

function shown(value: number): string {
  if (Number.isNaN(value)) return '-';
  return Math.abs(value) >= 100 || Number.isInteger(value) ? value.toFixed(0) : value.toFixed(2);
}
