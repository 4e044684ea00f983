import { makeToken } from '../../src/auth/token-maker.ts';
import { secret } from '../../src/config/secret.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Hostile, HostileCall } from './attacks.ts';

export interface HostileSetting {
  readonly userId: string;
  readonly url: string;
  readonly crmUrl: string;
  readonly jwtSecret: string;
  readonly quick: boolean;
  /** Aborted when the attack is to end. */
  ending(): AbortSignal;
  /** Hears of each status, or of `error`. */
  count(status: string): void;
}

const TOKEN_MS = 3_600_000;
const CRM = '/api/integrations/crm/mri_vault';

/** A tenant that calls as fast as it is answered. */
export async function createHostile(setting: HostileSetting): Promise<Hostile> {
  const { userId, url, crmUrl, quick, ending, count } = setting;
  const own = await tokenOf(setting, userId, []);
  const publisher = await tokenOf(setting, 'zena-of-the-hostile', ['changes:write']);

  const send = async (method: string, path: string, { body, headers, token = own }: HostileCall) => {
    try {
      const response = await fetch(new URL(path, url), {
        method,
        signal: ending(),
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(body === undefined ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body === undefined ? {} : { body: JSON.stringify(body) }),
      });
      count(String(response.status));
      return response;
    } catch {
      if (!ending().aborted) count('error');
      return null;
    }
  };
  const call = async (method: string, path: string, options: HostileCall = {}): Promise<number> => {
    const response = await send(method, path, options);
    // Read and thrown away, as it comes.
    await response?.body?.pipeTo(new WritableStream()).catch(() => undefined);
    return response?.status ?? 0;
  };
  return {
    userId,
    quick,
    crmUrl,
    call,
    publish: (changes) => call('POST', '/api/changes', { body: changes, token: publisher }),
    connect: () =>
      call('POST', `${CRM}/connect`, {
        body: { credentials: { apiKey: `<Hostile&Key>-${userId}`, instanceUrl: crmUrl } },
      }),
    disconnect: () => call('DELETE', CRM),
    async stream(path, ms) {
      const response = await send('GET', path, { headers: { accept: 'text/event-stream' } });
      const signal = AbortSignal.any([AbortSignal.timeout(ms), ending()]);
      await response?.body?.pipeTo(new WritableStream(), { signal }).catch(() => undefined);
      return response?.status ?? 0;
    },
  };
}

function tokenOf({ jwtSecret }: HostileSetting, userId: string, scopes: 'changes:write'[]): Promise<string> {
  const identity = { userId, scopes, ttlMs: TOKEN_MS, issuer: null, audience: null };
  return makeToken({ secret: secret(jwtSecret), ...identity }, systemClock);
}
