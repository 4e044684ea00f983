import type { Json, JsonObject } from '../../domain/json.ts';
import { queryOf, type CrmAccount, type CrmApi } from '../kit/crm-dialect.ts';
import { emptyReply, errorReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { ReceivedRequest } from '../kit/http/received-request.ts';
import { retryAfterHeader } from '../kit/limits/rate-limit.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { TopProducerSettings } from './top-producer-settings.ts';

export const API_PREFIX = '/v3';
export const TOP_PRODUCER_COLLECTIONS = ['contacts', 'leads'] as const;
export type TopProducerCollection = (typeof TOP_PRODUCER_COLLECTIONS)[number];
export type TopProducerAccount = CrmAccount<TopProducerCollection, TopProducerSettings>;

/** The account that every sandbox is. */
const ACCOUNT = { id: 'tp-sandbox', name: 'Sandbox Realty' } as const;
const PAGE_SIZE = 50;
const DEFAULT_PER_MINUTE = 120;

/** Members of a contact, all texts. */
const MEMBERS = ['firstName', 'lastName', 'email', 'phone', 'category', 'note'] as const;

export function textOf(value: Json | undefined): string {
  return typeof value === 'string' ? value : '';
}

/** The assumed contract over an account; every answer says what it is. */
export function createTopProducerApi(account: TopProducerAccount): CrmApi {
  const { keys, settings, now } = account;
  const keyIn = ({ headers }: ReceivedRequest): string | null =>
    /^Bearer +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
  const isKnown = (key: string | null): key is string => key !== null && keys.has(key);
  return {
    receive(request) {
      const route = routeOf(request);
      const key = keyIn(request);
      const { rateLimit } = settings();
      const requests = rateLimit?.perMinute ?? DEFAULT_PER_MINUTE;
      const limit = { kind: 'window', name: 'minute', requests, windowMs: 60_000 } as const;
      return {
        route: route.name,
        charges: rateLimit === null || !isKnown(key) ? [] : [{ limit, holder: key }],
        carryOut: () =>
          labelled(isKnown(key) ? answer(account, request, route) : errorReply(401, 'The key is not valid.')),
      };
    },
    refuse({ retryAfterMs }) {
      const value = retryAfterHeader(settings().rateLimit?.retryAfter ?? 'seconds', retryAfterMs, now());
      const reply = errorReply(429, 'Too many requests.');
      return labelled(
        value === null ? reply : { ...reply, headers: { ...reply.headers, 'retry-after': value } },
      );
    },
  };
}

function labelled(reply: HttpReply): HttpReply {
  return { ...reply, headers: { ...reply.headers, 'x-contract': 'assumed contract' } };
}

interface Route {
  readonly name: string;
  readonly id: string | null;
}

function routeOf({ method, path }: ReceivedRequest): Route {
  const [, of = '', id, ...more] = path.slice(API_PREFIX.length).split('/');
  const isApi = path.startsWith(`${API_PREFIX}/`) && more.length === 0;
  if (!isApi) return { name: `${method} unknown`, id: null };
  if (id === undefined || id === '') return { name: `${method} /${of}`, id: null };
  return { name: `${method} /${of}/:id`, id: decodeURIComponent(id) };
}

function answer(account: TopProducerAccount, request: ReceivedRequest, { name, id }: Route): HttpReply {
  const { store, settings } = account;
  const { body } = request;
  if (body.kind === 'text' || body.kind === 'too-large') return errorReply(400, 'The body must be JSON.');
  const found = id === null ? null : store.lookUp('contacts', id);
  const held = found?.kind === 'found' ? found.record : null;
  const given = body.kind === 'json' && isJsonObject(body.value) ? body.value : {};
  const wire = (record: StoredRecord): JsonObject => contactWire(record, settings());
  switch (name) {
    case 'GET /account':
      return jsonReply(200, ACCOUNT);
    case 'GET /contacts':
      return list(account, queryOf(request), wire);
    case 'POST /contacts': {
      const problem = problemIn(given);
      if (problem !== null) return problem;
      return jsonReply(settings().createStatus, wire(store.create('contacts', membersIn(given))));
    }
    case 'GET /contacts/:id':
      return held === null ? errorReply(404, 'There is no such contact.') : jsonReply(200, wire(held));
    case 'PUT /contacts/:id': {
      if (held === null) return errorReply(404, 'There is no such contact.');
      const problem = problemIn(given);
      if (problem !== null) return problem;
      const stored = store.write('contacts', held.id, { ...held.fields, ...membersIn(given) }) ?? held;
      return settings().putAnswer === 'empty' ? emptyReply(204) : jsonReply(200, wire(stored));
    }
    case 'DELETE /contacts/:id':
      if (held === null) return errorReply(404, 'There is no such contact.');
      store.remove('contacts', held.id);
      return settings().deleteStatus === 204 ? emptyReply(204) : jsonReply(200, {});
    default:
      return errorReply(404, 'There is no such route.');
  }
}

function problemIn(given: JsonObject): HttpReply | null {
  const wrong = Object.entries(given).find(
    ([name, value]) => !MEMBERS.includes(name as (typeof MEMBERS)[number]) || typeof value !== 'string',
  );
  return wrong === undefined
    ? null
    : jsonReply(422, { message: 'The contact is not valid.', errors: { [wrong[0]]: 'is not valid' } });
}

function membersIn(given: JsonObject): JsonObject {
  return Object.fromEntries(
    MEMBERS.flatMap((name) => (given[name] === undefined ? [] : [[name, given[name]]])),
  );
}

function list(
  { store, settings }: TopProducerAccount,
  query: Readonly<Record<string, string>>,
  wire: (record: StoredRecord) => JsonObject,
): HttpReply {
  const { email, updatedSince, page = '1' } = query;
  const isIt = (held: JsonObject): boolean =>
    settings().emailMatch === 'exact'
      ? textOf(held['email']) === email
      : textOf(held['email']).toLowerCase() === email?.toLowerCase();
  const all = email === undefined ? store.all('contacts') : store.search('contacts', email, isIt);
  const since = Date.parse(updatedSince ?? '');
  const fitting = all.filter(({ updatedAt }) => Number.isNaN(since) || updatedAt >= since);
  const from = (Number(page) - 1) * PAGE_SIZE;
  const isMore = from + PAGE_SIZE < fitting.length;
  return jsonReply(200, {
    data: fitting.slice(from, from + PAGE_SIZE).map(wire),
    nextPage: isMore ? Number(page) + 1 : null,
  });
}

function contactWire(record: StoredRecord, { members }: TopProducerSettings): JsonObject {
  const { id, fields, createdAt, updatedAt } = record;
  const named = (name: string): string => (members === 'other' ? `x_${name}` : name);
  return {
    id,
    ...Object.fromEntries(MEMBERS.map((name) => [named(name), textOf(fields[name])])),
    createdAt: new Date(createdAt).toISOString(),
    updatedAt: new Date(updatedAt).toISOString(),
  };
}
