import { makeToken, type TokenRequest } from '../auth/token-maker.ts';
import type { AuthConfig } from '../config/config.ts';
import type { Clock } from '../runtime/clock.ts';

/** Signs an access token that a service with the same configuration accepts. */
export function signToken(
  { secret, issuer, audience }: Extract<AuthConfig, { readonly kind: 'hmac' }>,
  request: Pick<TokenRequest, 'userId' | 'scopes' | 'ttlMs'>,
  clock: Clock,
): Promise<string> {
  return makeToken({ ...request, secret, issuer, audience }, clock);
}
