import type { CrmConnector } from '../connectors/connector.port.ts';
import { budgetIdOf, type Connection, scopeOf } from '../domain/connection.ts';
import { callsOfDay, utcDay, type DayOfCalls } from '../domain/deciding/day-of-calls.ts';
import type { LinkCounts } from '../state-store/link-store.port.ts';
import { type ConnectedIntegration, withDefinition } from './connection-access.ts';
import { healthBeforeTheEnd, unavailableHealth } from './connection-health.ts';
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
  /** Null: the CRM counts no calls of a day. */
  readonly today: DayOfCalls | null;
}

type Access = Pick<IntegrationPorts, 'store' | 'catalogue' | 'clock'>;

export async function summarise(
  { store, clock }: Pick<Access, 'store' | 'clock'>,
  { connection: { sealed: _, ...stored }, definition, unavailable }: ConnectedIntegration,
): Promise<IntegrationSummary> {
  const now = clock.now();
  const health = unavailable === null ? healthBeforeTheEnd(stored, now) : unavailableHealth(stored.health);
  const connection = { ...stored, health };
  const counts = await store.links.counts(scopeOf(connection), now);
  const lagMs = counts.dirtySince === null ? 0 : Math.max(0, now - counts.dirtySince);
  const today = await dayOfCalls(store, connection, definition, now);
  return { connection, definition, unavailable, counts, lagSeconds: lagMs / 1_000, today };
}

async function dayOfCalls(
  { budgets }: Pick<IntegrationPorts['store'], 'budgets'>,
  { budgetKey }: Pick<Connection, 'budgetKey'>,
  definition: Pick<CrmConnector, 'limits'> | null,
  now: number,
): Promise<DayOfCalls | null> {
  const { requestsPerDay = null, keptForLive = 0 } = definition?.limits ?? {};
  if (requestsPerDay === null) return null;
  const used = await budgets.usedOn(budgetIdOf(budgetKey), utcDay(now));
  return callsOfDay({ requestsPerDay, keptForLive, used, now });
}

/** The caller's connections that stand, also those that nothing can be sent through now. */
export async function listIntegrations(ports: Access, userId: string): Promise<IntegrationSummary[]> {
  const connections = await ports.store.connections.listByOwner(userId);
  const connected = connections
    .filter(({ status }) => status !== 'disconnected')
    .map((connection) => withDefinition(ports.catalogue, connection));
  return Promise.all(connected.map((one) => summarise(ports, one)));
}
