const DAY_MS = 86_400_000;

const NAMES =
  /^(TODAY|YESTERDAY|TOMORROW|THIS_WEEK|LAST_WEEK|NEXT_WEEK|THIS_MONTH|LAST_MONTH|NEXT_MONTH|THIS_YEAR|LAST_YEAR|NEXT_YEAR|LAST_90_DAYS|NEXT_90_DAYS|(LAST|NEXT)_N_DAYS:\d+)$/i;

export interface Span {
  readonly from: number;
  /** The first moment after it. */
  readonly until: number;
}

export const isSpan = (text: string): boolean => NAMES.test(text);

/** A span of days that a literal names, in UTC. */
export function spanOf(name: string, now: number): Span {
  const today = Math.floor(now / DAY_MS) * DAY_MS;
  const days = (from: number, until: number): Span => ({
    from: today + from * DAY_MS,
    until: today + until * DAY_MS,
  });
  const [whole = '', count = '90'] = name.replace('_90_DAYS', '_N_DAYS').split(':');
  if (whole === 'TODAY') return days(0, 1);
  if (whole === 'YESTERDAY') return days(-1, 0);
  if (whole === 'TOMORROW') return days(1, 2);
  if (whole === 'LAST_N_DAYS') return days(-Number(count), 1);
  if (whole === 'NEXT_N_DAYS') return days(1, Number(count) + 1);
  const shift = whole.startsWith('LAST') ? -1 : whole.startsWith('NEXT') ? 1 : 0;
  if (whole.endsWith('WEEK')) {
    const sunday = -new Date(today).getUTCDay() + shift * 7;
    return days(sunday, sunday + 7);
  }
  const date = new Date(today);
  const [year, month] = [date.getUTCFullYear(), date.getUTCMonth()];
  return whole.endsWith('MONTH')
    ? { from: Date.UTC(year, month + shift), until: Date.UTC(year, month + shift + 1) }
    : { from: Date.UTC(year + shift, 0), until: Date.UTC(year + shift + 1, 0) };
}
