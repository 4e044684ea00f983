/** Ids that are read in ascending order, as far as a page goes. */
export interface AscendingIds<Id extends string> {
  readonly wanted: Id[];
  /** Those that stand after one: not looked at yet. */
  restAfter(last: string): Id[];
}

/** In the order of every store: ids are ASCII, so it is that of their characters. */
export function ascendingIds<Id extends string>(ids: readonly Id[]): AscendingIds<Id> {
  const wanted = [...new Set(ids)].sort();
  return { wanted, restAfter: (last) => wanted.filter((id) => id > last) };
}
