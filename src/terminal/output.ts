import type { Cli } from './cli.ts';
import { type Column, table } from './table.ts';

/** `text` is for people and may change; the other two are for programs. */
export const OUTPUT_FORMATS = ['text', 'json', 'ndjson'] as const;

export type OutputFormat = (typeof OUTPUT_FORMATS)[number];

/** Writes a list: a table, a JSON array, or a JSON text a line. `empty` is what people read instead of an empty table. */
export function writeList<T>(
  { stdout }: Pick<Cli, 'stdout'>,
  format: OutputFormat,
  items: readonly T[],
  { columns, empty }: { readonly columns: readonly Column<T>[]; readonly empty: string },
): void {
  if (format === 'json') stdout.write(`${JSON.stringify(items, null, 2)}\n`);
  else if (format === 'ndjson') for (const item of items) stdout.write(`${JSON.stringify(item)}\n`);
  else stdout.write(`${items.length === 0 ? empty : table(items, columns)}\n`);
}

/** Writes one answer: as people read it, as indented JSON, or as one line of JSON. */
export function writeObject(
  { stdout }: Pick<Cli, 'stdout'>,
  format: OutputFormat,
  object: object,
  text: () => string,
): void {
  if (format === 'text') stdout.write(`${text()}\n`);
  else stdout.write(`${JSON.stringify(object, null, format === 'json' ? 2 : 0)}\n`);
}
