import type { ConnectorLimits } from '../connector.port.ts';
import {
  DAY_PAUSE_MS,
  KEPT_FOR_LIVE,
  LEFT_TO_OTHERS,
  MAX_CONCURRENT,
  REQUESTS_PER_SECOND,
  SEARCH_LAG_MS,
} from './assumed.ts';

/** Calls of an org in any 24 hours, whoever makes them: only Salesforce counts them, and tells with each answer. */
export const SALESFORCE_LIMITS: ConnectorLimits = {
  requestsPerSecond: REQUESTS_PER_SECOND,
  maxConcurrent: MAX_CONCURRENT,
  requestsPerDay: null,
  rollingDay: {
    told: ({ headers }) => usageIn(headers['sforce-limit-info'] ?? ''),
    leftToOthers: LEFT_TO_OTHERS,
    askAgainMs: DAY_PAUSE_MS,
  },
  keptForLive: KEPT_FOR_LIVE,
  searchLagMs: SEARCH_LAG_MS,
  callDeadlineMs: 10_000,
};

/** `api-usage=18/5000`: how many calls were made in the last 24 hours, and how many there are. Null: it doesn't tell. */
export function usageIn(info: string): { readonly used: number; readonly most: number } | null {
  const told = /(?:^|[,;\s])api-usage=(\d{1,12})\/(\d{1,12})/.exec(info);
  const [used, most] = [Number(told?.[1]), Number(told?.[2])];
  return told === null || most === 0 ? null : { used, most };
}
