import type { SQLOutputValue } from 'node:sqlite';
import type { Page } from '../../../domain/page.ts';
import { createPageFiller } from '../../page-places.ts';

type Row = Readonly<Record<string, SQLOutputValue>>;

/** As many rows as a page holds, by count and by bytes, read one by one; `more`: whether there are others. */
export function pageRows<T>(
  rows: Iterable<unknown>,
  limit: number,
  read: (row: Row) => T,
): { readonly items: readonly T[]; readonly more: boolean } {
  const page = createPageFiller<T>(limit);
  for (const row of rows) {
    if (page.full()) return { items: page.items, more: true };
    page.add(read(row as Row), rowBytes(row as Row));
  }
  return { items: page.items, more: false };
}

/** A page with a cursor; `rows` may hold more than `limit`, by which it is known that there is more. */
export function pageOfRows<T>(
  rows: Iterable<unknown>,
  limit: number,
  read: (row: Row) => T,
  cursorOf: (last: T) => string,
): Page<T> {
  const { items, more } = pageRows(rows, limit, read);
  const last = items.at(-1);
  return { items, nextCursor: more && last !== undefined ? cursorOf(last) : null };
}

/** What a row holds: its texts and bytes. */
export function rowBytes(row: Row): number {
  let bytes = 0;
  for (const name in row) {
    const value = row[name];
    if (typeof value === 'string') bytes += value.length;
    else if (value instanceof Uint8Array) bytes += value.byteLength;
  }
  return bytes;
}
