import type { Page } from '../../../domain/page.ts';

/** Where something stands in a list that goes from the latest to the earliest. */
export interface Place {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

/** The place that a page goes on after; an unreadable cursor gives the time NaN, which nothing is before. */
export function placeOf(cursor: string | null): Place {
  if (cursor === null) return { at: Number.MAX_SAFE_INTEGER, id: '' };
  const dot = cursor.indexOf('.');
  return { at: Number(cursor.slice(0, Math.max(dot, 0)) || Number.NaN), id: cursor.slice(dot + 1) };
}

/** A page of what was found; `found` holds one more than `limit` where there is more. */
export function pageOf<T>(found: readonly T[], limit: number, place: (item: T) => Place): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items, nextCursor: null };
  const { at, id } = place(last);
  return { items, nextCursor: `${String(at)}.${id}` };
}
