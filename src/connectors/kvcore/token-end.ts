import { isObject } from './wire.ts';
import type { Json } from '../../domain/json.ts';

const CLAIMS = /^[\w-]+\.([\w-]+)\.[\w-]*$/;
/** Beyond this nothing is a time of a token: year 9999. */
const LATEST_MS = 253_402_300_799_000;

/**
 * Until when a token says that it is good, epoch ms; null: it doesn't. Read without proof of who made it: it is kvCORE that takes the token,
 * and this only tells people when it will not any more. Pure.
 */
export function endOfToken(token: string): number | null {
  const [, claims] = CLAIMS.exec(token) ?? [];
  if (claims === undefined) return null;
  let read: Json;
  try {
    read = JSON.parse(Buffer.from(claims, 'base64url').toString('utf8')) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return null;
    throw error;
  }
  const exp = isObject(read) ? read['exp'] : undefined;
  if (typeof exp !== 'number' || !Number.isFinite(exp) || exp <= 0) return null;
  const millis = Math.floor(exp) * 1_000;
  return millis <= LATEST_MS ? millis : null;
}
