import type { Page } from '../domain/page.ts';

/** Where something stands in a list that goes from the latest to the earliest. */
export interface Place {
  /** Epoch ms. */
  readonly at: number;
  readonly id: string;
}

/** The place that a cursor names; an unreadable one gives a time that nothing is before (NaN would not do on every server). */
export function placeOf(cursor: string): Place {
  const dot = cursor.indexOf('.');
  const at = Number(cursor.slice(0, Math.max(dot, 0)) || Number.NaN);
  return { at: Number.isFinite(at) ? at : Number.NEGATIVE_INFINITY, id: cursor.slice(dot + 1) };
}

/** A page of what was found; `found` holds one more than `limit` where there is more. */
export function pageOf<T>(found: readonly T[], limit: number, place: (item: T) => Place): Page<T> {
  const items = found.slice(0, limit);
  const last = items.at(-1);
  if (found.length <= limit || last === undefined) return { items, nextCursor: null };
  const { at, id } = place(last);
  return { items, nextCursor: `${String(at)}.${id}` };
}
