import type { CrmApi } from '../kit/crm-dialect.ts';
import type { HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { ReceivedRequest } from '../kit/http/received-request.ts';
import { retryAfterHeader } from '../kit/limits/rate-limit.ts';
import { assumedRoutes } from './assumed-routes.ts';
import { contactRoutes } from './contact-routes.ts';
import {
  callerOf,
  endOfToken,
  kvcoreRoute,
  tokenIn,
  type KvcoreAccount,
  type KvcoreRoute,
  type KvcoreRoutes,
} from './kvcore-call.ts';
import { errorReply, invalid, NO_ROUTE, NOT_JSON, UNAUTHENTICATED } from './kvcore-reply.ts';
import { noteRoutes } from './note-routes.ts';

const DEFAULT_PER_MINUTE = 600;

/** Public API V2 over an account. */
export function createKvcoreApi(account: KvcoreAccount): CrmApi {
  const { keys, settings, now } = account;
  const routes: KvcoreRoutes = {
    ...contactRoutes(account),
    ...noteRoutes(account),
    ...assumedRoutes(account),
  };

  function isKnown(token: string | null): token is string {
    if (token === null || !keys.has(token)) return false;
    const end = endOfToken(token);
    return end === null || end > now();
  }

  function answer(request: ReceivedRequest, route: KvcoreRoute | null, token: string): HttpReply {
    const handler = route !== null && Object.hasOwn(routes, route.name) ? routes[route.name] : undefined;
    if (route === null || handler === undefined) return NO_ROUTE;
    const { body, headers, query } = request;
    if (!isAsJson(headers['accept']) || !isAsJson(headers['content-type'])) return NOT_JSON;
    if (body.kind === 'too-large') return errorReply(413, 'Request Entity Too Large');
    if (body.kind === 'text' || (body.kind === 'json' && !isJsonObject(body.value)))
      return invalid({ body: 'The body must be a JSON object.' });
    return handler({
      caller: callerOf(account, token),
      params: route.params,
      query: new URLSearchParams(query),
      body: body.kind === 'json' && isJsonObject(body.value) ? body.value : {},
      address: `http://${headers.host ?? 'sandbox.invalid'}${request.path}`,
    });
  }

  return {
    receive(request) {
      const route = kvcoreRoute(request.method, request.path);
      const isRoute = route !== null && Object.hasOwn(routes, route.name);
      const token = tokenIn(request);
      const { rateLimit } = settings();
      const perMinute = rateLimit?.perMinute ?? DEFAULT_PER_MINUTE;
      return {
        route: isRoute ? route.name : `${request.method} unknown`,
        charges:
          rateLimit === null || !isKnown(token)
            ? []
            : [
                {
                  limit: { kind: 'window', name: 'minute', requests: perMinute, windowMs: 60_000 },
                  holder: token,
                },
              ],
        // It may have been revoked meanwhile.
        carryOut: () => (isKnown(token) ? answer(request, route, token) : UNAUTHENTICATED),
      };
    },
    refuse({ retryAfterMs }) {
      const style = settings().rateLimit?.retryAfter ?? 'seconds';
      const value = retryAfterHeader(style, retryAfterMs, now());
      return errorReply(429, 'Too Many Attempts.', { ...(value !== null && { 'retry-after': value }) });
    },
  };
}

/** Both headers are wanted on every request, also where there is no body. */
function isAsJson(header: string | undefined): boolean {
  return header !== undefined && header.toLowerCase().includes('application/json');
}
