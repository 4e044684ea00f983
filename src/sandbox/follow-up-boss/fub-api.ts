import { queryOf, type CrmApi } from '../kit/crm-dialect.ts';
import type { HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { ReceivedRequest } from '../kit/http/received-request.ts';
import { retryAfterHeader } from '../kit/limits/rate-limit.ts';
import { accountRoutes } from './account-routes.ts';
import { dealRoutes } from './deal-routes.ts';
import { eventRoutes } from './event-routes.ts';
import { callerOf, signsOf, type FubAccount, type FubCaller } from './fub-caller.ts';
import { chargesOf, contextOf, limitHeaders } from './fub-limits.ts';
import { ACCOUNT } from './fub-record.ts';
import { errorReply, EXPIRED, invalid, NO_ROUTE, UNAUTHENTICATED } from './fub-reply.ts';
import { fubRoute, type FubRoute, type FubRoutes } from './fub-route.ts';
import { noteRoutes } from './note-routes.ts';
import { peopleRoutes } from './people-routes.ts';
import { setupRoutes } from './setup-routes.ts';

/** What an account that isn't paid for any more still does. */
const OPEN_WHEN_EXPIRED: Readonly<Record<'expired' | 'lapsed', readonly string[]>> = {
  expired: ['POST /events'],
  lapsed: ['POST /events', 'GET /identity'],
};

/** API v1 over an account. */
export function createFubApi(account: FubAccount): CrmApi {
  const { keys, settings, now } = account;
  const routes: FubRoutes = {
    ...accountRoutes(account),
    ...setupRoutes(account),
    ...peopleRoutes(account),
    ...noteRoutes(account),
    ...dealRoutes(account),
    ...eventRoutes(account),
  };
  return {
    receive(request) {
      const route = fubRoute(request.method, request.path);
      const isRoute = route !== null && Object.hasOwn(routes, route.name);
      const signs = signsOf(request, settings());
      const isKnown = (): boolean => signs.key !== null && keys.has(signs.key);
      const context = contextOf(request.method, route?.resource);
      return {
        route: isRoute ? route.name : `${request.method} unknown`,
        charges: isKnown() ? chargesOf(context, signs, settings().rateLimit) : [],
        carryOut([left]) {
          const { key } = signs;
          // It may have been revoked meanwhile.
          if (key === null || !isKnown()) return UNAUTHENTICATED;
          const caller = callerOf(account, signs, key);
          const reply = answer(request, route, caller);
          return withHeaders(reply, {
            ...limitHeaders(context, signs, settings().rateLimit, left),
            'fub-account-id': String(ACCOUNT.id),
            'fub-user-id': caller.user.id,
          });
        },
      };
    },
    refuse({ limit, retryAfterMs }) {
      const style = settings().rateLimit?.retryAfter ?? 'seconds';
      const value = retryAfterHeader(style, retryAfterMs, now());
      const most = limit.kind === 'bucket' ? limit.burst : limit.requests;
      return errorReply(429, 'Rate limit exceeded.', {
        ...(value !== null && { 'retry-after': value }),
        'x-ratelimit-limit': String(most),
        'x-ratelimit-remaining': '0',
        'x-ratelimit-window': '10',
        'x-ratelimit-context': limit.name,
      });
    },
  };

  function answer(request: ReceivedRequest, route: FubRoute | null, caller: FubCaller): HttpReply {
    const handler = route !== null && Object.hasOwn(routes, route.name) ? routes[route.name] : undefined;
    if (route === null || handler === undefined) return NO_ROUTE;
    const state = settings().account;
    if (state !== 'active' && !OPEN_WHEN_EXPIRED[state].includes(route.name)) return EXPIRED;
    const { body } = request;
    if (body.kind === 'too-large') return errorReply(413, 'Request body is too large.');
    if (body.kind === 'text' || (body.kind === 'json' && !isJsonObject(body.value)))
      return invalid('Request body must be a JSON object.');
    return handler({
      caller,
      params: route.params,
      query: queryOf(request),
      body: body.kind === 'json' && isJsonObject(body.value) ? body.value : {},
      address: addressOf(request),
    });
  }
}

function withHeaders(reply: HttpReply, headers: Readonly<Record<string, string>>): HttpReply {
  return { ...reply, headers: { ...reply.headers, ...headers } };
}

function addressOf({ headers, path }: ReceivedRequest): string {
  return `http://${headers.host ?? 'sandbox.invalid'}${path}`;
}
