import type { StartConfig } from '../config/config.ts';
import { availableConnectors } from '../connectors/registry.ts';
import type { CredentialVault } from '../credentials/credential-vault.ts';
import { createAxiosTransport } from '../delivery/axios-transport.ts';
import { createRateLimiters } from '../delivery/rate-limiters.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { Random } from '../runtime/random.ts';
import type { Observer } from './observe.ts';
import { openCrmSessions, type OpenCrmSessions } from './open-crm-sessions.ts';

/** The way out: guarded transport, limiters and breakers, released in the reverse order. */
export function startCrmSessions(
  parts: {
    readonly clock: Clock;
    readonly random: Random;
    readonly vault: Pick<CredentialVault, 'open'>;
    readonly observer: Observer;
  },
  config: Pick<StartConfig, 'allowedInstanceHosts'>,
  lifecycle: Lifecycle,
): OpenCrmSessions {
  const { clock, random, vault, observer } = parts;
  const transport = createAxiosTransport({ allowed: config.allowedInstanceHosts });
  lifecycle.own('transport', () => {
    transport.close();
  });
  const limiters = createRateLimiters({ clock, random });
  lifecycle.own('limiters', () => {
    limiters.close();
  });
  const sessions = openCrmSessions({
    ...{ connectors: availableConnectors, transport, limiters, vault, clock },
    onCall: observer.onCall,
  });
  lifecycle.own('breakers', () => {
    sessions.close();
  });
  return sessions;
}
