import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type IncomingMessage, request as httpRequest, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { createTokenVerifier } from '../../src/auth/token-verifier.ts';
import type { AuthConfig } from '../../src/config/config.ts';
import { secret } from '../../src/config/secret.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { type ApiHarness, startApi } from '../http/api-harness.ts';
import { makeRsaKeys, part, signHmac, signRs256 } from './attacks/token-forge.ts';

/** Long enough for every algorithm of its family, so that only the list of algorithms stands in their way. */
const SECRET = 'the real secret, which has more than the 64 bytes that HS512 asks for';
const ISSUER = 'https://id.attack.test';
const AUDIENCE = 'crm-sync';
const ROUTE = '/api/integrations/crm/user';

const now = Math.floor(Date.now() / 1_000);
const good = { sub: 'user-1', exp: now + 600, iss: ISSUER, aud: AUDIENCE };
const without = (name: keyof typeof good) => ({ ...good, [name]: undefined });

const OWN_HEADERS = new Set(['date', 'x-request-id']);

/** The status, all headers and the body of an answer, byte for byte but for what is the request's own. */
async function call(api: ApiHarness, authorization: string | null): Promise<string> {
  const sent = httpRequest(`${api.url}${ROUTE}`, {
    ...(authorization !== null && { headers: { authorization } }),
    agent: false,
  }).end();
  const [answer] = (await once(sent, 'response')) as [IncomingMessage];
  const text = Buffer.concat((await answer.toArray()) as Buffer[]).toString();
  const headers = Object.entries(answer.headers).filter(([name]) => !OWN_HEADERS.has(name));
  const body = text.replace(/"requestId":"[^"]+"/, '"requestId":""');
  return `${answer.statusCode} ${JSON.stringify(headers)} ${body}`;
}

const startWith = (auth: AuthConfig) => startApi({ verifier: createTokenVerifier(auth, systemClock) });

describe('a token of a service with a secret', () => {
  let api: ApiHarness;
  beforeAll(async () => {
    api = await startWith({ kind: 'hmac', secret: secret(SECRET), issuer: ISSUER, audience: AUDIENCE });
  });
  afterAll(() => api.close());

  const hs = (header: object, claims: object | string = good, key: string | Buffer = SECRET) =>
    signHmac(key, { alg: 'HS256', ...header }, claims as never);
  const rsa = makeRsaKeys();
  const genuine = hs({});
  const [head = '', body = '', mac = ''] = genuine.split('.');

  it('is accepted when it is genuine', async () => {
    expect(await call(api, `Bearer ${genuine}`)).toMatch(/^200 /);
  });

  const attacks: readonly (readonly [string, string | null])[] = [
    ['nothing', null],
    ['an empty header', ''],
    ['another scheme', `Basic ${Buffer.from('user-1:x').toString('base64')}`],
    ['the scheme alone', 'Bearer'],
    ['two tokens', `Bearer ${genuine} ${genuine}`],
    ['a token with a comma and another', `Bearer ${genuine},Bearer ${genuine}`],
    ...['none', 'None', 'NONE', 'nOnE', '', 'HS256 '].map(
      (alg) =>
        [`alg ${JSON.stringify(alg)} without a signature`, `Bearer ${part({ alg })}.${body}.`] as const,
    ),
    ['alg none with a signature', `Bearer ${part({ alg: 'none' })}.${body}.${mac}`],
    ['no alg', `Bearer ${signHmac(SECRET, {}, good)}`],
    ['alg that is a list', `Bearer ${signHmac(SECRET, { alg: ['HS256'] }, good)}`],
    ['a genuine HS512', `Bearer ${signHmac(SECRET, { alg: 'HS512' }, good, 'sha512')}`],
    ['a genuine HS384', `Bearer ${signHmac(SECRET, { alg: 'HS384' }, good, 'sha384')}`],
    ['alg RS256', `Bearer ${signRs256(rsa.privateKey, { alg: 'RS256' }, good)}`],
    ['no signature', `Bearer ${head}.${body}.`],
    ['two parts', `Bearer ${head}.${body}`],
    ['four parts', `Bearer ${genuine}.${mac}`],
    ['a signature cut short', `Bearer ${genuine.slice(0, -4)}`],
    ['a signature made longer', `Bearer ${genuine}AAAA`],
    ['a signature of zeros', `Bearer ${head}.${body}.${part('\0'.repeat(32))}`],
    ['another secret', `Bearer ${hs({}, good, 'another secret of at least 32 bytes!')}`],
    ['an empty secret', `Bearer ${hs({}, good, '')}`],
    ['a changed subject', `Bearer ${head}.${part({ ...good, sub: 'admin' })}.${mac}`],
    ['a key in the header', `Bearer ${hs({ jwk: { kty: 'oct', k: part('mine') } }, good, 'mine')}`],
    ['a path for a key id', `Bearer ${hs({ kid: '../../../../dev/null' }, good, '')}`],
    ['SQL for a key id', `Bearer ${hs({ kid: "x' UNION SELECT 'mine" }, good, 'mine')}`],
    ['an unknown critical header', `Bearer ${hs({ crit: ['x'], x: 1 })}`],
    ['an empty list of critical headers', `Bearer ${hs({ crit: [] })}`],
    ['a content that is not encoded', `Bearer ${hs({ crit: ['b64'], b64: false })}`],
    ['a compressed content', `Bearer ${hs({ zip: 'DEF', crit: ['zip'] })}`],
    ['another type', `Bearer ${hs({ typ: 'dpop+jwt' })}`],
    ['an id token', `Bearer ${hs({ typ: 'id+jwt' })}`],
    ['expired', `Bearer ${hs({}, { ...good, exp: now - 31 })}`],
    ['expired long ago', `Bearer ${hs({}, { ...good, exp: 0 })}`],
    ['an end below zero', `Bearer ${hs({}, { ...good, exp: -1 })}`],
    ['an end that is a text', `Bearer ${hs({}, { ...good, exp: String(now + 600) })}`],
    ['no end', `Bearer ${hs({}, without('exp'))}`],
    ['an end of null', `Bearer ${hs({}, { ...good, exp: null })}`],
    ['not yet valid', `Bearer ${hs({}, { ...good, nbf: now + 120 })}`],
    ['a start that is a text', `Bearer ${hs({}, { ...good, nbf: 'now' })}`],
    ['no subject', `Bearer ${hs({}, without('sub'))}`],
    ['an empty subject', `Bearer ${hs({}, { ...good, sub: '' })}`],
    ['an operator for a subject', `Bearer ${hs({}, { ...good, sub: { $ne: null } })}`],
    ['a list for a subject', `Bearer ${hs({}, { ...good, sub: ['user-1'] })}`],
    ['no issuer', `Bearer ${hs({}, without('iss'))}`],
    ['another issuer', `Bearer ${hs({}, { ...good, iss: `${ISSUER}.evil.test` })}`],
    ['a list of issuers', `Bearer ${hs({}, { ...good, iss: [ISSUER] })}`],
    ['no audience', `Bearer ${hs({}, without('aud'))}`],
    ['another audience', `Bearer ${hs({}, { ...good, aud: 'other' })}`],
    ['a part of the audience', `Bearer ${hs({}, { ...good, aud: 'crm' })}`],
    [
      'the subject twice, the second empty',
      `Bearer ${hs({}, JSON.stringify(good).replace('{', '{"sub":"admin",').replace('}', ',"sub":""}'))}`,
    ],
    [
      'the end twice, the second past',
      `Bearer ${hs({}, JSON.stringify(good).replace('}', `,"exp":${now - 90}}`))}`,
    ],
    ['claims under __proto__', `Bearer ${hs({}, `{"__proto__":${JSON.stringify(good)}}`)}`],
    ['claims that are a list', `Bearer ${hs({}, `[${JSON.stringify(good)}]`)}`],
    ['claims that are no JSON', `Bearer ${hs({}, 'sub=user-1')}`],
    ['a header that is no JSON', `Bearer ${signHmac(SECRET, 'HS256', good)}`],
    ['an encrypted token', 'Bearer e30.AA.AA.AA.AA'],
    ['ten kilobytes', `Bearer ${hs({}, { ...good, pad: 'x'.repeat(7_000) })}`],
    ['a token in a query of the header', `Bearer ?token=${genuine}`],
    ['a token behind a NUL-like escape', `Bearer %00${genuine}`],
  ];

  it.each(attacks)('is refused like any other: %s', async (_what, authorization) => {
    const reference = await call(api, 'Bearer x');
    expect(reference).toMatch(/^401 .*"www-authenticate","Bearer"/);
    expect(await call(api, authorization)).toBe(reference);
  });

  it('of a megabyte is refused before it is a request', async () => {
    const sent = fetch(`${api.url}${ROUTE}`, {
      headers: { authorization: `Bearer ${hs({}, { ...good, pad: 'x'.repeat(1_000_000) })}` },
    });
    const status = await sent.then(
      (answer) => answer.status,
      () => 'cut off',
    );
    expect([431, 'cut off']).toContain(status);
  });

  it('counts only in the header: neither in a query nor in a body', async () => {
    for (const name of ['token', 'access_token', 'jwt', 'authorization']) {
      expect((await fetch(`${api.url}${ROUTE}?${name}=${genuine}`)).status).toBe(401);
    }
    const headers = { 'content-type': 'application/x-www-form-urlencoded' };
    const posted = await fetch(`${api.url}/api/changes`, {
      method: 'POST',
      headers,
      body: `access_token=${genuine}`,
    });
    expect(posted.status).toBe(401);
  });

  it('is in no log, whatever became of it', () => {
    expect(JSON.stringify(api.logged)).not.toContain(body.slice(0, 24));
    expect(JSON.stringify(api.logged)).not.toContain(mac);
  });
});

describe('a token of a service with public keys', () => {
  const rsa = makeRsaKeys();
  const mine = makeRsaKeys();
  const jwk = { ...rsa.publicKey.export({ format: 'jwk' }), kid: 'k1', alg: 'RS256', use: 'sig' };
  const fetched: string[] = [];
  let issuer: Server;
  let address: string;
  let api: ApiHarness;

  beforeAll(async () => {
    issuer = createServer((request, response) => {
      fetched.push(request.url ?? '');
      response.setHeader('content-type', 'application/json').end(JSON.stringify({ keys: [jwk] }));
    });
    await once(issuer.listen(0, '127.0.0.1'), 'listening');
    address = `http://127.0.0.1:${(issuer.address() as AddressInfo).port}`;
    api = await startWith({ kind: 'jwks', url: `${address}/keys`, issuer: ISSUER, audience: AUDIENCE });
    expect(await call(api, `Bearer ${signRs256(rsa.privateKey, { alg: 'RS256', kid: 'k1' }, good)}`)).toMatch(
      /^200 /,
    );
  });
  afterAll(async () => {
    await api.close();
    issuer.closeAllConnections();
    await once(issuer.close(), 'close');
  });

  const publicKeys = () => ({
    'the PEM (SPKI)': rsa.publicKey.export({ type: 'spki', format: 'pem' }),
    'the PEM (PKCS1)': rsa.publicKey.export({ type: 'pkcs1', format: 'pem' }),
    'the PEM without its last line end': String(rsa.publicKey.export({ type: 'spki', format: 'pem' })).trim(),
    'the DER': rsa.publicKey.export({ type: 'spki', format: 'der' }),
    'the JWK': JSON.stringify(jwk),
    'the modulus': Buffer.from(String(jwk.n), 'base64url'),
  });

  it.each(Object.entries(publicKeys()))(
    'is refused with the public key as a shared secret: %s',
    async (_name, key) => {
      const reference = await call(api, 'Bearer x');
      expect(await call(api, `Bearer ${signHmac(key, { alg: 'HS256', kid: 'k1' }, good)}`)).toBe(reference);
      expect(await call(api, `Bearer ${signHmac(key, { alg: 'RS256', kid: 'k1' }, good)}`)).toBe(reference);
    },
  );

  it.each([
    ['jku', () => ({ jku: `${address}/evil` })],
    ['x5u', () => ({ x5u: `${address}/evil` })],
    ['jwk', () => ({ jwk: mine.publicKey.export({ format: 'jwk' }) })],
    ['x5c', () => ({ x5c: [mine.publicKey.export({ type: 'spki', format: 'der' }).toString('base64')] })],
    ['a kid that is an address', () => ({ kid: `${address}/evil` })],
    ['a kid that is a path', () => ({ kid: '../../evil' })],
    ['a kid that is a list', () => ({ kid: ['k1'] })],
    ['no kid', () => ({ kid: undefined })],
  ])('takes no key from its header: %s', async (_name, header) => {
    const reference = await call(api, 'Bearer x');
    const forged = signRs256(mine.privateKey, { alg: 'RS256', kid: 'k1', ...header() }, good);
    expect(await call(api, `Bearer ${forged}`)).toBe(reference);
    expect(new Set(fetched)).toEqual(new Set(['/keys']));
  });

  it('of an unknown key makes nobody fetch the keys again and again', async () => {
    const before = fetched.length;
    const flood = Array.from({ length: 200 }, () => {
      const kid = randomBytes(8).toString('hex');
      return call(api, `Bearer ${signRs256(mine.privateKey, { alg: 'RS256', kid }, good)}`);
    });
    expect(new Set(await Promise.all(flood)).size).toBe(1);
    expect(fetched.length - before).toBeLessThanOrEqual(1);
  });

  it('of the other family fetches nothing at all', async () => {
    const before = fetched.length;
    for (const alg of ['HS256', 'none', 'PS256', 'ES512', 'EdDSA']) {
      expect(await call(api, `Bearer ${part({ alg, kid: 'new' })}.${part(good)}.AA`)).toMatch(/^401 /);
    }
    expect(fetched).toHaveLength(before);
  });
});
