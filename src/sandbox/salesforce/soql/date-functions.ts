import type { Json } from '../../../domain/json.ts';
import { shownText } from '../org/sf-org.ts';

const DAY_MS = 86_400_000;

/** What is made of a date, in UTC: numbers, but the day of a moment. */
const FUNCTIONS: Readonly<Record<string, (date: Date) => number | string>> = {
  calendar_year: (date) => date.getUTCFullYear(),
  calendar_quarter: (date) => Math.floor(date.getUTCMonth() / 3) + 1,
  calendar_month: (date) => date.getUTCMonth() + 1,
  day_in_month: (date) => date.getUTCDate(),
  day_in_week: (date) => date.getUTCDay() + 1,
  day_in_year: (date) => Math.floor((date.getTime() - Date.UTC(date.getUTCFullYear(), 0)) / DAY_MS) + 1,
  hour_in_day: (date) => date.getUTCHours(),
  day_only: (date) => date.toISOString().slice(0, 10),
};

export const isDateFunction = (name: string): boolean => Object.hasOwn(FUNCTIONS, name.toLowerCase());

export const dateFunctionType = (name: string): 'int' | 'date' =>
  name.toLowerCase() === 'day_only' ? 'date' : 'int';

/** Null of nothing. */
export function dateValue(name: string, value: Json): Json {
  const made = FUNCTIONS[name.toLowerCase()];
  if (value === null || made === undefined) return null;
  return made(new Date(shownText(value).replace('+0000', 'Z')));
}
