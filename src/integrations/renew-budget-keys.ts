import type { CrmConnector } from '../connectors/connector.port.ts';
import { budgetIdOf, type Connection } from '../domain/connection.ts';
import { findDefinition, MOST_TRIES } from './connection-access.ts';
import type { IntegrationPorts } from './integration.port.ts';

type RenewPorts = Pick<IntegrationPorts, 'store' | 'catalogue' | 'vault' | 'fingerprints' | 'reconciler'>;

/** Connections read by one request. */
const PAGE = 500;

/** What a budget key becomes whose credentials don't open here: as good as another one, until they do. */
const UNREADABLE = 'unreadable ';

/**
 * Brings the budget keys of all connections to the form of this program: earlier ones held a bare hash of the API key, and disconnected
 * connections kept theirs. Connections of one key follow each other at once, so that they have two budgets for no longer than that takes;
 * each write raises the epoch, so that nobody sends under the former budget after it. Nothing is kept of budgets that nobody has any more.
 */
export async function renewBudgetKeys(ports: RenewPorts): Promise<void> {
  const { connections, budgets } = ports.store;
  const left = new Set(await connections.dropRestedBudgets());
  for (const [budgetKey, ids] of await outdated(ports)) {
    for (const connectionId of ids) if (await renew(ports, connectionId)) left.add(budgetKey);
  }
  for (const budgetKey of left) {
    if (!(await connections.usesBudget(budgetKey))) await budgets.forget(budgetIdOf(budgetKey));
  }
  if (left.size > 0) await ports.store.shred('credentials');
}

/** The ids of connections to renew, by their budget key. */
async function outdated(ports: RenewPorts): Promise<Map<string, string[]>> {
  const found = new Map<string, string[]>();
  let after: string | null = null;
  for (;;) {
    const page: Connection[] = await ports.store.connections.pageConnected(after, PAGE);
    for (const connection of page) {
      if (!isOutdated(ports, connection)) continue;
      const { budgetKey, connectionId } = connection;
      found.set(budgetKey, [...(found.get(budgetKey) ?? []), connectionId]);
    }
    if (page.length < PAGE) return found;
    after = page.at(-1)?.connectionId ?? null;
  }
}

function isOutdated({ catalogue, fingerprints }: RenewPorts, connection: Connection): boolean {
  const { budgetKey } = connection;
  const { account } = findDefinition(catalogue, connection) ?? {};
  if (account === undefined) return false;
  return (
    account.isFormerBudgetKey?.(budgetKey, fingerprints.of) === true ||
    fingerprints.isOfAnotherKey(budgetKey) ||
    budgetKey.startsWith(UNREADABLE)
  );
}

async function renew(ports: RenewPorts, connectionId: string): Promise<boolean> {
  const { connections } = ports.store;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const connection = await connections.read(connectionId);
    if (connection === null || connection.status === 'disconnected' || !isOutdated(ports, connection))
      return false;
    const budgetKey = await renewedKey(ports, connection);
    if (budgetKey === null || budgetKey === connection.budgetKey) return false;
    await passState(ports, connection.budgetKey, budgetKey);
    const { epoch, revision } = connection;
    const renewed = { ...connection, budgetKey, epoch: epoch + 1, revision: revision + 1 };
    if (!(await connections.replace(renewed, revision))) continue;
    ports.reconciler.connectionChanged(connectionId);
    return true;
  }
  return false;
}

/** Null: not now. */
async function renewedKey(
  { catalogue, vault, fingerprints }: RenewPorts,
  connection: Connection,
): Promise<string | null> {
  const { provider, owner, connectionId, sealed, budgetKey } = connection;
  const { account }: Partial<CrmConnector> = findDefinition(catalogue, connection) ?? {};
  if (account === undefined) return null;
  const opened = await vault.open({ userId: owner.id, provider, connectionId }, sealed);
  if (opened.ok) return account.budgetKey(opened.credentials, fingerprints.of);
  if (opened.code === 'KEYS_UNAVAILABLE') return null;
  return budgetKey.startsWith(UNREADABLE) ? budgetKey : `${UNREADABLE}${fingerprints.of(budgetKey)}`;
}

/** What the CRM asked for holds under the other name, too. */
async function passState({ store: { budgets } }: RenewPorts, from: string, to: string): Promise<void> {
  const known = await budgets.read(budgetIdOf(from));
  if (known === null || (await budgets.read(budgetIdOf(to))) !== null) return;
  await budgets.note(budgetIdOf(to), known);
}
