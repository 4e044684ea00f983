import { PAGE_BYTES, type Page } from '../domain/page.ts';

/** Where something stands in a list that goes from the latest to the earliest. */
export interface Place {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

/** The place that a page goes on after; an unreadable cursor gives a time that nothing is before (NaN would not do on every server). */
export function placeOf(cursor: string | null): Place {
  if (cursor === null) return { at: Number.MAX_SAFE_INTEGER, id: '' };
  const dot = cursor.indexOf('.');
  const at = Number(cursor.slice(0, Math.max(dot, 0)) || Number.NaN);
  return { at: Number.isFinite(at) ? at : Number.NEGATIVE_INFINITY, id: cursor.slice(dot + 1) };
}

/** The cursor after a place. */
export function cursorOf({ at, id }: Place): string {
  return `${String(at)}.${id}`;
}

/** A page of what was found; `found` holds one more than `limit` where there is more. */
export function pageBy<T>(found: readonly T[], limit: number, cursorOf: (last: T) => string): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  return { items, nextCursor: found.length > limit && last !== undefined ? cursorOf(last) : null };
}

/** Takes items one by one until a page is full. */
export interface PageFiller<T> {
  readonly items: T[];
  /** Whether an item more would be too much; asked before one is read. */
  readonly full: () => boolean;
  add(item: T, bytes: number): void;
}

export function createPageFiller<T>(most: number): PageFiller<T> {
  const items: T[] = [];
  let held = 0;
  return {
    items,
    full: () => items.length >= most || held >= PAGE_BYTES,
    add(item, bytes) {
      items.push(item);
      held += bytes;
    },
  };
}

/** Reads one after another until the page is full; answers how many were looked at. */
export function readUntilFull<Id>(
  { full }: Pick<PageFiller<unknown>, 'full'>,
  ids: readonly Id[],
  read: (id: Id) => void,
): number {
  let looked = 0;
  for (const id of ids) {
    if (full()) break;
    read(id);
    looked += 1;
  }
  return looked;
}

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
