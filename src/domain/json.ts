/** A value that JSON can carry. */
export type Json = string | number | boolean | null | readonly Json[] | { readonly [key: string]: Json };

export type JsonObject = { readonly [key: string]: Json };

/**
 * The one text of a JSON value: object keys sorted, no white space, so that equal values have equal text.
 * `undefined` members can't occur in `Json` and are not looked for.
 */
export function canonicalJson(value: Json): string {
  // One call that writes a sorted copy costs half of many that write its parts.
  const copy = sortedCopy(value);
  return copy === null ? textInParts(value) : JSON.stringify(copy.value);
}

/** The same value with its keys in order; null where an object would not keep them so. */
function sortedCopy(value: Json): { readonly value: Json } | null {
  const awkward = { seen: false };
  const copy = copySorted(value, awkward);
  return awkward.seen ? null : { value: copy };
}

function copySorted(value: Json, awkward: { seen: boolean }): Json {
  if (value === null || typeof value !== 'object') return value;
  if (Array.isArray(value)) return (value as readonly Json[]).map((item) => copySorted(item, awkward));
  const object = value as JsonObject;
  const copy: Record<string, Json> = {};
  for (const key of Object.keys(object).sort()) {
    if (hasPlaceOfItsOwn(key)) awkward.seen = true;
    copy[key] = copySorted(object[key] as Json, awkward);
  }
  return copy;
}

/** Whole numbers come first in an object, whenever they were added, and `__proto__` is no member when it is assigned. */
function hasPlaceOfItsOwn(key: string): boolean {
  const first = key.charCodeAt(0);
  return (first >= DIGIT_0 && first <= DIGIT_9) || key === '__proto__';
}

const [DIGIT_0, DIGIT_9] = [0x30, 0x39];

function textInParts(value: Json): string {
  if (Array.isArray(value)) return `[${(value as readonly Json[]).map(textInParts).join(',')}]`;
  if (value !== null && typeof value === 'object') {
    const object = value as JsonObject;
    const members = Object.keys(object)
      .sort()
      .map((key) => `${JSON.stringify(key)}:${textInParts(object[key] as Json)}`);
    return `{${members.join(',')}}`;
  }
  return JSON.stringify(value);
}

/** What an object, a member or an item takes beside its texts. */
const EACH = 8;

/**
 * About how many bytes a value takes: its texts and names, and a little for each item. Nothing is written out for it, so that it may be
 * asked of what is large. The same value weighs the same wherever it comes from, whatever its store makes of it.
 */
export function weightOf(value: unknown): number {
  if (typeof value === 'string') return value.length;
  if (typeof value !== 'object' || value === null) return EACH;
  if (ArrayBuffer.isView(value)) return value.byteLength;
  let weight = EACH;
  if (Array.isArray(value)) {
    for (const item of value) weight += EACH + weightOf(item);
    return weight;
  }
  for (const [name, member] of Object.entries(value)) weight += name.length + weightOf(member);
  return weight;
}
