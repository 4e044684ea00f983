import { budgetIdOf, type Connection, disconnected, shareIdOf } from '../domain/connection.ts';
import type { Destruction } from '../state-store/state-store.port.ts';
import {
  accountScope,
  restScope,
  changeConnection,
  type ChangedIntegration,
  findDefinition,
} from './connection-access.ts';
import type { IntegrationPorts } from './integration.port.ts';
import { NOT_FOUND, type Outcome, success } from './integration-failure.ts';

type DisconnectPorts = Pick<
  IntegrationPorts,
  'store' | 'catalogue' | 'clock' | 'reconciler' | 'runs' | 'vault' | 'credentialCheck'
>;

export interface Disconnected {
  /** What became of the credentials; null: there were none any more, and only links were forgotten. */
  readonly credentials: Destruction | null;
  /** The connection before and after; null in that case, too. */
  readonly change: ChangedIntegration | null;
}

/**
 * Disconnects: the credentials are gone and the epoch has moved in one write, so nothing more is sent once it stands; then the
 * waiting work goes, and last what the store's files still hold of the credentials. The links stay, so that the same account can
 * be connected again without a duplicate, unless `forget`: then nothing remains of the account, also when it had been
 * disconnected before.
 */
export async function disconnect(
  ports: DisconnectPorts,
  userId: string,
  provider: string,
  { forget }: { readonly forget: boolean },
): Promise<Outcome<Disconnected>> {
  const changed = await changeConnection(ports, userId, provider, (connection) => ({
    kind: 'write',
    connection: disconnected(connection, ports.clock.now()),
  }));
  if (changed.ok) {
    const { connection, before } = changed.value;
    await tellCrm(ports, before);
    const scope = accountScope(connection);
    if (scope !== null) await restScope(ports, connection.connectionId, scope);
    await forgetBudget(ports, changed.value.before);
    if (forget) await forgetAccount(ports, userId, provider);
    return success({ credentials: await ports.store.shred('credentials'), change: changed.value });
  }
  if (!forget || changed.failure.code !== 'NOT_FOUND') return changed;
  return (await forgetAccount(ports, userId, provider))
    ? success({ credentials: null, change: null })
    : NOT_FOUND;
}

/** What was kept is nobody's any more, also at the CRM; that it can't be told keeps nobody from going. */
async function tellCrm(
  { vault, credentialCheck, catalogue }: DisconnectPorts,
  { sealed, provider, connectionId, owner, ...of }: Connection,
): Promise<void> {
  const ref = { provider, ...(of.dialect !== undefined && { dialect: of.dialect }) };
  const closes = findDefinition(catalogue, ref)?.account.close !== undefined;
  if (sealed === null || !closes) return;
  const opened = await vault.open({ userId: owner.id, provider, connectionId }, sealed);
  if (opened.ok) await credentialCheck.close?.(ref, opened.credentials);
}

/** What is kept of a budget goes with the last connection that has it, and what an account used of it with the last of that. */
async function forgetBudget(
  { store: { connections, budgets } }: DisconnectPorts,
  { provider, accountKey, budgetKey }: Connection,
): Promise<void> {
  if (budgetKey === '') return;
  const budget = budgetIdOf(budgetKey);
  if (!(await connections.usesBudget(budgetKey))) {
    await budgets.forget(budget);
    return;
  }
  const ofAccount = await connections.listByAccount(provider, accountKey);
  if (!ofAccount.some((one) => one.budgetKey === budgetKey))
    await budgets.forget(shareIdOf(budget, accountKey));
}

/** Deletes the links of a disconnected account, then its name; false when there is nothing to forget. */
async function forgetAccount(ports: DisconnectPorts, userId: string, provider: string): Promise<boolean> {
  const { connections, links } = ports.store;
  const connection = await connections.findByOwner(userId, provider);
  if (connection?.status !== 'disconnected') return false;
  const scope = accountScope(connection);
  if (scope === null) return false;
  await links.forget(scope);
  const { accountName: _, credentialsUntil: _until, ...others } = connection;
  const nameless = { ...others, accountKey: '', budgetKey: '', instanceUrl: '' };
  // Lost only to somebody who is connecting again: then the name is in use.
  await connections.replace({ ...nameless, revision: connection.revision + 1 }, connection.revision);
  return true;
}
