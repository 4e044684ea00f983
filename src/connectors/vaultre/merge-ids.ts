import type { HeldId } from './exact-ids.ts';

/**
 * What a list of ids is to be, where it is replaced as a whole: as it stands there right now, with what is meant to come and without what is meant to
 * go. Null: that is what stands there.
 */
export function mergedIds(
  there: readonly HeldId[],
  held: readonly HeldId[],
  wanted: readonly HeldId[],
): readonly HeldId[] | null {
  const goes = held.filter((id) => !wanted.includes(id));
  const comes = wanted.filter((id) => !there.includes(id));
  const next = [...there.filter((id) => !goes.includes(id)), ...comes];
  return next.length === there.length && comes.length === 0 ? null : [...new Set(next)];
}
