import { describe, expect, it } from '@jest/globals';
import { createTokenVerifier } from '../../src/auth/token-verifier.ts';
import { secret } from '../../src/config/secret.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { runOnTerminal } from './run-program.ts';

const SECRET = 'a secret that is long enough to sign with';

function verify(token: string, audience: string | null = null) {
  const auth = { kind: 'hmac', secret: secret(SECRET), issuer: null, audience } as const;
  return createTokenVerifier(auth, systemClock).verify(token);
}

describe('zena-crm token', () => {
  it('makes what the service accepts: the user, the scopes, the end', async () => {
    const args = ['token', '--user', 'ava', '--scopes', 'ops,changes:write', '--ttl', '15m'];
    const before = Date.now();
    const { code, stdout, stderr } = await runOnTerminal(args, { env: { JWT_SECRET: SECRET } });
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    const verified = await verify(stdout.trim());
    if (!verified.ok) throw new Error(verified.reason);
    const { userId, scopes, expiresAt } = verified.principal;
    expect(userId).toBe('ava');
    expect([...scopes].sort()).toEqual(['changes:write', 'ops:read', 'ops:write']);
    expect(expiresAt).toBeGreaterThan(before + 14 * 60_000);
    expect(expiresAt).toBeLessThan(before + 17 * 60_000);
  });

  it('carries the issuer and audience that the service asks for, and no scope unless told', async () => {
    const env = { JWT_SECRET: SECRET, JWT_AUDIENCE: 'crm', JWT_ISSUER: 'zena' };
    const { stdout } = await runOnTerminal(['token', '--user', 'ava', '--output', 'json'], { env });
    const made = JSON.parse(stdout) as { token: string; scopes: string[]; expiresAt: string };
    expect(made.scopes).toEqual([]);
    expect(Date.parse(made.expiresAt)).toBeGreaterThan(Date.now());
    await expect(verify(made.token, 'crm')).resolves.toMatchObject({ ok: true });
    await expect(verify(made.token, 'another')).resolves.toEqual({ ok: false, reason: 'audience' });
  });

  it('leaves tokens to the issuer where its keys verify them', async () => {
    const env = { JWT_JWKS_URL: 'https://issuer.example/keys' };
    const { code, stdout, stderr } = await runOnTerminal(['token', '--user', 'ava'], { env });
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toContain("tokens are the issuer's to make");
  });
});
