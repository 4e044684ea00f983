import { once } from 'node:events';
import { connect } from 'node:net';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import Type from 'typebox';
import { BodyLimitUndeclared, requireDeclaredAccess } from '../../../src/http/access/route-access.ts';
import type { App } from '../../../src/http/base/app-types.ts';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';

const KIB = 1_024;
/** Every route that takes a body, and what it may have. A new one is to be added here on purpose. */
const LIMITS: Readonly<Record<string, number>> = {
  'POST /api/session': 2 * KIB,
  'POST /api/integrations/crm/:provider/connect': 16 * KIB,
  'PATCH /api/integrations/crm/:provider': 8 * KIB,
  'POST /api/changes': 5 * KIB * KIB,
  'POST /api/ops/dead-letters/plan': 320 * KIB,
  'POST /api/ops/dead-letters/discard': 320 * KIB,
  'POST /api/ops/dead-letters/replay': 2 * KIB,
  'POST /api/integrations/crm/:provider/callback': 16 * KIB,
  'POST /api/integrations/crm/:provider/authorize': 16 * KIB,
  'POST /api/ops/keys/rotate': 2 * KIB,
  'POST /api/ops/erase': 2 * KIB,
};
const NO_BODY = 512;
const SCOPES = ['ops', 'changes:write', 'metrics'];

let api: ApiHarness;
let authorization: string;
beforeAll(async () => {
  api = await startApi({ timeouts: { requestMs: 60_000 } });
  authorization = `Bearer ${await api.token(USER, ...SCOPES)}`;
});
afterAll(() => api.close());

const routes = () => api.app.declaredRoutes.filter(({ method }) => method !== 'HEAD');
/** JSON of exactly so many bytes. */
const ofSize = (bytes: number) => `{}${' '.repeat(bytes - 2)}`;
const send = async (method: string, url: string, body: string, over: Record<string, string> = {}) =>
  api.app.inject({
    method: method as 'POST',
    url: url.replace(/:\w+|\*/g, 'x'),
    headers: { 'content-type': 'application/json', authorization, ...over },
    payload: body,
  });

describe('the body of every route', () => {
  it('has a limit that stands in a list', () => {
    const declared = routes()
      .filter(({ takesBody }) => takesBody)
      .map(({ method, url, bodyLimit }) => [`${method} ${url}`, bodyLimit] as const);
    expect(Object.fromEntries(declared)).toEqual(LIMITS);
    for (const { takesBody, bodyLimit } of routes()) if (!takesBody) expect(bodyLimit).toBe(NO_BODY);
  });

  it('is refused from one byte more on, read or unread, in the form of a problem', async () => {
    for (const { method, url, bodyLimit } of routes()) {
      if (!url.endsWith('/events')) {
        const fits = await send(method, url, ofSize(bodyLimit));
        expect({ method, url, status: fits.statusCode === 413 }).toEqual({ method, url, status: false });
      }
      const over = await send(method, url, ofSize(bodyLimit + 1));
      expect({ method, url, status: over.statusCode }).toEqual({ method, url, status: 413 });
      expect(over.json()).toMatchObject({ code: 'TOO_LARGE', status: 413, retryable: false });
    }
  });

  it('that takes none is an empty object at most', async () => {
    for (const { method, url, takesBody } of routes()) {
      if (takesBody || method === 'GET') continue;
      const answer = await send(method, url, '{"a":1}');
      expect({ method, url, status: answer.statusCode }).toEqual({ method, url, status: 400 });
    }
  });

  it('is looked at only when the caller is known', async () => {
    for (const { method, url, access, bodyLimit } of routes()) {
      if (access === 'public') continue;
      for (const body of ['{', ofSize(bodyLimit + 1)]) {
        const answer = await send(method, url, body, {
          authorization: `Bearer ${method}-${url}-${body.length}`,
        });
        expect({ method, url, status: answer.statusCode }).toEqual({ method, url, status: 401 });
      }
    }
  });

  it('has to be declared with the route', () => {
    const app = fastify() as unknown as App;
    requireDeclaredAccess(app);
    const config = { access: 'user', audit: 'pause' } as const;
    expect(() =>
      app.post('/forgotten', { config, schema: { body: Type.Object({}) } }, async () => 'x'),
    ).toThrow(BodyLimitUndeclared);
  });
});

describe('a body of nothing but unknown members', () => {
  const members = (bytes: number) =>
    JSON.stringify(
      Object.fromEntries(Array.from({ length: Math.floor(bytes / 10) }, (_, n) => [`m${n}`, 1])),
    );

  it.each([
    ['POST', '/api/session', 1_500],
    ['POST', '/api/integrations/crm/mri_vault/connect', 15_000],
    ['PATCH', '/api/integrations/crm/mri_vault', 7_000],
    ['POST', '/api/ops/dead-letters/plan', 300_000],
  ])('%s %s: ends at the first', async (method, url, bytes) => {
    const answer = await send(method, url, members(bytes));
    expect(answer.statusCode).toBe(400);
    expect(answer.json<{ errors: unknown[] }>().errors).toHaveLength(1);
    expect(answer.body.length).toBeLessThan(1_000);
  });
});

describe('who goes on sending what was refused', () => {
  const MOST_UNREAD = 8 * KIB * KIB;

  it('is cut off', async () => {
    const { hostname, port } = new URL(api.url);
    const socket = connect(Number(port), hostname);
    socket.on('error', () => undefined);
    const closed = new Promise<void>((resolve) => socket.once('close', () => resolve()));
    socket.resume();
    socket.write('POST /api/changes HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\n');
    const chunk = `10000\r\n${'x'.repeat(0x10000)}\r\n`;
    let ended = false;
    void closed.then(() => (ended = true));
    while (!ended && socket.bytesWritten < 64 * MOST_UNREAD) {
      if (!socket.write(chunk)) await Promise.race([once(socket, 'drain').catch(() => undefined), closed]);
    }
    await closed;
    expect(socket.bytesWritten).toBeLessThan(32 * MOST_UNREAD);
  });

  it('hears the answer to the largest body that there may be', async () => {
    const answer = await api.call('POST', '/api/changes', { as: null, body: ofSize(5 * KIB * KIB) });
    expect(answer.status).toBe(401);
    expect((await api.call('POST', '/api/session', { as: null, body: ofSize(5 * KIB * KIB) })).status).toBe(
      413,
    );
  });
});

describe('an address', () => {
  it('is refused when it is longer than any that is made here, on every route', async () => {
    const long = 'x'.repeat(6 * KIB);
    for (const url of ['/livez', '/api/integrations/crm/user', '/nowhere', `/problems/${long}`]) {
      const answer = await api.app.inject({
        method: 'GET',
        url: `${url}?${long}`,
        headers: { authorization },
      });
      expect({ url, status: answer.statusCode }).toEqual({ url, status: 414 });
      expect(answer.json()).toMatchObject({ code: 'TOO_LARGE' });
    }
    const id = '%21'.repeat(256);
    const query = `?limit=200&cursor=${'x'.repeat(2_000)}`;
    const path = `/api/integrations/crm/mri_vault/records/contact/${id}${query}`;
    expect((await api.app.inject({ method: 'GET', url: path, headers: { authorization } })).statusCode).toBe(
      404,
    );
  });
});

describe('a cookie header', () => {
  it('is looked through for our cookie alone', async () => {
    const others = 'a=%41;'.repeat(2_000);
    const code = api.sessions.issueCode({ userId: USER, scopes: new Set(), expiresAt: Date.now() + 60_000 });
    const opened = await api.call('POST', '/api/session', { as: null, body: { code } });
    const cookie = (opened.headers.get('set-cookie') ?? '').split(';')[0] ?? '';
    const read = async (header: string) =>
      (await api.call('GET', '/api/integrations/crm/user', { as: null, headers: { cookie: header } })).status;
    for (const header of [cookie, `${others} ${cookie}`, `${cookie};${others}`, `x${cookie}; ${cookie}`])
      expect(await read(header)).toBe(200);
    for (const header of [`x${cookie}`, `a=${cookie}`, `${cookie}x`, others])
      expect(await read(header)).toBe(401);
  });
});
