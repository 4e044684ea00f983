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
