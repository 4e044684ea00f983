import { type ConnectionHealth, PROVIDER_UNAVAILABLE } from '../domain/connection.ts';

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
