import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createHmac } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { type CryptoKey, exportJWK, exportSPKI, generateKeyPair, SignJWT } from 'jose';
import { createTokenVerifier, type TokenVerifier } from '../../src/auth/token-verifier.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const clock = createVirtualClock();
const rsa = await generateKeyPair('RS256', { extractable: true });
const elliptic = await generateKeyPair('ES256', { extractable: true });
const keySet = {
  keys: [
    { ...(await exportJWK(rsa.publicKey)), kid: 'rsa' },
    { ...(await exportJWK(elliptic.publicKey)), kid: 'ec' },
  ],
};

let server: Server;
let fetches: string[];
let answer: (response: ServerResponse) => void;
let verifier: TokenVerifier;

beforeEach(async () => {
  fetches = [];
  answer = (response) => response.end(JSON.stringify(keySet));
  server = createServer((request, response) => {
    fetches.push(request.url ?? '');
    answer(response);
  });
  await once(server.listen(0, '127.0.0.1'), 'listening');
  verifier = createTokenVerifier(
    { kind: 'jwks', url: addressOf('/keys'), issuer: null, audience: null },
    clock,
  );
});

afterEach(async () => {
  server.closeAllConnections();
  await once(server.close(), 'close');
});

function addressOf(path: string): string {
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}${path}`;
}

function sign(
  key: CryptoKey,
  header: { alg: string; kid?: string; [name: string]: unknown },
): Promise<string> {
  return new SignJWT({ scope: 'ops:read' })
    .setProtectedHeader(header)
    .setSubject('user-1')
    .setExpirationTime(clock.now() / 1_000 + 600)
    .sign(key);
}

async function reasonOf(token: string): Promise<string> {
  const result = await verifier.verify(token);
  return result.ok ? 'accepted' : result.reason;
}

describe('the token verifier with public keys', () => {
  it('accepts RS256 and ES256 and fetches the keys once', async () => {
    const tokens = [
      await sign(rsa.privateKey, { alg: 'RS256', kid: 'rsa' }),
      await sign(elliptic.privateKey, { alg: 'ES256', kid: 'ec' }),
    ];
    expect(await Promise.all([...tokens, ...tokens].map(reasonOf))).toEqual(Array(4).fill('accepted'));
    expect(fetches).toEqual(['/keys']);
  });

  it('refuses a token signed with the public key as a shared secret, without a fetch', async () => {
    const [header, claims] = (await sign(rsa.privateKey, { alg: 'RS256', kid: 'rsa' })).split('.');
    const forged = Buffer.from(JSON.stringify({ alg: 'HS256', kid: 'rsa' })).toString('base64url');
    const pem = await exportSPKI(rsa.publicKey);
    const signature = createHmac('sha256', pem).update(`${forged}.${claims}`).digest('base64url');
    expect(await reasonOf(`${forged}.${claims}.${signature}`)).toBe('algorithm');
    expect(await reasonOf(`${Buffer.from('{"alg":"none"}').toString('base64url')}.${claims}.`)).toBe(
      'algorithm',
    );
    expect(header).toBeDefined();
    expect(fetches).toEqual([]);
  });

  it('refuses the other algorithms of the same keys', async () => {
    const other = await generateKeyPair('PS256');
    expect(await reasonOf(await sign(other.privateKey, { alg: 'PS256', kid: 'rsa' }))).toBe('algorithm');
  });

  it('never follows a key address or takes a key from the header', async () => {
    const mine = await generateKeyPair('RS256', { extractable: true });
    const jwk = await exportJWK(mine.publicKey);
    for (const header of [{ jku: addressOf('/evil') }, { x5u: addressOf('/evil') }, { jwk }]) {
      expect(await reasonOf(await sign(mine.privateKey, { alg: 'RS256', kid: 'rsa', ...header }))).toBe(
        'signature',
      );
    }
    expect(fetches).toEqual(['/keys']);
  });

  it('does not fetch the keys for every unknown or strange key id', async () => {
    const tokens = await Promise.all(
      Array.from({ length: 50 }, (_, index) => sign(rsa.privateKey, { alg: 'RS256', kid: `../../${index}` })),
    );
    for (const token of tokens) expect(await reasonOf(token)).toBe('unknown_key');
    expect(fetches).toEqual(['/keys']);
  });

  it.each<[string, (response: ServerResponse) => void]>([
    ['fails', (response) => response.writeHead(500).end()],
    ['points elsewhere', (response) => response.writeHead(302, { location: '/evil' }).end()],
    ['answers a page', (response) => response.end('<html>')],
    ['answers keys without end', (response) => response.end(`{"keys":[${'{},'.repeat(400_000)}{}]}`)],
    ['answers something else', (response) => response.end('{"keys":{}}')],
    ['hangs up', (response) => response.destroy()],
  ])('says that it does not know when the issuer %s, asks once, and recovers', async (_, failure) => {
    const token = await sign(rsa.privateKey, { alg: 'RS256', kid: 'rsa' });
    answer = failure;
    for (let index = 0; index < 20; index++) expect(await reasonOf(token)).toBe('keys_unavailable');
    expect(fetches).toEqual(['/keys']);
    answer = (response) => response.end(JSON.stringify(keySet));
    await clock.advance(5_000);
    expect(await reasonOf(token)).toBe('accepted');
  });
});
