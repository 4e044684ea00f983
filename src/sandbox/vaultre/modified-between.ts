import type { StoredRecord } from '../kit/records/record-store.ts';

/** Whether a record was changed when a list's query asks for; the vendor doesn't say whether the ends count: they do. */
export function isModified(
  { updatedAt }: StoredRecord,
  { modifiedSince, modifiedBefore }: Readonly<Record<string, string>>,
): boolean {
  // Shown to the second, so asked for by the second.
  const at = Math.floor(updatedAt / 1_000) * 1_000;
  const since = modifiedSince === undefined ? Number.NEGATIVE_INFINITY : timeOf(modifiedSince);
  const before = modifiedBefore === undefined ? Number.POSITIVE_INFINITY : timeOf(modifiedBefore);
  return at >= since && at <= before;
}

/** A plus that came unencoded is a blank. */
function timeOf(text: string): number {
  return Math.floor(Date.parse(text.replace(' ', '+')) / 1_000) * 1_000;
}
