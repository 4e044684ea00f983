import { errors, jwtVerify, type JWTPayload, type JWTVerifyOptions, type JWTVerifyResult } from 'jose';
import type { AuthConfig } from '../config/config.ts';
import type { Clock } from '../runtime/clock.ts';
import { isUserId, type Principal, readScopes } from './principal.ts';
import { createVerificationKey, KeysUnavailable, type VerificationKey } from './verification-key.ts';

/** Why a token was refused, for the log: whoever sent it learns nothing of it. */
export type TokenFault =
  | 'malformed'
  | 'too_long'
  | 'algorithm'
  | 'type'
  | 'signature'
  | 'unknown_key'
  | 'expired'
  | 'not_yet_valid'
  | 'issuer'
  | 'audience'
  | 'claims'
  | 'user_id'
  /** The issuer's keys can't be had: nothing is known about the token, and it may be valid. */
  | 'keys_unavailable';

export type VerifiedToken =
  { readonly ok: true; readonly principal: Principal } | { readonly ok: false; readonly reason: TokenFault };

export interface TokenVerifier {
  /** Verifies an access token (without `Bearer`); never throws on account of one. */
  verify(token: string): Promise<VerifiedToken>;
}

const LONGEST_TOKEN = 8 * 1_024;
const TOLERANCE_SECONDS = 30;
const LATEST_TIME_MS = 8.64e15;
const TYPES = new Set(['jwt', 'at+jwt', 'application/at+jwt']);

/** Makes the verifier of HS256 tokens by a secret, or of RS256 and ES256 tokens by the issuer's public keys. */
export function createTokenVerifier(auth: AuthConfig, clock: Clock): TokenVerifier {
  const verification = createVerificationKey(auth, clock);
  return {
    async verify(token) {
      if (token.length > LONGEST_TOKEN) return { ok: false, reason: 'too_long' };
      try {
        const options = verifyOptions(auth, verification.algorithms, clock);
        const { payload, protectedHeader } = await verifyWith(verification, token, options);
        const { typ } = protectedHeader;
        if (typ !== undefined && !isTokenType(typ)) return { ok: false, reason: 'type' };
        return principalOf(payload);
      } catch (error) {
        return { ok: false, reason: faultOf(error) };
      }
    },
  };
}

function isTokenType(typ: unknown): boolean {
  return typeof typ === 'string' && TYPES.has(typ.toLowerCase());
}

function verifyOptions(auth: AuthConfig, algorithms: string[], clock: Clock): JWTVerifyOptions {
  return {
    algorithms,
    requiredClaims: ['exp', 'sub'],
    clockTolerance: TOLERANCE_SECONDS,
    currentDate: new Date(clock.now()),
    ...(auth.issuer === null ? {} : { issuer: auth.issuer }),
    ...(auth.audience === null ? {} : { audience: auth.audience }),
  };
}

function verifyWith(
  verification: VerificationKey,
  token: string,
  options: JWTVerifyOptions,
): Promise<JWTVerifyResult> {
  return verification.kind === 'secret'
    ? jwtVerify(token, verification.key, options)
    : jwtVerify(token, verification.key, options);
}

function principalOf(payload: JWTPayload): VerifiedToken {
  if (!isUserId(payload.sub)) return { ok: false, reason: 'user_id' };
  const scopes = readScopes(payload['scope'], payload['scp']);
  const expiresAt = Math.min((payload.exp ?? 0) * 1_000, LATEST_TIME_MS);
  return { ok: true, principal: { userId: payload.sub, scopes, expiresAt } };
}

function faultOf(error: unknown): TokenFault {
  if (error instanceof errors.JWTExpired) return 'expired';
  if (error instanceof errors.JWTClaimValidationFailed) return claimFault(error);
  if (error instanceof errors.JOSEAlgNotAllowed) return 'algorithm';
  if (error instanceof errors.JWSSignatureVerificationFailed) return 'signature';
  if (error instanceof errors.JWKSNoMatchingKey || error instanceof errors.JWKSMultipleMatchingKeys) {
    return 'unknown_key';
  }
  if (error instanceof KeysUnavailable || error instanceof errors.JWKSInvalid) return 'keys_unavailable';
  if (error instanceof errors.JOSEError || error instanceof TypeError || error instanceof SyntaxError)
    return 'malformed';
  throw error;
}

function claimFault({ claim, reason }: errors.JWTClaimValidationFailed): TokenFault {
  if (claim === 'iss') return 'issuer';
  if (claim === 'aud') return 'audience';
  if (claim === 'nbf' && reason === 'check_failed') return 'not_yet_valid';
  return 'claims';
}
