import type { Json, JsonObject } from '../json.ts';

export interface ReferenceListInput {
  /** The CRM's ids of what Zena refers to. */
  readonly zena: Json;
  /** What stands in the CRM. */
  readonly held: Json;
  /** The ids that this link put there. */
  readonly ours: readonly string[];
  /** What stood there before a write of which nobody heard whether it was taken; null where there was none. */
  readonly heldBefore: Json;
}

export interface ReferenceList {
  readonly list: readonly Json[];
  /** Once the CRM took it. */
  readonly ours: readonly string[];
  /** While nobody knows whether it did. */
  readonly inDoubt: readonly string[];
}

/** A list of references that people and Zena keep together: an id leaves it only where this link put it there. */
export function mergeReferences({ zena, held, ours, heldBefore }: ReferenceListInput): ReferenceList {
  const wanted = idsIn(zena);
  const isWanted = new Set(wanted);
  const there = entriesOf(held);
  const isThere = new Set(there.map(({ id }) => id));
  const before = heldBefore === null ? null : new Set(idsIn(heldBefore));
  const put = new Set(ours);
  const kept = there.filter(({ id }) => !put.has(id) || isWanted.has(id));
  // The first of each.
  const standing = new Map(kept.toReversed().map(({ id, entry }) => [id, entry]));
  const added = wanted.filter((id) => !standing.has(id));
  const doubted = wanted.filter((id) => standing.has(id) && before !== null && !before.has(id));
  const stays = wanted.filter((id) => put.has(id) && standing.has(id));
  return {
    // Where people put nothing in, it is Zena's list, in Zena's order.
    list: kept.every(({ id }) => isWanted.has(id))
      ? wanted.map((id) => standing.get(id) ?? id)
      : [...kept.map(({ entry }) => entry), ...added],
    ours: [...new Set([...stays, ...doubted, ...added])].sort(),
    // An id that was to be added is ours whether it was taken or not: only Zena knows to refer to it.
    inDoubt: [...new Set([...ours.filter((id) => isThere.has(id)), ...doubted, ...added])].sort(),
  };
}

/** Of a list, the entries that are none of these ids; of what is no list, all of it. */
export function entriesBeside(value: Json, ours: readonly string[]): Json {
  if (!Array.isArray(value)) return value;
  return entriesOf(value).flatMap(({ id, entry }) => (ours.includes(id) ? [] : [entry]));
}

export function idsIn(value: Json | undefined): string[] {
  return [...new Set(entriesOf(value ?? null).map(({ id }) => id))];
}

/** CRMs give ids as text, as numbers, or as objects that hold one; what holds none is left as it is, and is nobody's. */
function entriesOf(value: Json): { readonly id: string; readonly entry: Json }[] {
  if (!Array.isArray(value)) return [];
  return (value as readonly Json[]).map((entry) => ({ id: idOf(entry), entry }));
}

function idOf(entry: Json): string {
  if (typeof entry === 'number' || typeof entry === 'string') return String(entry);
  if (entry !== null && typeof entry === 'object' && !Array.isArray(entry)) {
    const { id } = entry as JsonObject;
    if (typeof id === 'number' || typeof id === 'string') return String(id);
  }
  return '';
}
