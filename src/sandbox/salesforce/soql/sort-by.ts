import type { ReadPath } from './conditions.ts';
import { folded } from './conditions.ts';
import type { Order } from './query-tree.ts';

/** In the order that a query asks for; as they came where it asks for none. Throws a SoqlError. */
export function sortBy<T>(rows: readonly T[], orders: readonly Order[], read: ReadPath<T>): T[] {
  if (orders.length === 0) return [...rows];
  const paths = orders.map(({ path, at }) => read(path, at));
  const keyed = rows.map((row) => ({
    row,
    keys: paths.map(({ field, valueOf }) => folded(field, valueOf(row))),
  }));
  keyed.sort((a, b) => {
    for (const [place, { isDescending, nulls }] of orders.entries()) {
      const [left, right] = [a.keys[place] ?? null, b.keys[place] ?? null];
      if (left === right) continue;
      if (left === null) return nulls === 'first' ? -1 : 1;
      if (right === null) return nulls === 'first' ? 1 : -1;
      return left < right === isDescending ? 1 : -1;
    }
    return 0;
  });
  return keyed.map(({ row }) => row);
}
