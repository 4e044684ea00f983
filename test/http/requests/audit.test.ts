import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { changedSettings } from '../../../src/domain/audit-entry.ts';
import type { App } from '../../../src/http/base/app-types.ts';
import { ActUndeclared, requireDeclaredAccess } from '../../../src/http/access/route-access.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import { auditEntry, contactBody, deadLetter, record } from '../../support/builders.ts';
import { API_KEY, type ApiHarness, CREDENTIALS, startApi, USER } from '../api-harness.ts';
import { incomingChange } from '../incoming-change.ts';

const PATH = '/api/integrations/crm/mri_vault';
const AUDIT = '/api/ops/audit';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const recorded = async () => (await api.store.audit.list({}, null, 100)).items;
const latest = async () => (await recorded())[0];
const list = async (query = '') =>
  (await api.call('GET', `${AUDIT}${query}`, { as: 'op', scopes: ['ops:read'] })).json;

describe('an act is recorded', () => {
  it('with who, what, when, what changed, and the id of its request', async () => {
    const before = Date.now();
    const answer = await api.call('POST', `${PATH}/connect`, {
      scopes: ['metrics'],
      body: { credentials: CREDENTIALS, syncConfig: { syncDeals: false } },
    });
    const { connectionId } = await api.connection();
    const entry = await latest();
    expect(entry).toEqual({
      entryId: expect.any(String) as unknown,
      at: expect.any(Number) as unknown,
      userId: USER,
      scopes: ['metrics'],
      act: 'connect',
      provider: 'mri_vault',
      count: null,
      resource: { kind: 'connection', id: connectionId },
      before: null,
      after: {
        status: 'active',
        instanceUrl: CREDENTIALS.instanceUrl,
        deletions: 'created',
        syncContacts: true,
        syncProperties: true,
        syncDeals: false,
        syncDirection: 'push',
      },
      outcome: 'OK',
      reason: null,
      requestId: answer.headers.get('x-request-id'),
    });
    expect(entry?.at).toBeGreaterThanOrEqual(before);
  });

  it.each([
    ['PATCH', '', { syncDeals: false }, 'configure', { syncDeals: true }, { syncDeals: false }],
    ['POST', '/pause', undefined, 'pause', { status: 'active' }, { status: 'paused' }],
    ['POST', '/resume', undefined, 'resume', null, null],
    ['DELETE', '', undefined, 'disconnect', { status: 'active' }, { status: 'disconnected' }],
  ] as const)(
    '%s %s with only those settings that changed',
    async (method, path, body, act, before, after) => {
      const { connectionId } = await api.connect();
      await api.call(method, PATH + path, { ...(body !== undefined && { body }) });
      const resource = { kind: 'connection', id: connectionId };
      expect(await latest()).toMatchObject({ act, resource, before, after, outcome: 'OK' });
    },
  );

  it('whatever it is, for users and operators', async () => {
    await api.connect();
    const mine = record('c1', contactBody(), { userId: USER });
    await api.store.records.write([{ record: mine, expectedRevision: 0 }]);
    await api.store.deadLetters.put([deadLetter()]);
    const post = (path: string, body?: unknown) =>
      api.call('POST', path, { scopes: ['ops', 'changes:write'], body });
    const run = await post(`${PATH}/sync`);
    const runId = String(run.json['runId']);
    await post(`${PATH}/runs/${runId}/cancel`);
    await post(`${PATH}/records/contact/c1/sync`);
    await post('/api/changes', [incomingChange('c2'), incomingChange('c3')]);
    const plan = await post('/api/ops/dead-letters/plan', {});
    const planId = String(plan.json['planId']);
    await post('/api/ops/dead-letters/replay', { planId });
    await post(`/api/ops/replays/${planId}/cancel`);
    await post('/api/ops/dead-letters/discard', { kind: 'decode' });
    await post(`${PATH}/test`);
    await post('/api/session');
    const acts = (await recorded()).map(({ act, resource, count }) => [act, resource?.id ?? null, count]);
    expect(acts.reverse().slice(1)).toEqual([
      ['sync', runId, null],
      ['cancel_run', runId, null],
      ['deliver_record', 'contact/c1', null],
      ['write_changes', null, 2],
      ['plan_replay', planId, 1],
      ['begin_replay', planId, 1],
      ['cancel_replay', planId, null],
      ['discard_dead_letters', null, 1],
      ['test', null, null],
      ['open_session', null, null],
    ]);
  });

  it('also when it failed, with the code and the reason', async () => {
    await api.connect();
    await api.call('POST', `${PATH}/pause`);
    await api.call('POST', `${PATH}/sync`);
    expect(await latest()).toMatchObject({
      act: 'sync',
      outcome: 'CONFLICT',
      reason: 'paused',
      resource: null,
    });
    await api.store.deadLetters.put([deadLetter()]);
    await api.call('POST', '/api/ops/dead-letters/replay', { scopes: ['ops'], body: { planId: 'none' } });
    expect(await latest()).toMatchObject({ act: 'begin_replay', outcome: 'NOT_FOUND', provider: null });
  });

  it('once, however often it is repeated under its key', async () => {
    const headers = { 'idempotency-key': 'k-1' };
    await api.connect();
    for (let n = 0; n < 3; n += 1) await api.call('POST', `${PATH}/pause`, { headers });
    expect((await recorded()).filter(({ act }) => act === 'pause')).toHaveLength(1);
  });

  it('without any secret, and nothing of what was sent', async () => {
    await api.connect();
    const changes = [
      incomingChange('c1', { contact: { ...incomingChange('c1').contact, name: 'Zoe Canary' } }),
    ];
    await api.call('POST', '/api/changes', { scopes: ['changes:write'], body: changes });
    const session = await api.call('POST', '/api/session', { as: null, body: { code: 'code-canary' } });
    expect(session.status).toBe(401);
    const everything = JSON.stringify(await recorded()) + JSON.stringify(await list());
    const { sealed } = await api.connection();
    for (const secret of [API_KEY, 'Zoe', 'code-canary', sealed?.data])
      expect(everything).not.toContain(secret);
  });
});

describe('no act is', () => {
  it('what is refused before it begins, what only reads, and what only tells', async () => {
    await api.connect();
    const before = (await recorded()).length;
    await api.call('POST', `${PATH}/pause`, { as: null });
    await api.call('PATCH', PATH, { body: { unknown: true } });
    await api.call('POST', '/api/ops/dead-letters/plan', { body: {} });
    await api.call('GET', '/api/integrations/crm/user');
    await api.call('POST', `${PATH}/sync?dryRun=true`);
    expect(await recorded()).toHaveLength(before);
  });

  it('what a stranger asks of what is not theirs, on any route, however often', async () => {
    await api.connect();
    const before = await recorded();
    const changing = api.app.declaredRoutes.filter(
      ({ audit, access, url }) => audit !== null && access === 'user' && url.includes(':provider'),
    );
    expect(changing.length).toBeGreaterThanOrEqual(8);
    for (const { method, url } of changing) {
      if (url.endsWith('/connect')) continue;
      for (const provider of ['mri_vault', 'none', '..%2f$x']) {
        const path = url.replace(':provider', provider).replace(':entity', 'contact').replace(/:\w+/g, 'x');
        const begin = url.endsWith('/authorize') ? {} : undefined;
        const back = url.endsWith('/callback') ? { code: 'c', state: 's' } : begin;
        const body = method === 'PATCH' ? { syncDeals: false } : back;
        const answer = await api.call(method, path, { as: 'stranger', body });
        expect([404, 204]).toContain(answer.status);
      }
      expect((await api.call(method, url.replace(/:\w+/g, 'x'), { as: null })).status).toBe(401);
    }
    expect(await recorded()).toEqual(before);
  });

  it('more of what failed than tells that somebody tries', async () => {
    for (let n = 0; n < 70; n += 1)
      await api.call('POST', `${PATH}/connect`, { body: { credentials: { apiKey: 'x' } } });
    expect(await recorded()).toHaveLength(60);
    const told = api.logged.filter(({ event }) => event === 'http.failed_acts_unrecorded');
    expect(told.map(({ fields }) => fields)).toMatchObject([{ userId: USER, act: 'connect', count: 60 }]);
    await api.connect();
    expect(await latest()).toMatchObject({ act: 'connect', outcome: 'OK' });
    await api.call('POST', `${PATH}/connect`, { as: 'user-2', body: { credentials: { apiKey: 'x' } } });
    expect(await latest()).toMatchObject({ userId: 'user-2', outcome: 'VALIDATION_FAILED' });
  });

  it('a setting that stays as it is', () => {
    expect(changedSettings({ a: 1, b: true }, { a: 1, b: true })).toEqual({ before: null, after: null });
    expect(changedSettings({ a: 1, b: true }, { a: 1, b: false })).toEqual({
      before: { b: true },
      after: { b: false },
    });
    expect(changedSettings({ a: 1 }, null)).toEqual({ before: { a: 1 }, after: null });
  });
});

describe('every route that is not for reading', () => {
  it('says what it does, or is refused when it is registered', () => {
    const silent = api.app.declaredRoutes.filter(
      ({ audit, method }) => audit === null && !/GET|HEAD/.test(method),
    );
    expect(silent).toEqual([]);
    const app = fastify() as unknown as App;
    requireDeclaredAccess(app);
    app.get('/read', { config: { access: 'public' } }, async () => 'x');
    expect(() => app.post('/forgotten', { config: { access: 'user' } }, async () => 'x')).toThrow(
      ActUndeclared,
    );
  });
});

describe('when the record can not be written', () => {
  const away = () => Promise.reject(new StoreUnavailable('SQLITE_IOERR'));

  it('an operator is told so in place of the answer, and the key is free', async () => {
    await api.close();
    api = await startApi({ audit: { append: away } });
    const options = { scopes: ['ops'], body: {}, headers: { 'idempotency-key': 'k-1' } };
    for (let n = 0; n < 2; n += 1) {
      const answer = await api.call('POST', '/api/ops/dead-letters/plan', options);
      expect(answer.status).toBe(503);
      expect(answer.json).toMatchObject({ code: 'NOT_READY', reason: 'audit_unavailable', retryable: false });
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
    }
  });

  it('a user is answered all the same, and the log has what was done', async () => {
    await api.close();
    api = await startApi({ audit: { append: away } });
    await api.connect();
    const logged = api.logged.find(({ event }) => event === 'http.act_unrecorded');
    expect(logged?.fields).toMatchObject({ act: 'connect', userId: USER, outcome: 'OK' });
  });
});

describe('the list of acts', () => {
  beforeEach(async () => {
    const resource = { kind: 'run', id: 'run-1' } as const;
    await api.store.audit.append(auditEntry('a-1', { at: 1_000, act: 'sync', resource }));
    await api.store.audit.append(auditEntry('a-2', { at: 2_000, userId: 'user-2' }));
    await api.store.audit.append(auditEntry('a-3', { at: 3_000, scopes: ['ops:read'] }));
  });
  const ids = (page: Record<string, unknown>) =>
    (page['data'] as { entryId: string }[]).map((one) => one.entryId);

  it('comes latest first, in pages', async () => {
    const first = await list('?limit=2');
    expect(ids(first)).toEqual(['a-3', 'a-2']);
    const rest = await list(`?limit=2&cursor=${String(first['nextCursor'])}`);
    expect(rest).toEqual({
      nextCursor: null,
      data: [
        {
          ...auditEntry('a-1', { act: 'sync', resource: { kind: 'run', id: 'run-1' } }),
          at: '1970-01-01T00:00:01.000Z',
        },
      ],
    });
  });

  it('is narrowed by who, what, which and when', async () => {
    expect(ids(await list('?userId=user-2'))).toEqual(['a-2']);
    expect(ids(await list('?act=sync'))).toEqual(['a-1']);
    expect(ids(await list('?resourceId=run-1'))).toEqual(['a-1']);
    expect(ids(await list('?from=1970-01-01T00:00:02Z'))).toEqual(['a-3', 'a-2']);
    expect(ids(await list('?to=1970-01-01T00:00:02Z&userId=user-1'))).toEqual(['a-1']);
  });

  it('refuses what it does not know, and whoever is no operator', async () => {
    for (const query of ['?act=none', '?from=yesterday', '?to=2026-02-31T00:00:00Z', '?who=x'])
      expect((await api.call('GET', AUDIT + query, { scopes: ['ops:read'] })).status).toBe(400);
    expect((await api.call('GET', AUDIT, { scopes: ['ops:write'] })).status).toBe(403);
  });
});
