/** A table as Bulk API 2.0 takes it: all is quoted but for what is ignored, and null is a word of its own. */
export function writeCsv(
  columns: readonly string[],
  rows: readonly Readonly<Record<string, unknown>>[],
): string {
  const lines = rows.map((row) => columns.map((name) => cellOf(row[name])).join(','));
  return [columns.join(','), ...lines, ''].join('\n');
}

function cellOf(value: unknown): string {
  if (value === undefined) return '';
  if (value === null) return '#N/A';
  const text = typeof value === 'string' ? value : JSON.stringify(value);
  return `"${text.replaceAll('"', '""')}"`;
}

/** Rows by the names of their columns. Null: it is no table. */
export function readCsv(text: string): readonly Readonly<Record<string, string>>[] | null {
  const table = cellsOf(text);
  const [columns, ...rows] = table ?? [];
  if (columns === undefined || rows.some((row) => row.length !== columns.length)) return null;
  return rows.map((row) => Object.fromEntries(columns.map((name, n) => [name, row[n] ?? ''])));
}

/** One pass; a line end in quotes is the cell's. */
function cellsOf(text: string): string[][] | null {
  const table: string[][] = [];
  let row: string[] = [];
  let at = text.startsWith('\ufeff') ? 1 : 0;
  while (at < text.length) {
    let cell: string;
    if (text[at] === '"') {
      const end = closingQuote(text, at + 1);
      if (end === -1) return null;
      cell = text.slice(at + 1, end).replaceAll('""', '"');
      at = end + 1;
    } else {
      const rest = /[,\r\n]/g;
      rest.lastIndex = at;
      const end = rest.exec(text)?.index ?? text.length;
      cell = text.slice(at, end);
      at = end;
    }
    row.push(cell);
    if (text[at] === ',') {
      at += 1;
      if (at === text.length) row.push('');
      continue;
    }
    if (text[at] === '\r') at += 1;
    if (text[at] === '\n') at += 1;
    table.push(row);
    row = [];
  }
  if (row.length > 0) table.push(row);
  return table;
}

function closingQuote(text: string, from: number): number {
  let at = text.indexOf('"', from);
  while (at !== -1 && text[at + 1] === '"') at = text.indexOf('"', at + 2);
  return at;
}
