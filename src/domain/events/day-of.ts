import type { Milestone } from '../entity.ts';

const formats = new Map<string, Intl.DateTimeFormat>();

function formatOf(timeZone: string): Intl.DateTimeFormat {
  let format = formats.get(timeZone);
  if (format === undefined) {
    format = new Intl.DateTimeFormat('en-US', {
      timeZone,
      calendar: 'gregory',
      numberingSystem: 'latn',
      year: 'numeric',
      month: '2-digit',
      day: '2-digit',
    });
    formats.set(timeZone, format);
  }
  return format;
}

/**
 * The day of a milestone, `YYYY-MM-DD`, for a CRM that keeps days: the one that was told, else the day that it was then in `timeZone`
 * (one that `isTimeZone` knows).
 */
export function dayOf({ date, day }: Pick<Milestone, 'date' | 'day'>, timeZone: string): string {
  if (day !== undefined) return day;
  const parts = new Map(
    formatOf(timeZone)
      .formatToParts(date)
      .map(({ type, value }) => [type, value]),
  );
  return `${parts.get('year')?.padStart(4, '0')}-${parts.get('month')}-${parts.get('day')}`;
}

/** Whether a text names a zone of the IANA database, such as `Pacific/Auckland` or `UTC`. An offset is no zone. */
export function isTimeZone(text: string): boolean {
  if (!/^[A-Za-z][\w+\-/]{0,63}$/.test(text)) return false;
  try {
    return formatOf(text) !== undefined;
  } catch (error) {
    if (error instanceof RangeError) return false;
    throw error;
  }
}
