import { Buffer } from 'node:buffer';
import { createSecretKey, type KeyObject } from 'node:crypto';
import { createRemoteJWKSet, customFetch, type JWTVerifyGetKey } from 'jose';
import type { AuthConfig } from '../config/config.ts';
import type { Clock } from '../runtime/clock.ts';
import { readCapped } from '../runtime/read-capped.ts';

/** Where the key for a token comes from, and the only algorithms that it may be used with. */
export type VerificationKey =
  | { readonly kind: 'secret'; readonly algorithms: string[]; readonly key: KeyObject }
  | { readonly kind: 'remote'; readonly algorithms: string[]; readonly key: JWTVerifyGetKey };

/** The issuer's keys could not be had: this says nothing about the token. */
export class KeysUnavailable extends Error {
  override readonly name = 'KeysUnavailable';
  readonly code = 'KEYS_UNAVAILABLE';
}

const TIMEOUT_MS = 5_000;
const CACHED_MS = 600_000;
/** Between two fetches on account of a key id that is not in the set. */
const COOLDOWN_MS = 30_000;
/** After a fetch that failed. */
const FAILURE_COOLDOWN_MS = 5_000;

/**
 * One family of algorithms for each kind of key, so that a public key is never taken for a shared secret.
 * Keys are fetched from the configured address alone, whatever a token's header says.
 */
export function createVerificationKey(auth: AuthConfig, clock: Clock): VerificationKey {
  if (auth.kind === 'hmac') {
    const key = createSecretKey(Buffer.from(auth.secret.reveal(), 'utf8'));
    return { kind: 'secret', algorithms: ['HS256'], key };
  }
  const key = createRemoteJWKSet(new URL(auth.url), {
    timeoutDuration: TIMEOUT_MS,
    cacheMaxAge: CACHED_MS,
    cooldownDuration: COOLDOWN_MS,
    [customFetch]: createGuardedFetch(clock),
  });
  return { kind: 'remote', algorithms: ['RS256', 'ES256'], key };
}

/** Some hundred keys. */
const MOST_KEY_SET_BYTES = 1_048_576;

/** Null where it is no JSON. */
async function keySetOf(response: Response): Promise<unknown> {
  if (response.body === null) return null;
  const text = await readCapped(response.body, MOST_KEY_SET_BYTES);
  try {
    return JSON.parse(text);
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
}

/** A fetch that leaves an issuer in trouble alone for a while, however many tokens arrive meanwhile. */
function createGuardedFetch(clock: Clock) {
  let failedAt: number | null = null;
  const fetchKeySet = async (url: string, options: RequestInit): Promise<Response> => {
    const response = await fetch(url, options);
    if (response.status !== 200) {
      await response.body?.cancel();
      throw new KeysUnavailable(`The issuer answered ${response.status}`);
    }
    const keySet = await keySetOf(response);
    if (typeof keySet !== 'object' || keySet === null || !('keys' in keySet) || !Array.isArray(keySet.keys)) {
      throw new KeysUnavailable('The issuer answered no key set');
    }
    return Response.json(keySet);
  };
  return async (url: string, options: RequestInit): Promise<Response> => {
    if (failedAt !== null && clock.monotonic() - failedAt < FAILURE_COOLDOWN_MS) {
      throw new KeysUnavailable('The issuer could not give its keys a moment ago');
    }
    try {
      const response = await fetchKeySet(url, options);
      failedAt = null;
      return response;
    } catch (error) {
      failedAt = clock.monotonic();
      throw error instanceof KeysUnavailable
        ? error
        : new KeysUnavailable('The issuer could not be reached', { cause: error });
    }
  };
}
