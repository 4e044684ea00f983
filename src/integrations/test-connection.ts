import { type Connection, scopeOf } from '../domain/connection.ts';
import { changeConnection, findSpeaking, type ConnectionDecision } from './connection-access.ts';
import { healthy, needsReauthHealth } from './connection-health.ts';
import type { IntegrationPorts } from './integration.port.ts';
import { failed, type Outcome, success } from './integration-failure.ts';
import { verifyCredentials } from './verify-credentials.ts';

type TestPorts = Pick<
  IntegrationPorts,
  'store' | 'catalogue' | 'clock' | 'reconciler' | 'vault' | 'credentialCheck'
>;

export interface ConnectionTested {
  /** Epoch ms. */
  readonly checkedAt: number;
  readonly durationMs: number;
}

/**
 * Asks the CRM whether it still accepts the stored credentials, and keeps what it says: a refusal stops the connection as
 * one during a delivery would, and an acceptance starts one that had stopped for that.
 */
export async function testConnection(
  ports: TestPorts,
  userId: string,
  provider: string,
): Promise<Outcome<ConnectionTested>> {
  const found = await findSpeaking(ports, userId, provider);
  if (!found.ok) return found;
  const { connection } = found.value;
  const { connectionId } = connection;
  const opened = await ports.vault.open({ userId, provider, connectionId }, connection.sealed);
  if (!opened.ok) {
    return failed({
      code: opened.code === 'KEYS_UNAVAILABLE' ? 'KEYS_UNAVAILABLE' : 'CREDENTIALS_UNREADABLE',
    });
  }
  const begun = ports.clock.monotonic();
  const verified = await verifyCredentials(ports.credentialCheck, connection, {
    credentials: opened.credentials,
    stored: connection,
  });
  const durationMs = ports.clock.monotonic() - begun;
  if (verified.ok) await keepAccepted(ports, connection);
  else if (verified.failure.code === 'CREDENTIALS_REFUSED') await keepRefused(ports, connection);
  return verified.ok ? success({ checkedAt: ports.clock.now(), durationMs }) : verified;
}

async function keepAccepted(ports: TestPorts, tested: Connection): Promise<void> {
  if (tested.status === 'active') ports.reconciler.askNow(tested.connectionId);
  if (tested.status !== 'needs_reauth') return;
  const kept = await change(ports, tested, (connection) => ({
    kind: 'write',
    connection: {
      ...connection,
      status: 'active',
      health: healthy(ports.clock.now()),
      epoch: connection.epoch + 1,
    },
  }));
  if (kept.ok) ports.reconciler.nudge(scopeOf(kept.value.connection));
}

async function keepRefused(ports: TestPorts, tested: Connection): Promise<void> {
  if (tested.status !== 'active') return;
  await change(ports, tested, (connection) => ({
    kind: 'write',
    connection: { ...connection, status: 'needs_reauth', health: needsReauthHealth(ports.clock.now()) },
  }));
}

/** What was tested holds only while nobody has connected, paused or disconnected since. */
function change(
  ports: TestPorts,
  tested: Connection,
  decide: (connection: Connection) => ConnectionDecision,
) {
  return changeConnection(ports, tested.owner.id, tested.provider, (connection) =>
    connection.epoch === tested.epoch && connection.status === tested.status
      ? decide(connection)
      : { kind: 'keep' },
  );
}
