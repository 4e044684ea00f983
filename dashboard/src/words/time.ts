import { durationInWords } from './duration.ts';

const CLOCK = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit', second: '2-digit' });
const CLOCK_SHORT = new Intl.DateTimeFormat(undefined, { hour: 'numeric', minute: '2-digit' });
const DAY = new Intl.DateTimeFormat(undefined, { day: 'numeric', month: 'short' });
const FULL = new Intl.DateTimeFormat(undefined, { dateStyle: 'full', timeStyle: 'medium' });

const DAY_MS = 86_400_000;

/** `just now`, `3 min ago`, `14:05` on the same day, else with the date. `now` in epoch ms. */
export function agoInWords(at: string, now: number): string {
  const time = Date.parse(at);
  const seconds = Math.max(0, (now - time) / 1_000);
  if (seconds < 10) return 'just now';
  if (seconds < 3_570) return `${durationInWords(Math.round(seconds))} ago`;
  return timeOfDay(at, now);
}

/** `14:05` on the same day, else `3 Nov, 14:05`. */
export function timeOfDay(at: string, now: number): string {
  const date = new Date(at);
  const clock = CLOCK_SHORT.format(date);
  return isSameDay(date.getTime(), now) ? `today at ${clock}` : `${DAY.format(date)}, ${clock}`;
}

/** To the second, for a list in which things happen fast. */
export function exactTime(at: string, now: number): string {
  const date = new Date(at);
  const clock = CLOCK.format(date);
  return isSameDay(date.getTime(), now) ? clock : `${DAY.format(date)}, ${clock}`;
}

export function fullTime(at: string): string {
  return FULL.format(new Date(at));
}

function isSameDay(a: number, b: number): boolean {
  return Math.abs(a - b) < DAY_MS && new Date(a).getDate() === new Date(b).getDate();
}
