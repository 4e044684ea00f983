import { createHmac } from 'node:crypto';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { MOST_GUESSES, MOST_OF_ONE_THING } from '../../../src/http/access/failed-sign-ins.ts';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';

const LIST = '/api/integrations/crm/user';
const PROXY = '192.0.2.1';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

/** Without a socket, which is faster, and from any address. */
const inject = async (
  method: 'GET' | 'POST',
  url: string,
  { headers = {}, payload }: { headers?: Record<string, string>; payload?: object } = {},
  from = PROXY,
) => api.app.inject({ method, url, headers, remoteAddress: from, ...(payload && { payload }) });
const read = async (headers: Record<string, string>, from = PROXY) => inject('GET', LIST, { headers }, from);
const bearer = async (userId: string) => ({ authorization: `Bearer ${await api.token(userId)}` });
/** Another address each time. */
const elsewhere = (n: number) => `198.51.${String((n + 256) >> 8)}.${String((n + 256) & 255)}`;
const guess = (n: number) => ({ authorization: `Bearer guess-${String(n)}` });
const newCode = (userId = USER) =>
  api.sessions.issueCode({ userId, scopes: new Set(), expiresAt: Date.now() + 60_000 });
const signIn = async (payload: object, headers: Record<string, string> = {}, from = PROXY) =>
  inject('POST', '/api/session', { payload, headers }, from);

/** As many wrong tokens as an address may send before its guesses are refused. */
const exhaust = async (from = PROXY) => {
  for (let n = 0; n < MOST_GUESSES; n += 1) expect((await read(guess(n), from)).statusCode).toBe(401);
};

describe('many wrong tokens from one address', () => {
  it('make the next wrong one wait', async () => {
    await exhaust();
    const answer = await read(guess(-1));
    expect(answer.statusCode).toBe(429);
    expect(answer.json()).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(Number(answer.headers['retry-after'])).toBeGreaterThan(0);
    expect((await signIn({ code: 'guess' })).statusCode).toBe(429);
  });

  it('keep nobody out who is right, seen before or not', async () => {
    await exhaust();
    expect((await read(await bearer('never-seen'))).statusCode).toBe(200);
    const opened = await signIn({ code: newCode() });
    expect(opened.statusCode).toBe(201);
    const cookie = String(opened.headers['set-cookie']).split(';')[0] ?? '';
    expect((await read({ cookie })).statusCode).toBe(200);
    expect((await signIn({}, await bearer('user-7'))).statusCode).toBe(201);
  });

  it('hide from nobody that it is time to sign in again', async () => {
    await exhaust();
    const { authorization } = await bearer(USER);
    // Signed by the issuer, but over.
    const claims = Buffer.from(JSON.stringify({ sub: USER, exp: 1 })).toString('base64url');
    const signed = `${authorization.slice('Bearer '.length).split('.')[0] ?? ''}.${claims}`;
    const signature = createHmac('sha256', api.jwtSecret).update(signed).digest('base64url');
    expect((await read({ authorization: `Bearer ${signed}.${signature}` })).statusCode).toBe(401);
    expect((await read({ cookie: 'zena_crm_session=of-before-the-restart' })).statusCode).toBe(401);
    expect((await read({})).statusCode).toBe(401);
  });

  it('say nothing of other addresses; of IPv6 a /64 is one', async () => {
    await exhaust('2001:db8::2');
    expect((await read(guess(-1), '2001:db8::ffff:1')).statusCode).toBe(429);
    expect((await read(guess(-1), '2001:db8:1::1')).statusCode).toBe(401);
    expect((await read(guess(-1), '198.51.100.1')).statusCode).toBe(401);
  });
});

describe('the same wrong thing again and again', () => {
  it('waits, wherever it comes from, and nothing else does', async () => {
    const same = guess(0);
    for (let n = 0; n < MOST_OF_ONE_THING; n += 1)
      expect((await read(same, elsewhere(n))).statusCode).toBe(401);
    expect((await read(same, elsewhere(-1))).statusCode).toBe(429);
    expect((await read(guess(1), elsewhere(-1))).statusCode).toBe(401);
  });

  it('is the same with another signature: what it claims counts', async () => {
    const token = await api.token(USER);
    const claims = token.slice(0, token.lastIndexOf('.'));
    for (let n = 0; n < MOST_OF_ONE_THING; n += 1) {
      const headers = { authorization: `Bearer ${claims}.wrong-${String(n)}` };
      expect((await read(headers, elsewhere(n))).statusCode).toBe(401);
    }
    const next = { authorization: `Bearer ${claims}.wrong` };
    expect((await read(next, elsewhere(-1))).statusCode).toBe(429);
    expect((await read({ authorization: `Bearer ${token}` })).statusCode).toBe(200);
  });
});

describe('signing in', () => {
  it('is limited by who signs in, not by the address that all come from', async () => {
    const mine = await bearer(USER);
    for (let n = 0; n < 300; n += 1) expect((await signIn({}, mine)).statusCode).toBe(201);
    const refused = await signIn({}, mine);
    expect(refused.statusCode).toBe(429);
    expect(refused.headers['ratelimit']).toMatch(/^"sessions";r=0;t=\d+$/);
    expect((await signIn({}, await bearer('user-2'))).statusCode).toBe(201);
  });
});

describe('behind a proxy that is trusted', () => {
  beforeEach(async () => {
    await api.close();
    api = await startApi({ trustProxy: [{ address: PROXY, prefix: 32, family: 'ipv4' }] });
  });

  it('the address that it tells is the one that counts', async () => {
    const via = (client: string, n: number) => ({ ...guess(n), 'x-forwarded-for': client });
    for (let n = 0; n < MOST_GUESSES; n += 1) await read(via('203.0.113.5', n));
    expect((await read(via('203.0.113.5', -1))).statusCode).toBe(429);
    // What the client wrote itself stands before what the proxy added.
    expect((await read(via('198.51.100.7, 203.0.113.5', -2))).statusCode).toBe(429);
    expect((await read(via('203.0.113.6', -3))).statusCode).toBe(401);
  });

  it('of anybody else nothing that is told counts', async () => {
    for (let n = 0; n < MOST_GUESSES; n += 1)
      await read({ ...guess(n), 'x-forwarded-for': `203.0.113.${String(n % 256)}` }, '192.0.2.2');
    expect((await read({ ...guess(-1), 'x-forwarded-for': '203.0.113.9' }, '192.0.2.2')).statusCode).toBe(
      429,
    );
  });
});
