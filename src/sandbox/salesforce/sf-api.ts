import { jsonReply } from '../kit/http/http-reply.ts';
import type { HttpReply } from '../kit/http/http-reply.ts';
import type { CrmApi } from '../kit/crm-dialect.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { ReceivedRequest } from '../kit/http/received-request.ts';
import type { Charge } from '../kit/limits/rate-limit.ts';
import { createOauthApi, tokenOf } from './oauth/oauth-api.ts';
import type { Session, Sessions } from './oauth/sessions.ts';
import { ORG_ID } from './org/org-people.ts';
import type { SfOrg } from './org/sf-org.ts';
import {
  failed,
  failure,
  httpReply,
  INVALID_SESSION,
  NOT_ALLOWED,
  NOT_FOUND,
  type SfReply,
} from './org/sf-reply.ts';
import { createRestApi, isTooLong, VERSIONS } from './rest-api.ts';
import type { RestCall, Usage } from './routes/rest-call.ts';
import { splitUrl } from './routes/split-url.ts';

const DATA = '/services/data';
const DAY_MS = 86_400_000;
/** Of a Developer Edition (VERIFIED-3). */
const DAILY = 15_000;
/** So many more are taken where limits aren't enforced. */
const BEYOND = 1_000_000_000;

const LIMIT_EXCEEDED = failed(403, failure('REQUEST_LIMIT_EXCEEDED', 'TotalRequests Limit exceeded.'));
const URI_TOO_LONG = failed(414, failure('URI_TOO_LONG', 'URI Too Long'));

/** Everything that an org answers over HTTP. */
export function createSfApi(org: SfOrg, sessions: Sessions): CrmApi & { forget(): void } {
  const oauth = createOauthApi(org, sessions);
  const rest = createRestApi(org);
  let used = 0;

  const sessionOf = (request: ReceivedRequest): Session | null => sessions.of(tokenOf(request) ?? '');

  /** Every subrequest of a batch counts, a composite as one (verified). */
  function chargesOf(request: ReceivedRequest): Charge[] {
    if (!request.path.startsWith(`${DATA}/`) || sessionOf(request) === null) return [];
    const { rateLimit } = org.settings();
    const most = rateLimit?.requestsPerDay ?? DAILY;
    const limit: Charge['limit'] =
      rateLimit === null
        ? { kind: 'day', name: 'counted', requests: most + BEYOND }
        : { kind: 'window', name: 'DailyApiRequests', requests: most, windowMs: DAY_MS };
    const count = /\/composite\/batch\/?$/.test(request.path) ? batchSize(request) : 1;
    return Array.from({ length: Math.max(1, count) }, () => ({ limit, holder: ORG_ID }));
  }

  function usageBy(left: number | undefined): Usage {
    const { rateLimit } = org.settings();
    const most = rateLimit?.requestsPerDay ?? DAILY;
    if (left !== undefined) used = rateLimit === null ? most + BEYOND - left : most - left;
    return { used, most };
  }

  /** On each answer, also where it refuses (VERIFIED-3: on each REST reply). */
  function told(reply: SfReply, { used: calls, most }: Usage): HttpReply {
    const headers = { 'sforce-limit-info': `api-usage=${calls}/${most}`, ...reply.headers };
    return httpReply({ ...reply, headers });
  }

  function answer(request: ReceivedRequest, usage: Usage): HttpReply {
    const { path, method } = request;
    const plain = path.replace(/\/$/, '');
    const origin = `http://${request.headers.host ?? 'sandbox.invalid'}`;
    const route = plain.startsWith('/id/') ? oauth['/id'] : oauth[plain];
    if (route !== undefined) return route(request, origin);
    if (plain === DATA) return method === 'GET' ? jsonReply(200, VERSIONS) : httpReply(NOT_ALLOWED(method));
    if (!path.startsWith(`${DATA}/`)) return httpReply(NOT_FOUND);
    const session = sessionOf(request);
    if (session === null) return told(INVALID_SESSION, usage);
    if (isTooLong(path, request.query)) return told(URI_TOO_LONG, usage);
    const url = splitUrl(`${path}?${request.query}`);
    const asked = url.query.get('_HttpMethod');
    const call: RestCall = {
      ...url,
      method: method === 'POST' && asked !== null ? asked.toUpperCase() : method,
      body: request.body,
      headers: textHeaders(request),
      caller: { userId: session.userId, origin },
      usage,
    };
    return told(rest.answer(call), usage);
  }

  return {
    receive(request) {
      return {
        route: routeOf(request),
        charges: chargesOf(request),
        carryOut: (left) => answer(request, usageBy(left.at(-1))),
      };
    },
    // No Retry-After (VERIFIED-3).
    refuse: () => told(LIMIT_EXCEEDED, usageBy(0)),
    forget() {
      used = 0;
      rest.forget();
    },
  };
}

function batchSize({ body }: ReceivedRequest): number {
  const requests = body.kind === 'json' && isJsonObject(body.value) ? body.value['batchRequests'] : [];
  return Array.isArray(requests) ? requests.length : 1;
}

function textHeaders({ headers }: ReceivedRequest): Record<string, string> {
  const entries = Object.entries(headers).map(([name, value]) => [name, String(value ?? '')] as const);
  return Object.fromEntries(entries);
}

/** What a request is counted by: without version, ids and keys. */
function routeOf({ method, path }: ReceivedRequest): string {
  if (!path.startsWith(`${DATA}/`)) return `${method} ${path.startsWith('/id/') ? '/id' : path}`;
  const [first = '', second, third, fourth] = splitUrl(path).path;
  const known: (string | undefined)[] = [first];
  if (first === 'sobjects')
    known.push(second, third === undefined ? undefined : placeOf(third), fourth && ':key');
  else if (first === 'composite') known.push(second, third, fourth);
  else if (first === 'jobs') known.push(second, third && ':id', fourth);
  else if (second !== undefined) known.push(':locator');
  return `${method} /${known.filter(Boolean).join('/')}`;
}

const placeOf = (segment: string): string => (/^[a-zA-Z0-9]{15}(...)?$/.test(segment) ? ':id' : segment);
