import type { Page } from '../domain/page.ts';

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
