import type { ConnectorLimits, CrmAnswer, CrmRequest } from '../connector.port.ts';
import type { LimitContext, ToldLimit } from '../limit-contexts.port.ts';
import type { Json } from '../../domain/json.ts';
import { CONTEXT_CALLS, SEARCH_LAG_MS, SYSTEM_CALLS_UNTOLD, USED_PART_OF_GLOBAL } from './assumed.ts';
import { isObject, readObjects, readText } from './wire.ts';

const WINDOW_MS = 10_000;

type Context = keyof typeof CONTEXT_CALLS;

/** What the vendor counts, in windows of 10 s that slide; what headers say of it counts from then on. */
export function fubLimits(isRegistered: boolean): ConnectorLimits {
  const at = isRegistered ? 'registered' : 'others';
  const all = Object.entries(CONTEXT_CALLS).map(([name, calls]): LimitContext => ({
    name,
    calls: calls[at],
    windowMs: WINDOW_MS,
    of: 'account',
  }));
  // What the registered system may send of each kind, over all of its accounts: only the vendor knows how much.
  const ofSystem = Object.keys(CONTEXT_CALLS).map((name): LimitContext => ({
    name: systemContext(name),
    calls: SYSTEM_CALLS_UNTOLD,
    windowMs: WINDOW_MS,
    of: 'application',
  }));
  return {
    requestsPerSecond: (CONTEXT_CALLS.global[at] / (WINDOW_MS / 1_000)) * USED_PART_OF_GLOBAL,
    maxConcurrent: 4,
    requestsPerDay: null,
    searchLagMs: SEARCH_LAG_MS,
    callDeadlineMs: 10_000,
    contexts: {
      all: isRegistered ? [...all, ...ofSystem] : all,
      of: (request) => {
        const context = contextOf(request);
        return isRegistered ? [context, systemContext(context)] : [context];
      },
      told,
      ...(isRegistered && { listed: listedCeilings }),
    },
  };
}

function systemContext(context: string): string {
  return `${context} of all accounts`;
}

/** Of a registered system; anybody else is refused. */
export const CEILINGS_PATH = ['rateLimit', 'limits'] as const;

/** The system's own ceilings, as they are listed by route. */
function listedCeilings(body: Json, { path }: Pick<CrmRequest, 'path'>): readonly ToldLimit[] {
  if (path.join('/') !== CEILINGS_PATH.join('/')) return [];
  const listed = readObjects(isObject(body) ? body['limits'] : body);
  return listed.flatMap(({ route, window, across_all_accounts: calls }) => {
    const context = Object.keys(CONTEXT_CALLS).find((name) => name === readText(route));
    if (context === undefined || typeof calls !== 'number' || !(calls > 0)) return [];
    const windowMs = typeof window === 'number' && window > 0 ? window * 1_000 : WINDOW_MS;
    return [{ context: systemContext(context), calls, windowMs }];
  });
}

/** Which limit a request counts against, as the vendor's page has it. */
function contextOf({ method, path: [resource] }: Pick<CrmRequest, 'method' | 'path'>): Context {
  if (resource === 'notes') return 'notes';
  if (resource === 'people' && method === 'PUT') return 'people.PUT';
  return resource === 'events' && method === 'GET' ? 'events.GET' : 'global';
}

/** The request says which one it is of: how the vendor calls it in `X-RateLimit-Context` is known of one of them alone. */
function told(
  { status, headers }: Pick<CrmAnswer, 'status' | 'headers'>,
  request: Pick<CrmRequest, 'method' | 'path'>,
): readonly ToldLimit[] {
  const context = contextOf(request);
  const [calls, left, seconds, wait] = [
    'x-ratelimit-limit',
    'x-ratelimit-remaining',
    'x-ratelimit-window',
    'retry-after',
  ].map((name) => numberIn(headers[name]));
  const isFull = status === 429 && wait !== undefined && calls !== undefined;
  return [
    {
      context,
      ...(calls !== undefined && calls > 0 && { calls }),
      ...(left !== undefined && { left }),
      ...(seconds !== undefined && seconds > 0 && { windowMs: seconds * 1_000 }),
      ...(isFull && { retryAfterMs: wait * 1_000 }),
    },
  ];
}

function numberIn(text: string | undefined): number | undefined {
  return text !== undefined && /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}
