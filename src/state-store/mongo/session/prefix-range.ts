import { idsUnder } from '../../id-range.ts';

/** Bounds of the ids that begin with a prefix and a slash. */
export interface PrefixRange {
  readonly $gt: string;
  readonly $lt: string;
}

/** Where `after` is given and lies within, the range begins there; from outside it can only narrow the range. */
export function prefixRange(prefix: string, after: string | null = null): PrefixRange {
  const { from, to } = idsUnder(prefix);
  return { $gt: after !== null && after > from ? after : from, $lt: to };
}
