import type { CrmConnector } from '../connectors/connector.port.ts';
import type { Connection } from '../domain/connection.ts';
import type { IntegrationPorts, ProviderCatalogue } from './integration.port.ts';
import { failed, type IntegrationFailure, NOT_FOUND, type Outcome, success } from './integration-failure.ts';

/** A connection that stands, and the connector that speaks for it. */
export interface ConnectedIntegration {
  readonly connection: Connection;
  readonly definition: CrmConnector;
}

/** A connection after a change that somebody asked for. */
export interface ChangedIntegration extends ConnectedIntegration {
  /** What it was right before, also where nothing changed. */
  readonly before: Connection;
}

type Access = Pick<IntegrationPorts, 'store' | 'catalogue'>;

export function findDefinition(catalogue: ProviderCatalogue, provider: string): CrmConnector | null {
  return catalogue.available.find(({ id }) => id === provider) ?? null;
}

/** The caller's connection to a provider; `NOT_FOUND` also once it is disconnected. */
export async function findIntegration(
  { store, catalogue }: Access,
  userId: string,
  provider: string,
): Promise<Outcome<ConnectedIntegration>> {
  const definition = findDefinition(catalogue, provider);
  if (definition === null) return NOT_FOUND;
  const connection = await store.connections.findByOwner(userId, provider);
  if (connection === null || connection.status === 'disconnected') return NOT_FOUND;
  return success({ connection, definition });
}

/** What is to become of a connection, decided on its newest state. */
export type ConnectionDecision =
  /** Written with the next revision. */
  | { readonly kind: 'write'; readonly connection: Connection }
  | { readonly kind: 'keep' }
  | { readonly kind: 'refuse'; readonly failure: IntegrationFailure };

/** How often a change is decided anew because another writer was first. */
export const MOST_TRIES = 8;

/**
 * Changes the caller's connection by compare-and-set; `decide` runs again on the newer state whenever somebody else wrote
 * meanwhile. Tells the reconcile loop once it is written.
 */
export async function changeConnection(
  ports: Access & Pick<IntegrationPorts, 'reconciler'>,
  userId: string,
  provider: string,
  decide: (connection: Connection) => ConnectionDecision,
): Promise<Outcome<ChangedIntegration>> {
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const found = await findIntegration(ports, userId, provider);
    if (!found.ok) return found;
    const { connection: current, definition } = found.value;
    const decision = decide(current);
    if (decision.kind === 'refuse') return failed(decision.failure);
    if (decision.kind === 'keep') return success({ ...found.value, before: current });
    const connection = { ...decision.connection, revision: current.revision + 1 };
    if (await ports.store.connections.replace(connection, current.revision)) {
      ports.reconciler.connectionChanged(connection.connectionId);
      return success({ connection, definition, before: current });
    }
  }
  return failed({ code: 'CONFLICT', reason: 'concurrent_change' });
}
