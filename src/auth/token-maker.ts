import { Buffer } from 'node:buffer';
import { SignJWT } from 'jose';
import type { Secret } from '../config/secret.ts';
import type { Clock } from '../runtime/clock.ts';

export interface TokenRequest {
  readonly secret: Secret;
  readonly userId: string;
  /** Scopes as the token names them; `ops` is both halves. */
  readonly scopes: readonly string[];
  readonly ttlMs: number;
  readonly issuer: string | null;
  readonly audience: string | null;
}

/** Makes an HS256 access token such as the verifier accepts, for the command line and the demo. */
export function makeToken(request: TokenRequest, clock: Clock): Promise<string> {
  const issuedAt = Math.floor(clock.now() / 1_000);
  const token = new SignJWT({ scope: request.scopes.join(' ') })
    .setProtectedHeader({ alg: 'HS256', typ: 'JWT' })
    .setSubject(request.userId)
    .setIssuedAt(issuedAt)
    .setExpirationTime(issuedAt + Math.ceil(request.ttlMs / 1_000));
  if (request.issuer !== null) token.setIssuer(request.issuer);
  if (request.audience !== null) token.setAudience(request.audience);
  return token.sign(Buffer.from(request.secret.reveal(), 'utf8'));
}
