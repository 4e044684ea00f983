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

/** Which of the times isn't one, in the words of a refusal; null: none. */
export function unreadTime(query: Readonly<Record<string, string>>): string | null {
  const wrong = ['modifiedSince', 'modifiedBefore'].find((name) =>
    Number.isNaN(timeOf(query[name] ?? '2000-01-01')),
  );
  return wrong === undefined ? null : `${wrong} must be a date-time`;
}

/** A plus that came unencoded is a blank. */
function timeOf(text: string): number {
  return Math.floor(Date.parse(text.replace(' ', '+')) / 1_000) * 1_000;
}
