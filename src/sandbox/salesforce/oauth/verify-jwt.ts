import { createPublicKey, verify } from 'node:crypto';
import type { Json } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';

export interface JwtClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  /** Seconds. */
  readonly exp: number;
}

/** An assertion's claims, unverified; null: it is no JWT with RS256. */
export function claimsOf(assertion: string): JwtClaims | null {
  const [head = '', body = '', ...rest] = assertion.split('.');
  const [header, claims] = [decoded(head), decoded(body)];
  if (rest.length !== 1 || !isJsonObject(header) || !isJsonObject(claims)) return null;
  const { iss, sub, prn, aud, exp } = claims;
  const subject = sub ?? prn;
  if (header['alg'] !== 'RS256' || typeof iss !== 'string' || typeof subject !== 'string') return null;
  // A number, also as text (simple-salesforce).
  if (exp === undefined || !Number.isFinite(Number(exp))) return null;
  const audiences: readonly Json[] = Array.isArray(aud) ? (aud as readonly Json[]) : [aud ?? ''];
  return { iss, sub: subject, aud: audiences.map(String), exp: Number(exp) };
}

/** Whether the key's owner signed it. */
export function isSignedBy(assertion: string, publicKey: string): boolean {
  const end = assertion.lastIndexOf('.');
  const signature = Buffer.from(assertion.slice(end + 1), 'base64url');
  return verify('RSA-SHA256', Buffer.from(assertion.slice(0, end)), createPublicKey(publicKey), signature);
}

function decoded(part: string): Json | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}
