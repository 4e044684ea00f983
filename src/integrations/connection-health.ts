import type { ConnectionHealth } from '../domain/connection.ts';

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
