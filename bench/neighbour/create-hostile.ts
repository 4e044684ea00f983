import { makeToken } from '../../src/auth/token-maker.ts';
import { secret } from '../../src/config/secret.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import type { Hostile, HostileCall } from './attacks.ts';
import type { TrafficCall } from './traffic.ts';

export interface HostileSetting {
  readonly userId: string;
  readonly url: string;
  readonly crmUrl: string;
  readonly jwtSecret: string;
  readonly quick: boolean;
  /** Aborted when the attack is to end. */
  ending(): AbortSignal;
  /** Hears of each call once it is over. */
  note(call: TrafficCall): void;
}

const TOKEN_MS = 3_600_000;
const CRM = '/api/integrations/crm/mri_vault';

/** A tenant that calls as fast as it is answered. */
export async function createHostile(setting: HostileSetting): Promise<Hostile> {
  const { userId, url, crmUrl, quick, ending, note } = setting;
  const own = await tokenOf(setting, userId, []);
  const publisher = await tokenOf(setting, 'zena-of-the-hostile', ['changes:write']);

  const send = async (
    method: string,
    path: string,
    { body, headers, token = own }: HostileCall,
    signal: AbortSignal,
  ): Promise<number> => {
    const text = body === undefined ? null : JSON.stringify(body);
    let [status, bytes] = ['error', 0];
    try {
      const response = await fetch(new URL(path, url), {
        method,
        signal,
        headers: {
          ...(token === null ? {} : { authorization: `Bearer ${token}` }),
          ...(text === null ? {} : { 'content-type': 'application/json' }),
          ...headers,
        },
        body: text,
      });
      status = String(response.status);
      const throwAway = new WritableStream<Uint8Array>({
        write(chunk) {
          bytes += chunk.byteLength;
        },
      });
      // Read and thrown away, as it comes; the end of an attack, or of a stretch of a stream, may cut it off.
      await response.body?.pipeTo(throwAway, { signal }).catch(() => undefined);
    } catch {
      if (signal.aborted) return 0;
    }
    note({ method, path, status, sent: text?.length ?? 0, bytes });
    return status === 'error' ? 0 : Number(status);
  };
  const call = (method: string, path: string, options: HostileCall = {}): Promise<number> =>
    send(method, path, options, ending());
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
    stream: (path, ms) =>
      send(
        'GET',
        path,
        { headers: { accept: 'text/event-stream' } },
        AbortSignal.any([AbortSignal.timeout(ms), ending()]),
      ),
  };
}

function tokenOf({ jwtSecret }: HostileSetting, userId: string, scopes: 'changes:write'[]): Promise<string> {
  const identity = { userId, scopes, ttlMs: TOKEN_MS, issuer: null, audience: null };
  return makeToken({ secret: secret(jwtSecret), ...identity }, systemClock);
}
