import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { Principal } from '../../../src/auth/principal.ts';
import { type Answer, type ApiHarness, startApi, USER } from '../api-harness.ts';

const LIST = '/api/integrations/crm/user';
const NAME = 'zena_crm_session';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const principal = (over: Partial<Principal> = {}): Principal => ({
  userId: USER,
  scopes: new Set(['ops:read', 'ops:write', 'changes:write']),
  expiresAt: Date.now() + 3_600_000,
  ...over,
});
const cookieOf = (answer: Answer) => (answer.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
const open = (code: string, headers: Record<string, string> = {}) =>
  api.call('POST', '/api/session', { as: null, body: { code }, headers });
const openNew = (headers: Record<string, string> = {}) => open(api.sessions.issueCode(principal()), headers);
const ours = () => ({ origin: api.url, 'x-zena-crm': '1' });
const read = async (cookie: string) =>
  (await api.call('GET', LIST, { as: null, headers: { cookie } })).status;

describe('a page of another site', () => {
  it('changes nothing by the cookie, on any route, however it asks', async () => {
    const cookie = cookieOf(await openNew());
    const { host, port } = new URL(api.url);
    const attempts: Record<string, string>[] = [
      {},
      { origin: api.url },
      { 'x-zena-crm': '1' },
      { 'x-zena-crm': '1', origin: 'https://evil.example' },
      { 'x-zena-crm': '1', origin: 'null' },
      { 'x-zena-crm': '1', origin: '' },
      { 'x-zena-crm': '1', origin: `http://127.0.0.1:${String(Number(port) + 1)}` },
      { 'x-zena-crm': '1', origin: `http://${host}.evil.example` },
      { 'x-zena-crm': '1', origin: `http://evil.example/${host}` },
      { 'x-zena-crm': '1', origin: `http://${host}@evil.example` },
      { 'x-zena-crm': '1', 'sec-fetch-site': 'cross-site' },
      { 'x-zena-crm': '1', 'sec-fetch-site': 'same-site' },
      { 'x-zena-crm': '1', 'sec-fetch-site': 'none' },
      { 'x-zena-crm': '1', origin: 'https://evil.example', 'sec-fetch-site': 'same-origin' },
      { 'x-zena-crm': '1', referer: `${api.url}/` },
      { 'x-zena-crm': '0', origin: api.url },
      { 'x-zena-crm': '1, 1', origin: api.url },
    ];
    const changing = api.app.declaredRoutes.filter(
      ({ audit, access }) => audit !== null && access !== 'public',
    );
    expect(changing.length).toBeGreaterThanOrEqual(15);
    for (const { method, url } of changing) {
      for (const headers of attempts) {
        const answer = await api.call(method, url, { as: null, headers: { cookie, ...headers } });
        expect({ method, url, headers, status: answer.status }).toEqual({
          method,
          url,
          headers,
          status: 403,
        });
        expect(answer.json).toMatchObject({ code: 'FORBIDDEN', reason: 'cross_site' });
      }
    }
    expect((await api.store.audit.list({}, null, 10)).items.map(({ act }) => act)).toEqual(['open_session']);
    expect(await read(cookie)).toBe(200);
  }, 30_000);

  it('opens no session for its visitor, and ends none', async () => {
    const cookie = cookieOf(await openNew());
    for (const headers of [{ origin: 'https://evil.example' }, { origin: 'null' }] as const) {
      const answer = await openNew({ ...headers, cookie });
      expect([answer.status, answer.headers.get('set-cookie')]).toEqual([403, null]);
      expect(
        (await api.call('DELETE', '/api/session', { as: null, headers: { ...headers, cookie } })).status,
      ).toBe(403);
    }
    expect(await read(cookie)).toBe(200);
  });
});

describe('a session id', () => {
  it('is never one that the browser brought along', async () => {
    const planted = `${NAME}=${'a'.repeat(43)}`;
    const answer = await openNew({ ...ours(), cookie: planted });
    expect(answer.status).toBe(201);
    expect(cookieOf(answer)).not.toBe(planted);
    expect(await read(planted)).toBe(401);
    expect(await read(cookieOf(answer))).toBe(200);
  });

  it('ends where the same browser signs in anew', async () => {
    const former = cookieOf(await openNew(ours()));
    const answer = await openNew({ ...ours(), cookie: former });
    expect(await read(former)).toBe(401);
    expect(await read(cookieOf(answer))).toBe(200);
  });

  it('stays where somebody only tries to', async () => {
    const former = cookieOf(await openNew(ours()));
    expect((await open('guess', { ...ours(), cookie: former })).status).toBe(401);
    expect(await read(former)).toBe(200);
  });

  it('is none of what is near it', async () => {
    const cookie = cookieOf(await openNew());
    const id = cookie.slice(NAME.length + 1);
    const near = [
      `${id}a`,
      id.slice(1),
      id.toUpperCase(),
      '',
      '__proto__',
      '"',
      `${id}%00`,
      `${id} x`,
      encodeURIComponent('{"$ne":null}'),
    ];
    for (const other of near) expect(await read(`${NAME}=${other}`)).toBe(401);
    for (const name of ['Zena_crm_session', '__proto__', 'session'])
      expect(await read(`${name}=${id}`)).toBe(401);
    expect(
      (await api.call('GET', LIST, { as: null, headers: { authorization: `Bearer ${id}` } })).status,
    ).toBe(401);
  });
});

describe('a one-time code', () => {
  it('opens one session, however many ask with it at once', async () => {
    for (let round = 0; round < 5; round += 1) {
      const code = api.sessions.issueCode(principal());
      const answers = await Promise.all(Array.from({ length: 8 }, () => open(code, ours())));
      expect(answers.filter(({ status }) => status === 201)).toHaveLength(1);
      expect(answers.filter(({ status }) => status === 401)).toHaveLength(7);
      expect(answers.filter(({ headers }) => headers.has('set-cookie'))).toHaveLength(1);
    }
  });

  it('is used up by whoever has it, also where the session then is not opened', async () => {
    const code = api.sessions.issueCode(principal({ expiresAt: Date.now() - 1 }));
    for (let n = 0; n < 2; n += 1) expect((await open(code, ours())).status).toBe(401);
  });

  it('is no token and no session id', async () => {
    const code = api.sessions.issueCode(principal());
    expect(
      (await api.call('GET', LIST, { as: null, headers: { authorization: `Bearer ${code}` } })).status,
    ).toBe(401);
    expect(await read(`${NAME}=${code}`)).toBe(401);
    expect((await open(code, ours())).status).toBe(201);
  });
});

describe('the cookie', () => {
  it('lasts no longer than the token, and no longer than 12 hours', async () => {
    const at = (ms: number) => Math.floor((Date.now() + ms) / 1_000) * 1_000;
    const soon = at(60_000);
    for (const [expiresAt, latest] of [
      [soon, () => soon],
      [at(90 * 86_400_000), () => at(12 * 3_600_000) + 1_000],
    ] as const) {
      const answer = await open(api.sessions.issueCode(principal({ expiresAt })), ours());
      const expires = Date.parse(/Expires=([^;]+)/.exec(answer.headers.get('set-cookie') ?? '')?.[1] ?? '');
      expect(expires).toBeLessThanOrEqual(latest());
      expect(Date.parse(String(answer.json['expiresAt']))).toBeLessThanOrEqual(latest());
    }
  });

  it('is for this host and no other', async () => {
    const cookie = (await openNew(ours())).headers.get('set-cookie') ?? '';
    expect(cookie).not.toMatch(/domain=/i);
    expect(cookie).toMatch(/; HttpOnly(;|$)/);
    expect(cookie).toMatch(/; SameSite=Strict(;|$)/);
  });
});
