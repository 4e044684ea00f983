import type { CrmConnector } from '../connectors/connector.port.ts';
import { type Connection, scopeOf } from '../domain/connection.ts';
import type { LinkCounts } from '../state-store/link-store.port.ts';
import { type ConnectedIntegration, withDefinition } from './connection-access.ts';
import { unavailableHealth } from './connection-health.ts';
import type { IntegrationPorts } from './integration.port.ts';

/** A connection as its owner may see it. Sealed credentials are not part of it. */
export interface IntegrationSummary {
  readonly connection: Omit<Connection, 'sealed'>;
  /** Null: none of this program's any more. */
  readonly definition: CrmConnector | null;
  /** As of a connected integration. */
  readonly unavailable: string | null;
  readonly counts: LinkCounts;
  /** How long the oldest change has waited for delivery, seconds; 0 when none does. */
  readonly lagSeconds: number;
}

type Access = Pick<IntegrationPorts, 'store' | 'catalogue' | 'clock'>;

export async function summarise(
  { store, clock }: Pick<Access, 'store' | 'clock'>,
  { connection: { sealed: _, ...stored }, definition, unavailable }: ConnectedIntegration,
): Promise<IntegrationSummary> {
  const now = clock.now();
  const connection = unavailable === null ? stored : { ...stored, health: unavailableHealth(stored.health) };
  const counts = await store.links.counts(scopeOf(connection), now);
  const lagMs = counts.dirtySince === null ? 0 : Math.max(0, now - counts.dirtySince);
  return { connection, definition, unavailable, counts, lagSeconds: lagMs / 1_000 };
}

/** The caller's connections that stand, also those that nothing can be sent through now. */
export async function listIntegrations(ports: Access, userId: string): Promise<IntegrationSummary[]> {
  const connections = await ports.store.connections.listByOwner(userId);
  const connected = connections
    .filter(({ status }) => status !== 'disconnected')
    .map((connection) => withDefinition(ports.catalogue, connection));
  return Promise.all(connected.map((one) => summarise(ports, one)));
}
