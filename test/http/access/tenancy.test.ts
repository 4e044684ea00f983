import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { contactBody, deadLetter, record } from '../../support/builders.ts';
import { API_KEY, type ApiHarness, startApi } from '../api-harness.ts';

/*
 * Why this did not find that a former owner was shown the new owner's content: each of its users keeps what they have, so that nothing that
 * is stored under one of them was ever made of another's record, and it asks whether a thing is found, not what stands in it. Records that
 * move, are shared, are erased and come back are in `test/tenancy/tenancy-moves.test.ts`, and in random histories in `test/tenancy`.
 */

const OWNER = 'owner-1';
const BODIES: Readonly<Record<string, unknown>> = {
  'POST /api/integrations/crm/:provider/callback': { code: 'a-code', state: 'a-state' },
  'POST /api/integrations/crm/:provider/authorize': {},
  'PATCH /api/integrations/crm/:provider': { syncDeals: false },
};
/** Creates what the caller hasn't: there is nothing of another user's in it. */
const OWN_ONLY = new Set(['POST /api/integrations/crm/:provider/connect']);

let api: ApiHarness;
let ids: Readonly<Record<string, string>>;

beforeAll(async () => {
  api = await startApi();
  const connection = await api.connect(OWNER);
  await api.connect('neighbour');
  const { runId } = await api.runs.start(connection);
  const mine = record('c1', contactBody(), { userId: OWNER });
  await api.store.records.write([{ record: mine, expectedRevision: 0 }]);
  const letter = deadLetter();
  await api.store.deadLetters.put([letter]);
  const plan = await api.call('POST', '/api/ops/dead-letters/plan', { scopes: ['ops'], body: {} });
  const replayId = String(plan.json['planId']);
  ids = {
    provider: 'mri_vault',
    runId,
    entity: 'contact',
    entityId: 'c1',
    connectionId: connection.connectionId,
    letterId: letter.id,
    replayId,
  };
});
afterAll(() => api.close());

/** The route's path with real ids, or with ids that nothing has. */
function fill(url: string, values: Readonly<Record<string, string>>): string {
  return url.replace(/:(\w+)/g, (_, name: string) => encodeURIComponent(values[name] ?? `no-${name}`));
}

describe("another user's things are answered as if they were not there", () => {
  it.each([['neighbour'], ['stranger']])('to a %s, on every route with a parameter', async (caller) => {
    const routes = api.app.declaredRoutes.filter(
      ({ url, access, method }) => url.includes(':') && access === 'user' && method !== 'HEAD',
    );
    expect(routes.length).toBeGreaterThanOrEqual(13);
    const before = await snapshot();
    let compared = 0;
    for (const { method, url } of routes) {
      const route = `${method} ${url}`;
      const own = /:(?!provider)/.test(url);
      // A neighbour has a connection of their own behind `:provider`, so only a stranger is told apart there.
      if (OWN_ONLY.has(route) || (caller === 'neighbour' && !own)) continue;
      const body = BODIES[route];
      const options = { as: caller, ...(body !== undefined && { body }) };
      const theirs = await api.call(method, fill(url, ids), options);
      const absent = await api.call(method, fill(url, { provider: 'mri_vault' }), options);
      expect({ route, status: theirs.status }).toEqual({ route, status: 404 });
      expect({ route, ...theirs.json, requestId: '' }).toEqual({ route, ...absent.json, requestId: '' });
      expect(theirs.headers.get('content-type')).toBe(absent.headers.get('content-type'));
      compared += 1;
    }
    expect(compared).toBeGreaterThanOrEqual(caller === 'stranger' ? 12 : 5);
    expect(await snapshot()).toEqual(before);
  });

  it('and the owner does reach them', async () => {
    for (const url of [
      '/api/integrations/crm/:provider/runs/:runId',
      '/api/integrations/crm/:provider/records/:entity/:entityId',
    ])
      expect((await api.call('GET', fill(url, ids), { as: OWNER })).status).toBe(200);
  });
});

describe('what operators see across users', () => {
  it('is for those only whose token says so, whatever it is', async () => {
    const routes = api.app.declaredRoutes.filter(({ access }) => String(access).startsWith('ops:'));
    expect(routes.length).toBeGreaterThanOrEqual(11);
    const before = await snapshot();
    for (const { method, url, access } of routes) {
      if (method === 'HEAD') continue;
      const other = access === 'ops:read' ? 'ops:write' : 'ops:read';
      for (const scopes of [[], ['changes:write', 'metrics', other]]) {
        const answer = await api.call(method, fill(url, ids), { as: OWNER, scopes });
        expect({ method, url, status: answer.status }).toEqual({ method, url, status: 403 });
      }
    }
    expect(await snapshot()).toEqual(before);
  });
});

describe("the owner's own answers", () => {
  it('hold no credential, neither open nor sealed', async () => {
    const { sealed } = (await api.store.connections.findByOwner(OWNER, 'mri_vault')) ?? {};
    // A key's id is none: operators see which keys are needed.
    const secrets = [API_KEY, sealed?.data, sealed?.nonce, sealed?.tag, sealed?.wrapped];
    expect(secrets).not.toContain(undefined);
    for (const { method, url, access } of api.app.declaredRoutes) {
      // A page of the CRM's, which this one has none of, is no answer.
      if (method !== 'GET' || access === 'public' || /\/(?:events|authorize)$/.test(url)) continue;
      const answer = await api.call(method, fill(url, ids), { as: OWNER, scopes: ['metrics', 'ops'] });
      expect({ url, status: answer.status }).toEqual({ url, status: 200 });
      const everything = answer.text + JSON.stringify([...answer.headers]);
      for (const secret of secrets) expect(everything).not.toContain(secret);
    }
    expect(JSON.stringify(api.logged)).not.toContain(API_KEY);
  });
});

async function snapshot() {
  const connection = await api.store.connections.findByOwner(OWNER, 'mri_vault');
  return { connection, run: await api.store.runs.read(ids['runId'] ?? ''), nudged: api.told.nudged.length };
}
