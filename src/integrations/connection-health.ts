import { type Connection, type ConnectionHealth, PROVIDER_UNAVAILABLE } from '../domain/connection.ts';

/** The health of a connection that nothing is known against, from `now` (epoch ms) on. */
export function healthy(now: number): ConnectionHealth {
  return { state: 'healthy', since: now, reason: null, whoCanFix: 'nobody_needed' };
}

export function pausedHealth(now: number): ConnectionHealth {
  return { state: 'paused', since: now, reason: 'PAUSED', whoCanFix: 'user' };
}

export function needsReauthHealth(now: number): ConnectionHealth {
  return { state: 'needs_reauth', since: now, reason: 'CREDENTIALS_REFUSED', whoCanFix: 'user' };
}

/** Of a connection that nothing can be sent through before the operator has given what its connector lacks. It has no time of its own. */
export function unavailableHealth({ since }: Pick<ConnectionHealth, 'since'>): ConnectionHealth {
  return { state: 'unreachable', since, reason: PROVIDER_UNAVAILABLE, whoCanFix: 'operator' };
}

/** So long before credentials end people are told. */
const TOLD_BEFORE_MS = 30 * 86_400_000;

/** Of a connection that works, and whose credentials will end by themselves before long: somebody has to make new ones in time. */
export function healthBeforeTheEnd(
  { health, credentialsUntil }: Pick<Connection, 'health' | 'credentialsUntil'>,
  now: number,
): ConnectionHealth {
  if (credentialsUntil === undefined || health.state !== 'healthy') return health;
  const since = credentialsUntil - TOLD_BEFORE_MS;
  return now < since ? health : { state: 'healthy', since, reason: 'CREDENTIALS_EXPIRE', whoCanFix: 'user' };
}
