import { clip, displayWidth, pad, printable } from './display-width.ts';

export interface Column<T> {
  readonly title: string;
  readonly value: (item: T) => string | number | null;
  readonly align?: 'right';
}

const LONGEST_CELL = 44;

/** An aligned table, a line for each item; absent values are `-`. */
export function table<T>(items: readonly T[], columns: readonly Column<T>[]): string {
  const rows = items.map((item) => columns.map((column) => cell(column.value(item))));
  const lines = [columns.map(({ title }) => title), ...rows];
  const widths = columns.map((_, index) => Math.max(...lines.map((line) => displayWidth(line[index] ?? ''))));
  return lines
    .map((line) =>
      line
        .map((text, index) => pad(text, widths[index] ?? 0, columns[index]?.align))
        .join('  ')
        .trimEnd(),
    )
    .join('\n');
}

function cell(value: string | number | null): string {
  const text = value === null ? '' : printable(String(value));
  return text === '' ? '-' : clip(text, LONGEST_CELL);
}
