/**
 * How long the header asks to wait, ms, as it says: also negative or absurd. Null for an absent or unreadable one.
 *
 * @param now epoch milliseconds, for the form that names a date
 */
export function parseRetryAfter(header: string | undefined, now: number): number | null {
  const value = header?.trim() ?? '';
  if (/^[+-]?\d{1,15}(?:\.\d+)?$/.test(value)) return Number(value) * 1000;
  // HTTP dates begin with the name of a day; Date.parse alone would take almost any text for a date.
  if (!/^(?:Mon|Tue|Wed|Thu|Fri|Sat|Sun)[a-z]*,? /.test(value)) return null;
  // asctime's form names no zone and means GMT.
  const date = Date.parse(/GMT|UTC|[+-]\d{4}$/.test(value) ? value : `${value} GMT`);
  return Number.isNaN(date) ? null : date - now;
}
