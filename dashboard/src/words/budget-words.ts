import type { Integration } from '../api/types.ts';
import { durationInWords, number } from './duration.ts';

type Today = NonNullable<NonNullable<Integration['budget']>['today']>;

export interface BudgetWords {
  /** How much of the day's calls is used. */
  readonly summary: string;
  /** What comes of it; null: nothing that anybody should know. */
  readonly outlook: string | null;
  /** Something waits for the next day, or will. */
  readonly isShort: boolean;
}

/** The day's calls to a CRM in plain words. `at`: now, epoch ms. */
export function budgetWords(
  requestsPerDay: number,
  { used, left, keptForLive, forecast, resetsAt }: Today,
  crm: string,
  at: number,
): BudgetWords {
  const summary = `${number(used)} of today’s ${number(requestsPerDay)} calls to ${crm} used`;
  const seconds = Math.max(60, Math.round((Date.parse(resetsAt) - at) / 1_000));
  const reset = `in ${durationInWords(seconds)}`;
  if (left <= 0) {
    const outlook = `All are used. What is left is sent when ${crm} counts anew, ${reset}.`;
    return { summary, outlook, isShort: true };
  }
  if (keptForLive > 0 && left <= keptForLive) {
    const outlook = `Live changes only: the last ${number(keptForLive)} calls are kept for what people change now. A full sync goes on ${reset}.`;
    return { summary, outlook, isShort: true };
  }
  if (forecast !== null && forecast > requestsPerDay) {
    const outlook = `At this rate they won’t last: ${number(Math.round(forecast))} would be used by the end of the day, ${reset}.`;
    return { summary, outlook, isShort: true };
  }
  const outlook =
    forecast === null ? null : `About ${number(Math.round(forecast))} expected by the end of the day.`;
  return { summary, outlook, isShort: false };
}
