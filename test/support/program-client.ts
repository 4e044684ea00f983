import { makeToken } from '../../src/auth/token-maker.ts';
import { secret } from '../../src/config/secret.ts';
import { systemClock } from '../../src/runtime/clock.ts';

/** The program's API as a user's and a producer's client see it. */
export interface ProgramClient {
  connect(
    userId: string,
    credentials: { readonly apiKey: string; readonly instanceUrl: string },
  ): Promise<void>;
  /** Resolves once the changes are durable. */
  publish(changes: readonly unknown[]): Promise<void>;
}

const TOKEN_MS = 600_000;

export function programClient(url: string, jwtSecret: string): ProgramClient {
  const post = async (
    path: string,
    body: unknown,
    userId: string,
    scopes: 'changes:write'[],
  ): Promise<void> => {
    const identity = { userId, scopes, ttlMs: TOKEN_MS, issuer: null, audience: null };
    const token = await makeToken({ secret: secret(jwtSecret), ...identity }, systemClock);
    const response = await fetch(new URL(path, url), {
      method: 'POST',
      headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    const text = await response.text();
    if (!response.ok) throw new Error(`${path}: ${response.status} ${text}`);
  };
  return {
    connect: (userId, credentials) =>
      post('/api/integrations/crm/mri_vault/connect', { credentials }, userId, []),
    publish: (changes) => post('/api/changes', changes, 'zena', ['changes:write']),
  };
}
