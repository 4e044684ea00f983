import type { ConnectorLimits, CrmAnswer, ToldLimit } from '../connector.port.ts';
import {
  DAY_PAUSE_MS,
  LEFT_TO_OTHERS,
  MAX_CONCURRENT,
  REQUESTS_PER_SECOND,
  SEARCH_LAG_MS,
} from './assumed.ts';

/** All of an org's calls in any 24 hours, whoever makes them: only Salesforce counts them. */
const ROLLING_DAY = 'calls of 24 hours';
/** Never full by what we count ourselves. */
const UNCOUNTED = { calls: 1_000_000_000, windowMs: 1 } as const;

export const SALESFORCE_LIMITS: ConnectorLimits = {
  requestsPerSecond: REQUESTS_PER_SECOND,
  maxConcurrent: MAX_CONCURRENT,
  requestsPerDay: null,
  searchLagMs: SEARCH_LAG_MS,
  callDeadlineMs: 30_000,
  contexts: {
    all: [{ name: ROLLING_DAY, ...UNCOUNTED, of: 'account' }],
    of: () => [ROLLING_DAY],
    told: (answer) => toldOfDay(answer),
  },
};

/** `Sforce-Limit-Info: api-usage=18/5000`: what is left is people's and other programs' once it is little. */
function toldOfDay({ headers }: Pick<CrmAnswer, 'headers'>): readonly ToldLimit[] {
  const usage = usageIn(headers['sforce-limit-info'] ?? '');
  if (usage === null || usage.most - usage.used > usage.most * LEFT_TO_OTHERS) return [];
  return [{ context: ROLLING_DAY, retryAfterMs: DAY_PAUSE_MS }];
}

/** How many of the org's calls were made in the last 24 hours, and how many there are. Null: it doesn't tell. */
export function usageIn(info: string): { readonly used: number; readonly most: number } | null {
  const told = /(?:^|[,;\s])api-usage=(\d{1,12})\/(\d{1,12})/.exec(info);
  const [used, most] = [Number(told?.[1]), Number(told?.[2])];
  return told === null || most === 0 ? null : { used, most };
}
