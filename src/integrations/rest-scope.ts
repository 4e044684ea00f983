import { type Connection, type Scope, scopeOf } from '../domain/connection.ts';
import type { IntegrationPorts } from './integration.port.ts';

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
