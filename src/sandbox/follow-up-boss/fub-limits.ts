import type { Charge } from '../kit/limits/rate-limit.ts';
import type { FubRateLimit } from './fub-settings.ts';
import type { FubSigns } from './fub-caller.ts';

const WINDOW_SECONDS = 10;

/** So many more than a limit are taken where limits aren't enforced. */
const BEYOND = 1_000_000_000;

/** Requests in any 10 s, of a registered system and of others. */
const CONTEXTS = {
  global: [250, 125],
  'events.GET': [20, 10],
  notes: [10, 10],
  'people.PUT': [25, 25],
} as const satisfies Readonly<Record<string, readonly [number, number]>>;

export type FubContext = keyof typeof CONTEXTS;

/** Which limit a request counts against; null: none. */
export function contextOf(method: string, resource: string | undefined): FubContext | null {
  if (resource === 'notes') return 'notes';
  if (resource === 'people' && method === 'PUT') return 'people.PUT';
  if (resource === 'events') return method === 'GET' ? 'events.GET' : null;
  return 'global';
}

export function limitOf(
  context: FubContext,
  { isRegistered }: Pick<FubSigns, 'isRegistered'>,
  rateLimit: FubRateLimit | null,
): number {
  return rateLimit?.requests?.[context] ?? CONTEXTS[context][isRegistered ? 0 : 1];
}

/** Counted by key, also where nothing is enforced: the headers tell it. */
export function chargesOf(
  context: FubContext | null,
  signs: FubSigns,
  rateLimit: FubRateLimit | null,
): Charge[] {
  if (context === null || signs.key === null) return [];
  const most = limitOf(context, signs, rateLimit);
  const requests = rateLimit === null ? most + BEYOND : most;
  const windowMs = WINDOW_SECONDS * 1_000;
  const ofKey: Charge = { limit: { kind: 'window', name: context, requests, windowMs }, holder: signs.key };
  if (rateLimit === null || !signs.isRegistered || signs.system === null) return [ofKey];
  const name = `${context} across_all_accounts`;
  const ceiling = acrossAllAccounts(context, rateLimit);
  return [ofKey, { limit: { kind: 'window', name, requests: ceiling, windowMs }, holder: signs.system }];
}

/** What a registered system may send for all of its accounts together. */
function acrossAllAccounts(context: FubContext, rateLimit: FubRateLimit | null): number {
  return rateLimit?.acrossAllAccounts?.[context] ?? CONTEXTS[context][0] * 100;
}

/** What stands on every answer to a key that is known. */
export function limitHeaders(
  context: FubContext | null,
  signs: FubSigns,
  rateLimit: FubRateLimit | null,
  left: number | undefined,
): Record<string, string> {
  if (context === null) return {};
  const most = limitOf(context, signs, rateLimit);
  const remaining = rateLimit === null ? (left ?? most + BEYOND) - BEYOND : (left ?? most);
  return {
    'x-ratelimit-limit': String(most),
    'x-ratelimit-remaining': String(Math.max(0, remaining)),
    'x-ratelimit-window': String(WINDOW_SECONDS),
    'x-ratelimit-context': context,
  };
}

/** As `GET /rateLimit/limits` lists them. */
export function listedLimits(rateLimit: FubRateLimit | null) {
  return (Object.keys(CONTEXTS) as FubContext[]).map((route) => ({
    route,
    window: WINDOW_SECONDS,
    per_account: limitOf(route, { isRegistered: true }, rateLimit),
    across_all_accounts: acrossAllAccounts(route, rateLimit),
  }));
}
