import type { Json, JsonObject } from '../../domain/json.ts';

/** An id as it is kept: a number, where one holds it to the digit; else its figures. */
export type HeldId = number | string;

/** Beyond this a number is not every whole number. */
const MOST_FIGURES = 15;
const FIGURES = /^\d{1,19}$/;

export function heldId(id: string): HeldId {
  return id.length <= MOST_FIGURES ? Number(id) : id;
}

/** Those of a list that are ids. */
export function heldIds(list: readonly Json[]): readonly HeldId[] {
  return list.flatMap((one): HeldId[] => {
    if (typeof one === 'number') return Number.isSafeInteger(one) ? [one] : [];
    return typeof one === 'string' && FIGURES.test(one) ? [heldId(one)] : [];
  });
}

/** A body with each `id` as the number that the specification wants, to the digit. */
export function withExactIds(body: JsonObject): JsonObject {
  return Object.fromEntries(
    Object.entries(body).map(([name, value]) => [name, name === 'id' ? exact(value) : inside(value)]),
  );
}

function inside(value: Json): Json {
  if (Array.isArray(value)) return value.map((one: Json) => inside(one));
  return value !== null && typeof value === 'object' ? withExactIds(value as JsonObject) : value;
}

/** `JSON.rawJSON` is in no version of the language yet that the compiler knows. */
const { rawJSON } = JSON as { readonly rawJSON?: (text: string) => unknown };

function exact(id: Json): Json {
  if (typeof id !== 'string' || !FIGURES.test(id)) return id;
  // Where it is missing, text: refused at the worst, and never another record's id.
  return rawJSON === undefined ? id : (rawJSON(String(BigInt(id))) as Json);
}

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
