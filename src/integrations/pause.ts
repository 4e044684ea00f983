import { scopeOf } from '../domain/connection.ts';
import { changeConnection, type ChangedIntegration } from './connection-access.ts';
import { healthy, pausedHealth } from './connection-health.ts';
import type { IntegrationPorts } from './integration.port.ts';
import type { IntegrationFailure, Outcome } from './integration-failure.ts';

type PausePorts = Pick<IntegrationPorts, 'store' | 'catalogue' | 'clock' | 'reconciler'>;

const NEEDS_REAUTH: IntegrationFailure = { code: 'CONFLICT', reason: 'needs_reauth' };

/** Holds a connection: nothing is sent until it is resumed, and nothing is lost. Pausing twice is pausing once. */
export function pause(
  ports: PausePorts,
  userId: string,
  provider: string,
): Promise<Outcome<ChangedIntegration>> {
  return changeConnection(ports, userId, provider, (connection) => {
    if (connection.status === 'needs_reauth') return { kind: 'refuse', failure: NEEDS_REAUTH };
    if (connection.status === 'paused') return { kind: 'keep' };
    const health = pausedHealth(ports.clock.now());
    const epoch = connection.epoch + 1;
    return { kind: 'write', connection: { ...connection, status: 'paused', health, epoch } };
  });
}

/** Goes on with what waited meanwhile. A connection whose credentials were refused is mended by connecting, not by this. */
export async function resume(
  ports: PausePorts,
  userId: string,
  provider: string,
): Promise<Outcome<ChangedIntegration>> {
  const resumed = await changeConnection(ports, userId, provider, (connection) => {
    if (connection.status === 'needs_reauth') return { kind: 'refuse', failure: NEEDS_REAUTH };
    if (connection.status !== 'paused') return { kind: 'keep' };
    const health = healthy(ports.clock.now());
    const epoch = connection.epoch + 1;
    return { kind: 'write', connection: { ...connection, status: 'active', health, epoch } };
  });
  if (resumed.ok) ports.reconciler.nudge(scopeOf(resumed.value.connection));
  return resumed;
}
