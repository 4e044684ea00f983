import type { CrmConnector } from '../connectors/connector.port.ts';
import { type Connection, type Scope, scopeOf, type ConnectorRef, isNamed } from '../domain/connection.ts';
import type { IntegrationPorts, ProviderCatalogue } from './integration.port.ts';
import { unavailableHealth } from './connection-health.ts';
import { failed, type IntegrationFailure, NOT_FOUND, type Outcome, success } from './integration-failure.ts';

/** A connection that stands, and the connector that speaks for it. */
export interface ConnectedIntegration {
  readonly connection: Connection;
  /** Null: none of this program's any more. */
  readonly definition: CrmConnector | null;
  /** Why nothing can be sent, though the connection stands: what the operator has to give; null: nothing is missing. */
  readonly unavailable: string | null;
}

/** A connection after a change that somebody asked for. */
export interface ChangedIntegration extends ConnectedIntegration {
  /** What it was right before, also where nothing changed. */
  readonly before: Connection;
}

type Access = Pick<IntegrationPorts, 'store' | 'catalogue'>;

/** The connector that can speak for a connection; null: none can. */
export function findDefinition({ available }: ProviderCatalogue, of: ConnectorRef): CrmConnector | null {
  return available.find((connector) => isNamed(connector, of)) ?? null;
}

/** How a connector is named. */
export function refOf({ id, dialect }: CrmConnector): ConnectorRef {
  return { provider: id, ...(dialect !== undefined && { dialect }) };
}

const VANISHED = 'This service has no connector for it any more.';

/** A connection with what speaks for it, as far as there is something. */
export function withDefinition(catalogue: ProviderCatalogue, connection: Connection): ConnectedIntegration {
  const definition = findDefinition(catalogue, connection);
  if (definition !== null) return { connection, definition, unavailable: null };
  const lacking = catalogue.unavailable?.find(({ connector }) => isNamed(connector, connection));
  return {
    connection,
    definition: lacking?.connector ?? null,
    unavailable: lacking?.reason ?? VANISHED,
  };
}

/** A connection's health as people are told of it: what nothing can be sent through waits for the operator, whatever is stored. */
export function shownHealth(catalogue: ProviderCatalogue, connection: Connection): Connection['health'] {
  const { unavailable } = withDefinition(catalogue, connection);
  return unavailable === null ? connection.health : unavailableHealth(connection.health);
}

export function unavailableFailure(detail: string): IntegrationFailure {
  return { code: 'CONFLICT', reason: 'provider_unavailable', detail };
}

/** The caller's connection to a provider; `NOT_FOUND` also once it is disconnected. */
export async function findIntegration(
  { store, catalogue }: Access,
  userId: string,
  provider: string,
): Promise<Outcome<ConnectedIntegration>> {
  const connection = await store.connections.findByOwner(userId, provider);
  if (connection === null || connection.status === 'disconnected') return NOT_FOUND;
  return success(withDefinition(catalogue, connection));
}

/** The same where the CRM is to be asked for something; refused where nothing can be sent. */
export async function findSpeaking(
  access: Access,
  userId: string,
  provider: string,
): Promise<Outcome<ConnectedIntegration & { readonly definition: CrmConnector }>> {
  const found = await findIntegration(access, userId, provider);
  if (!found.ok) return found;
  const { definition, unavailable } = found.value;
  if (definition === null || unavailable !== null) return failed(unavailableFailure(unavailable ?? VANISHED));
  return success({ ...found.value, definition });
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
    const { connection: current } = found.value;
    const decision = decide(current);
    if (decision.kind === 'refuse') return failed(decision.failure);
    if (decision.kind === 'keep') return success({ ...found.value, before: current });
    const connection = { ...decision.connection, revision: current.revision + 1 };
    if (await ports.store.connections.replace(connection, current.revision)) {
      ports.reconciler.connectionChanged(connection.connectionId);
      return success({ ...found.value, connection, before: current });
    }
  }
  return failed({ code: 'CONFLICT', reason: 'concurrent_change' });
}

/** The scope of the account that a connection names; null where it names none (any more). */
export function accountScope(connection: Connection): Scope | null {
  return connection.accountKey === '' ? null : scopeOf(connection);
}

/**
 * Ends the open run of an account that is not served any more and drops its waiting work. The run goes first: while it walks,
 * it makes new work. The links stay, without what the CRM said of them: its words may hold anything, what was secret among it.
 */
export async function restScope(
  { store, runs }: Pick<IntegrationPorts, 'store' | 'runs'>,
  connectionId: string,
  scope: Scope,
): Promise<void> {
  const open = await store.runs.findOpen(connectionId);
  if (open?.scope === scope) await runs.cancel(open.runId);
  await store.links.dropWork(scope);
  await store.links.dropWords(scope);
}
