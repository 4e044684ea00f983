import { describe, expect, it } from '@jest/globals';
import { createHmac, randomUUID } from 'node:crypto';
import { makeToken } from '../../src/auth/token-maker.ts';
import { createTokenVerifier } from '../../src/auth/token-verifier.ts';
import type { AuthConfig } from '../../src/config/config.ts';
import { secret } from '../../src/config/secret.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const SECRET = 'a-secret-of-at-least-thirty-two-bytes';
const clock = createVirtualClock();
const nowSeconds = clock.now() / 1_000;
const hmac: AuthConfig = { kind: 'hmac', secret: secret(SECRET), issuer: null, audience: null };
const strict: AuthConfig = { ...hmac, issuer: 'https://id.example', audience: 'crm-sync' };

const part = (value: unknown) => Buffer.from(JSON.stringify(value)).toString('base64url');

/** A token of any header and claims, signed as HS256 by any secret. */
function forge(header: object, claims: object, key = SECRET): string {
  const signed = `${part(header)}.${part(claims)}`;
  return `${signed}.${createHmac('sha256', key).update(signed).digest('base64url')}`;
}

const good = { sub: 'user-1', exp: nowSeconds + 600 };
const signed = (claims: object, header: object = {}) => forge({ alg: 'HS256', ...header }, claims);

async function reasonOf(token: string, auth = hmac): Promise<string> {
  const result = await createTokenVerifier(auth, clock).verify(token);
  return result.ok ? 'accepted' : result.reason;
}

describe('the token verifier with a secret', () => {
  it('accepts what the token maker makes', async () => {
    const request = { secret: secret(SECRET), userId: 'user-1', scopes: ['ops', 'metrics'], ttlMs: 600_000 };
    const token = await makeToken({ ...request, issuer: 'https://id.example', audience: 'crm-sync' }, clock);
    expect(await createTokenVerifier(strict, clock).verify(token)).toEqual({
      ok: true,
      principal: {
        userId: 'user-1',
        scopes: new Set(['ops:read', 'ops:write', 'metrics']),
        expiresAt: clock.now() + 600_000,
      },
    });
  });

  it.each([
    [{ scope: 'ops:read changes:write' }, ['ops:read', 'changes:write']],
    [{ scp: ['ops', 'other'] }, ['ops:read', 'ops:write']],
    [{ scope: 'metrics', scp: ['ops:write'] }, ['ops:write', 'metrics']],
    [{ scope: 'opsops:read ops:read:x' }, []],
    [{ scope: 7, scp: [{ ops: true }, ['ops'], null] }, []],
    [{}, []],
  ])('reads from %j the scopes %j', async (claims, scopes) => {
    const result = await createTokenVerifier(hmac, clock).verify(signed({ ...good, ...claims }));
    expect(result.ok && [...result.principal.scopes]).toEqual(scopes);
  });

  it('allows 30 seconds between two clocks, no more', async () => {
    expect(await reasonOf(signed({ ...good, exp: nowSeconds - 29 }))).toBe('accepted');
    expect(await reasonOf(signed({ ...good, exp: nowSeconds - 31 }))).toBe('expired');
    expect(await reasonOf(signed({ ...good, nbf: nowSeconds + 29 }))).toBe('accepted');
    expect(await reasonOf(signed({ ...good, nbf: nowSeconds + 31 }))).toBe('not_yet_valid');
  });

  it.each([
    ['no algorithm', `${part({ alg: 'none' })}.${part(good)}.`, 'algorithm'],
    ['no algorithm, differently spelt', `${part({ alg: 'nOnE' })}.${part(good)}.`, 'algorithm'],
    ['another algorithm of the same family', forge({ alg: 'HS512' }, good), 'algorithm'],
    ['an asymmetric algorithm', forge({ alg: 'RS256' }, good), 'algorithm'],
    ['another secret', forge({ alg: 'HS256' }, good, 'another'), 'signature'],
    ['no signature', `${part({ alg: 'HS256' })}.${part(good)}.`, 'signature'],
    ['an unknown critical header', signed(good, { crit: ['exp2'], exp2: 1 }), 'malformed'],
    ['a content that is not encoded', signed(good, { crit: ['b64'], b64: false }), 'malformed'],
    ['another type', signed(good, { typ: 'dpop+jwt' }), 'type'],
    ['a type that is no text', signed(good, { typ: ['JWT'] }), 'type'],
    ['no end', signed({ sub: 'user-1' }), 'claims'],
    ['an end that is a text', signed({ sub: 'user-1', exp: '9999999999' }), 'claims'],
    ['no subject', signed({ exp: good.exp }), 'claims'],
    ['an empty subject', signed({ ...good, sub: '' }), 'user_id'],
    ['a subject with a space', signed({ ...good, sub: 'user 1' }), 'user_id'],
    ['a subject with a line break', signed({ ...good, sub: 'user-1\n' }), 'user_id'],
    ['a subject that is no text', signed({ ...good, sub: { $ne: null } }), 'user_id'],
    ['a subject of 257 bytes', signed({ ...good, sub: 'u'.repeat(257) }), 'user_id'],
    ['a megabyte', signed({ ...good, pad: 'x'.repeat(1_000_000) }), 'too_long'],
    ['no token at all', '', 'malformed'],
    ['only dots', '...', 'malformed'],
    ['a body that is no JSON', forge({ alg: 'HS256' }, good).replace(/\.[^.]+\./, '.e30x.'), 'signature'],
    ['an encrypted token', 'a.b.c.d.e', 'malformed'],
  ])('refuses %s', async (_, token, reason) => {
    expect(await reasonOf(token)).toBe(reason);
  });

  it.each(['JWT', 'jwt', 'at+jwt', 'application/at+jwt'])('accepts the type %s', async (typ) => {
    expect(await reasonOf(signed(good, { typ }))).toBe('accepted');
  });

  it('takes keys from nowhere but the configuration', async () => {
    const key = { kty: 'oct', k: Buffer.from('mine').toString('base64url') };
    for (const header of [{ jwk: key }, { jku: 'http://127.0.0.1:9/k' }, { x5u: 'http://127.0.0.1:9/k' }]) {
      expect(await reasonOf(forge({ alg: 'HS256', ...header }, good, 'mine'))).toBe('signature');
    }
    for (const kid of ['../../../dev/null', "' or 1=1", randomUUID()]) {
      expect(await reasonOf(forge({ alg: 'HS256', kid }, good, ''))).toBe('signature');
    }
  });

  it('wants issuer and audience when they are configured', async () => {
    const full = { ...good, iss: 'https://id.example', aud: ['other', 'crm-sync'] };
    expect(await reasonOf(signed(full), strict)).toBe('accepted');
    expect(await reasonOf(signed({ ...full, iss: undefined }), strict)).toBe('issuer');
    expect(await reasonOf(signed({ ...full, iss: 'https://id.example/' }), strict)).toBe('issuer');
    expect(await reasonOf(signed({ ...full, aud: undefined }), strict)).toBe('audience');
    expect(await reasonOf(signed({ ...full, aud: 'crm-sync2' }), strict)).toBe('audience');
  });
});
