import { queryOf, type CrmApi } from '../kit/crm-dialect.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { ReceivedRequest } from '../kit/http/received-request.ts';
import { retryAfterHeader } from '../kit/limits/rate-limit.ts';
import { CONTACT_CATEGORIES, PAGED_TABLES, WHOLE_TABLES } from './account-tables.ts';
import { contactRoutes, mergedRoutes } from './contact-routes.ts';
import { lifeRoutes } from './life-routes.ts';
import { noteRoutes } from './note-routes.ts';
import { propertyRoutes } from './property-routes.ts';
import { createRouter, type Routed } from './vaultre-router.ts';
import { textIn } from './vaultre-record.ts';
import { searchRoutes } from './search-routes.ts';
import {
  failure,
  gateway,
  invalid,
  missing,
  page,
  sorted,
  type Handler,
  type Routes,
  type VaultreAccount,
} from './vaultre-call.ts';
import { chargesOf, type VaultreSettings } from './vaultre-settings.ts';

export const API_PREFIX = '/api/v1.3';

const NO_TOKEN = gateway(401, 'Unauthorized');
const NO_KEY = gateway(403, 'Forbidden');

/** The VaultRE API over an account. */
export function createVaultreApi(account: VaultreAccount): CrmApi {
  const { keys, settings } = account;
  const route = createRouter(API_PREFIX, routesOf(account));

  /** The gateway's answer to who may not come in; null: may. */
  function refusal(request: ReceivedRequest): HttpReply | null {
    const token = bearer(request);
    if (token === null || !keys.has(token)) return NO_TOKEN;
    return request.headers['x-api-key'] === settings().integratorKey ? null : NO_KEY;
  }

  return {
    receive(request) {
      const found = route(request.method, request.path);
      const mayCome = refusal(request) === null;
      return {
        route: found === null ? `${request.method} unknown` : found.name,
        charges: mayCome ? chargesOf(settings().rateLimit, settings().integratorKey) : [],
        carryOut: () => refusal(request) ?? perform(found, request, settings()),
      };
    },
    refuse({ limit, retryAfterMs }) {
      const style = settings().rateLimit?.retryAfter ?? 'absent';
      const value = retryAfterHeader(style, retryAfterMs, account.now());
      const headers: Record<string, string> = value === null ? {} : { 'retry-after': value };
      return gateway(429, limit.name === 'day' ? 'Limit Exceeded' : 'Too Many Requests', headers);
    },
  };
}

function bearer({ headers }: ReceivedRequest): string | null {
  return /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

function perform(found: Routed | null, request: ReceivedRequest, { refused }: VaultreSettings): HttpReply {
  if (found === null) return gateway(404, 'Not Found');
  if (refused.some((rule) => isRefused(rule, found.name))) {
    return failure(403, 'NO_PERMISSION', 'The user has no permission for this.');
  }
  const { body, headers, path } = request;
  if (body.kind === 'too-large') return gateway(413, 'Request Too Long');
  if (body.kind === 'text') return invalid(['the body is not JSON']);
  const address = `http://${headers.host ?? 'sandbox.invalid'}${path}`;
  return found.handler({ params: found.params, query: queryOf(request), body, address });
}

/** Whether a rule names a route, or what it is below; without a method it means all of them. */
function isRefused(rule: string, name: string): boolean {
  const [method = '', path = ''] = name.split(' ');
  const [first = '', second] = rule.split(' ');
  if (second !== undefined && first !== method) return false;
  const refused = second ?? first;
  return path === refused || path.startsWith(`${refused}/`);
}

function routesOf(account: VaultreAccount): Routes {
  return {
    'GET /scopes': () => jsonReply(200, [...account.settings().scopes]),
    'GET /categories/contact/{id}': ({ params }) => {
      const category = CONTACT_CATEGORIES.find(({ id }) => String(id) === params['id']);
      return category === undefined ? missing(account.settings()) : jsonReply(200, category);
    },
    ...Object.fromEntries(
      Object.entries(WHOLE_TABLES).map(([path, table]): [string, Handler] => [
        `GET ${path}`,
        () => jsonReply(200, table),
      ]),
    ),
    ...Object.fromEntries(
      Object.entries(PAGED_TABLES).map(([path, table]): [string, Handler] => [
        `GET ${path}`,
        (call) => {
          const inOrder = sorted(table, call.query, { name: (item) => textIn(item, 'name') });
          return page(inOrder ?? table, call, account.settings());
        },
      ]),
    ),
    ...contactRoutes(account),
    ...mergedRoutes(account),
    ...noteRoutes(account),
    ...propertyRoutes(account),
    ...lifeRoutes(account),
    ...searchRoutes(account),
  };
}
