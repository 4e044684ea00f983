import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '../../../src/auth/principal.ts';
import { type Answer, type ApiHarness, startApi, USER } from '../api-harness.ts';

const PATH = '/api/integrations/crm/mri_vault';
const LIST = '/api/integrations/crm/user';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const principal = (over: Partial<Principal> = {}): Principal => ({
  userId: USER,
  scopes: new Set(),
  expiresAt: Date.now() + 3_600_000,
  ...over,
});
const cookieOf = (answer: Answer) => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const withCode = (headers: Record<string, string> = {}, code = api.sessions.issueCode(principal())) =>
  api.call('POST', '/api/session', { as: null, body: { code }, headers });
const ours = () => ({ origin: api.url, 'x-zena-crm': '1' });

describe('without a valid token', () => {
  it('every route that is not public answers 401, the same for each reason', async () => {
    const bodies = new Set<string>();
    const good = await api.token(USER);
    const tokens = [null, 'x', `${good}x`, 'eyJhbGciOiJub25lIn0.eyJzdWIiOiJ1c2VyLTEifQ.', 'a'.repeat(9_000)];
    for (const token of tokens) {
      const headers = token === null ? {} : { authorization: `Bearer ${token}` };
      const answer = await api.call('GET', LIST, { as: null, headers });
      expect(answer.status).toBe(401);
      expect(answer.headers.get('www-authenticate')).toBe('Bearer');
      bodies.add(JSON.stringify({ ...answer.json, requestId: '' }));
    }
    for (const authorization of ['Basic dTpw', 'Bearer', good]) {
      const answer = await api.call('GET', LIST, { as: null, headers: { authorization } });
      bodies.add(JSON.stringify({ ...answer.json, requestId: '' }));
    }
    expect([...bodies]).toHaveLength(1);
    for (const { method, url, access } of api.app.declaredRoutes) {
      if (access === 'public' || method === 'HEAD') continue;
      const answer = await api.call(method, url, { as: null });
      expect({ method, url, status: answer.status }).toEqual({ method, url, status: 401 });
      expect(answer.json['code']).toBe('AUTH_REQUIRED');
    }
  });

  it('a token in the query is none', async () => {
    const token = await api.token(USER);
    for (const name of ['token', 'access_token', 'code'])
      expect((await api.call('GET', `${LIST}?${name}=${token}`, { as: null })).status).toBe(401);
    expect((await api.call('POST', `/api/session?code=${token}`, { as: null })).status).toBe(400);
  });

  it('the request id is ours, whatever the caller calls it', async () => {
    const answer = await api.call('GET', LIST, {
      as: null,
      headers: { 'x-request-id': 'mine', 'request-id': 'mine' },
    });
    expect(answer.json['requestId']).toMatch(/^[0-9a-f-]{36}$/);
    expect(answer.headers.get('x-request-id')).toBe(answer.json['requestId']);
  });
});

describe('a session', () => {
  it('is opened by a one-time code, once', async () => {
    const code = api.sessions.issueCode(principal());
    const first = await withCode(ours(), code);
    expect(first.status).toBe(201);
    expect(first.json).toMatchObject({ userId: USER, scopes: [] });
    const again = await withCode(ours(), code);
    expect(again.status).toBe(401);
    expect(again.headers.get('set-cookie')).toBeNull();
    expect((await withCode(ours(), 'guess')).status).toBe(401);
  });

  it('is opened by a token and has its scopes', async () => {
    const answer = await api.call('POST', '/api/session', { scopes: ['metrics'] });
    expect(answer.status).toBe(201);
    expect(answer.json['scopes']).toEqual(['metrics']);
    const headers = { cookie: cookieOf(answer) };
    expect((await api.call('GET', '/metrics', { as: null, headers })).status).toBe(200);
    expect((await api.call('POST', '/api/session', { as: null })).status).toBe(401);
  });

  it('stands in a cookie that scripts and other sites do not get, no longer than the token', async () => {
    const expiresAt = Math.floor(Date.now() / 1_000) * 1_000 + 600_000;
    const answer = await withCode(ours(), api.sessions.issueCode(principal({ expiresAt })));
    const cookie = answer.headers.get('set-cookie') ?? '';
    expect(cookie).toMatch(/^zena_crm_session=[\w-]{43}; /);
    expect(cookie).toContain('; HttpOnly');
    expect(cookie).toContain('; SameSite=Strict');
    expect(cookie).toContain('; Path=/');
    expect(cookie).not.toContain('Secure');
    expect(cookie).toContain(`Expires=${new Date(expiresAt).toUTCString()}`);
    expect(answer.json['expiresAt']).toBe(new Date(expiresAt).toISOString());
  });

  it('is kept from plain http when the page came by https', async () => {
    const host = new URL(api.url).host;
    const answer = await withCode({ origin: `https://${host}` });
    expect(answer.headers.get('set-cookie')).toContain('; Secure');
  });

  it('reads without more, also for a page', async () => {
    const headers = { cookie: cookieOf(await withCode(ours())) };
    expect((await api.call('GET', LIST, { as: null, headers })).status).toBe(200);
    expect(
      (await api.call('GET', LIST, { as: null, headers: { cookie: 'zena_crm_session=guess' } })).status,
    ).toBe(401);
  });

  it('changes something only from our own page and with its header', async () => {
    await api.connect();
    const cookie = cookieOf(await withCode(ours()));
    const host = new URL(api.url).host;
    const refused: Record<string, string>[] = [
      {},
      { origin: api.url },
      { 'x-zena-crm': '1' },
      { origin: 'https://evil.example', 'x-zena-crm': '1' },
      { origin: 'null', 'x-zena-crm': '1' },
      { origin: `http://${host}.evil.example`, 'x-zena-crm': '1' },
      { origin: api.url, 'x-zena-crm': 'yes' },
      { 'sec-fetch-site': 'same-site', 'x-zena-crm': '1' },
    ];
    for (const headers of refused) {
      const answer = await api.call('POST', `${PATH}/pause`, { as: null, headers: { cookie, ...headers } });
      expect({ headers, status: answer.status }).toEqual({ headers, status: 403 });
      expect(answer.json).toMatchObject({ code: 'FORBIDDEN', reason: 'cross_site' });
    }
    expect((await api.connection()).status).toBe('active');
    const accepted: Record<string, string>[] = [
      ours(),
      { 'sec-fetch-site': 'same-origin', 'x-zena-crm': '1' },
    ];
    for (const headers of accepted) {
      const answer = await api.call('POST', `${PATH}/pause`, { as: null, headers: { cookie, ...headers } });
      expect(answer.status).toBe(200);
    }
  });

  it('is not opened from a page of somebody else', async () => {
    const answer = await withCode({ origin: 'https://evil.example' });
    expect(answer.status).toBe(403);
    expect(answer.headers.get('set-cookie')).toBeNull();
  });

  it('does not stand in for a token that was refused', async () => {
    const headers = { cookie: cookieOf(await withCode(ours())), authorization: 'Bearer expired' };
    expect((await api.call('GET', LIST, { as: null, headers })).status).toBe(401);
  });

  it('ends when it is closed, and its cookie with it', async () => {
    const cookie = cookieOf(await withCode(ours()));
    expect((await api.call('DELETE', '/api/session', { as: null, headers: { cookie } })).status).toBe(403);
    const closed = await api.call('DELETE', '/api/session', { as: null, headers: { cookie, ...ours() } });
    expect(closed.status).toBe(204);
    expect(closed.headers.get('set-cookie')).toMatch(/^zena_crm_session=; .*Expires=Thu, 01 Jan 1970/);
    expect((await api.call('GET', LIST, { as: null, headers: { cookie } })).status).toBe(401);
  });

  it('has a closed body', async () => {
    for (const body of [{ code: 5 }, { code: 'x', token: 'y' }, { token: 'y' }, [], { code: ['x'] }])
      expect((await api.call('POST', '/api/session', { as: null, body })).status).toBe(400);
  });
});

describe('when the keys to check tokens with can not be had', () => {
  it('the answer is 503: nothing is known of the token', async () => {
    const away = await startApi({
      verifier: { verify: async () => ({ ok: false, reason: 'keys_unavailable' }) },
    });
    try {
      for (const [method, path] of [
        ['GET', LIST],
        ['POST', '/api/session'],
      ] as const) {
        const answer = await away.call(method, path);
        expect(answer.status).toBe(503);
        expect(answer.json).toMatchObject({
          code: 'NOT_READY',
          reason: 'token_keys_unavailable',
          retryable: true,
        });
      }
    } finally {
      await away.close();
    }
  });
});
