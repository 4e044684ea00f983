import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import type { App } from '../../src/http/base/app-types.ts';
import { requireDeclaredAccess } from '../../src/http/access/route-access.ts';
import { contactBody, record } from '../support/builders.ts';
import { type ApiHarness, startApi } from '../http/api-harness.ts';

/*
 * Why this did not find that a former owner was shown the new owner's content: each of its users keeps what they have, so that nothing that
 * is stored under one of them was ever made of another's record, and it asks whether a thing is found, not what stands in it. Records that
 * move, are shared, are erased and come back are in `test/tenancy/tenancy-moves.test.ts`, and in random histories in `test/tenancy`.
 */

const USERS = ['tenant-a', 'tenant-b'] as const;
const PROVIDER = 'mri_vault';
const BODIES: Readonly<Record<string, unknown>> = { PATCH: { syncDeals: false } };
const ENDLESS = /\/events$/;
/** Ids that nobody can have, or that mean something to a database, a file system or an object. */
const MALFORMED = [
  '%00',
  '..%2F..%2Fetc%2Fpasswd',
  '%2e%2e',
  '__proto__',
  'constructor',
  '%7B%22%24ne%22%3Anull%7D',
  '%5Bobject%5D',
  "'%20OR%201%3D1--",
  '*',
  '%25',
  '%0d%0aset-cookie:a=b',
  'a%20b',
  '%F0%9F%92%A9',
  'x'.repeat(900),
];

type Ids = Readonly<Record<string, string>>;

let api: ApiHarness;
const idsOf = new Map<string, Ids>();
const calls: string[] = [];

beforeAll(async () => {
  api = await startApi();
  for (const userId of USERS) {
    const connection = await api.connect(userId);
    const { runId } = await api.runs.start(connection);
    const entityId = `c-${userId}`;
    const theirs = record(entityId, contactBody(), { userId });
    await api.store.records.write([{ record: theirs, expectedRevision: 0 }]);
    idsOf.set(userId, { provider: PROVIDER, runId, entity: 'contact', entityId });
  }
  recordStoreCalls();
});
afterAll(() => api.close());

/** From here on each call of a port of the store leaves its name: what takes time is the store, so equal calls take as long. */
function recordStoreCalls(): void {
  for (const [port, methods] of Object.entries(api.store)) {
    if (typeof methods !== 'object' || methods === null) continue;
    for (const [name, method] of Object.entries(methods as Record<string, unknown>)) {
      if (typeof method !== 'function') continue;
      (methods as Record<string, unknown>)[name] = (...args: unknown[]): unknown => {
        calls.push(`${port}.${name}`);
        return Reflect.apply(method, methods, args);
      };
    }
  }
}

const routes = () =>
  api.app.declaredRoutes.filter(
    ({ url, access, method }) => access === 'user' && method !== 'HEAD' && /:(?!provider)/.test(url),
  );

function fill(url: string, ids: Ids): string {
  return url.replace(/:(\w+)/g, (_, name: string) => ids[name] ?? `no-${name}`);
}

async function ask(method: string, path: string, as: string) {
  calls.length = 0;
  const body = BODIES[method];
  const { status, headers, text } = await api.call(method, path, { as, ...(body !== undefined && { body }) });
  const own = ['date', 'x-request-id'];
  const kept = [...headers].filter(([name]) => !own.includes(name) && !name.includes('ratelimit'));
  return {
    status,
    headers: kept,
    text: text.replace(/"requestId":"[^"]+"/, '"requestId":""'),
    calls: [...calls],
  };
}

/** The caller's own ids with another value in the place of one parameter. */
function replaced(caller: string, name: string, value: string): Ids {
  return { ...idsOf.get(caller), [name]: value };
}

describe.each(USERS)('every route of one user’s things, asked by %s', (caller) => {
  const [other] = USERS.filter((user) => user !== caller);

  it('answers what is another’s as what is absent: status, headers, body and the store’s work', async () => {
    expect(routes().length).toBeGreaterThanOrEqual(5);
    for (const { method, url } of routes()) {
      const theirs = await ask(method, fill(url, idsOf.get(other ?? '') ?? {}), caller);
      const absent = await ask(method, fill(url, { provider: PROVIDER, entity: 'contact' }), caller);
      expect({ route: `${method} ${url}`, ...theirs }).toEqual({ route: `${method} ${url}`, ...absent });
      expect(theirs.status).toBe(404);
    }
  });

  it('refuses what is malformed, and repeats none of it', async () => {
    for (const { method, url } of routes()) {
      const names = [...url.matchAll(/:(\w+)/g)].map(([, name = '']) => name);
      for (const name of names) {
        for (const value of MALFORMED) {
          const answer = await ask(method, fill(url, replaced(caller, name, value)), caller);
          const refused = answer.status === 400 || answer.status === 404 || answer.status === 414;
          expect({ method, url, name, value, status: answer.status, refused }).toMatchObject({
            refused: true,
          });
          expect(answer.text + JSON.stringify(answer.headers)).not.toContain(
            decodeURIComponent(value).slice(0, 200),
          );
        }
      }
    }
  });

  it('tells a provider that is only announced from no other', async () => {
    for (const { method, url } of routes()) {
      const [planned, unknown] = await Promise.all([
        ask(method, fill(url, replaced(caller, 'provider', 'salesforce')), caller),
        ask(method, fill(url, replaced(caller, 'provider', 'no_such_crm')), caller),
      ]);
      expect([planned.status, planned.text]).toEqual([404, unknown.text]);
    }
  });

  it('takes no id from a query or a body', async () => {
    const { runId = '', entityId = '' } = idsOf.get(other ?? '') ?? {};
    for (const name of ['userId', 'user', 'owner', 'connectionId', 'sub', 'runId', 'entityId']) {
      const query = `?${name}=${other}&${name}=${runId}&${name}[]=${entityId}`;
      const listed = await ask('GET', `/api/integrations/crm/${PROVIDER}/runs${query}`, caller);
      expect(listed.text).not.toContain(runId);
    }
  });
});

describe('the owner', () => {
  it.each(USERS)('does reach each of these routes: %s', async (caller) => {
    for (const { method, url } of routes().filter((route) => !ENDLESS.test(route.url))) {
      const { status } = await ask(method, fill(url, idsOf.get(caller) ?? {}), caller);
      expect({ method, url, found: status !== 404 && status < 500 }).toEqual({ method, url, found: true });
    }
  });
});

describe('a route that declares no access', () => {
  it('can’t be registered', async () => {
    const app = fastify() as unknown as App;
    requireDeclaredAccess(app);
    app.get('/open', { config: { access: 'public' } }, async () => 'open');
    expect(() => app.get('/forgotten', async () => 'forgotten')).toThrow(/declares no access/);
    expect(() => app.get('/half', { config: {} }, async () => 'half')).toThrow(/declares no access/);
    await app.close();
  });
});
