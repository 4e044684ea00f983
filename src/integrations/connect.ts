import type { CrmConnector } from '../connectors/connector.port.ts';
import { type Connection, scopeOf, type SyncConfig } from '../domain/connection.ts';
import { type AccountCredentials, readAccountCredentials, tooShortSecrets } from './account-credentials.ts';
import {
  anotherAccount,
  haveSameKey,
  joinKnownKin,
  readsAsSeen,
  sampleOf,
  toldAccount,
} from './account-proof.ts';
import { accountScope, restScope, MOST_TRIES, refOf, unavailableFailure } from './connection-access.ts';
import { healthy } from './connection-health.ts';
import type { IntegrationPorts } from './integration.port.ts';
import { failed, NOT_FOUND, type Outcome, success } from './integration-failure.ts';
import { firstSyncConfig, mergeSyncConfig, type SyncConfigInput } from './sync-config.ts';
import { blameAddress, credentialFailure, verifyCredentials } from './verify-credentials.ts';

export interface ConnectRequest {
  readonly userId: string;
  readonly provider: string;
  readonly credentials: Readonly<Record<string, string>>;
  readonly syncConfig: SyncConfigInput;
  /** The caller knows that this is another CRM account than before. */
  readonly replaceAccount: boolean;
}

export interface Connected {
  readonly connection: Connection;
  readonly definition: CrmConnector;
  /** What it was right before, also if that was disconnected; null for the first time. */
  readonly before: Connection | null;
  /** False when credentials of a connection that stood were replaced. */
  readonly isNew: boolean;
}

type Accepted = Pick<ConnectRequest, 'userId' | 'provider' | 'syncConfig' | 'replaceAccount'> & {
  readonly definition: CrmConnector;
  readonly account: AccountCredentials;
};

/** The CRM has taken the credentials and, where they don't tell it themselves, has said which account they are good for. */
type Identified = Accepted & {
  readonly account: { readonly accountKey: string };
  /** What people call it. */
  readonly label: string | null;
  /** When the credentials end by themselves, epoch ms; null: they don't say. */
  readonly until: number | null;
};

/** Of an account, as the CRM tells it; characters. */
const LONGEST_NAME = 200;

/**
 * Connects a user to a CRM account, or replaces the credentials. The CRM is asked first; nothing is stored unless it accepts
 * them. An owner keeps one connection id per provider for ever, so that links made before a disconnect count again.
 */
export async function connect(ports: IntegrationPorts, request: ConnectRequest): Promise<Outcome<Connected>> {
  const { userId, provider } = request;
  const chosen = chooseDialect(ports.catalogue, request);
  if (!chosen.ok) return chosen;
  const definition = chosen.value;
  const account = readAccountCredentials(definition, request.credentials, ports);
  if (!account.ok) return account;
  const accepted: Accepted = { ...request, definition, account: account.value };
  const before = await ports.store.connections.findByOwner(userId, provider);
  const short = tooShortSecrets(definition, account.value);
  const isInUse = before !== null && haveSameKey(ports.fingerprints, before, account.value);
  if (short.length > 0 && !isInUse) return failed({ code: 'INVALID', faults: short });
  const acceptable = acceptedConfig(accepted, before);
  if (!acceptable.ok) return acceptable;
  const verified = await verifyCredentials(ports.credentialCheck, refOf(definition), {
    credentials: account.value.credentials,
    stored: null,
  });
  if (!verified.ok) {
    const isKnown = before?.instanceUrl === account.value.instanceUrl;
    return blameAddress(verified.failure, definition, isKnown);
  }
  const { accountKey, label, toSeal, until = null } = verified.value;
  return storeConnection(ports, {
    ...accepted,
    label,
    until,
    account: { ...account.value, credentials: toSeal, accountKey },
  });
}

/** The connector that what was entered is meant for: the first of the provider, unless another one takes it. */
function chooseDialect(
  { available, unavailable = [] }: IntegrationPorts['catalogue'],
  { provider, credentials }: ConnectRequest,
): Outcome<CrmConnector> {
  const all = [...available, ...unavailable.map(({ connector }) => connector)].filter(
    ({ id }) => id === provider,
  );
  const chosen =
    all.find(({ dialect, takes }) => dialect !== undefined && takes?.(credentials) === true) ??
    all.find(({ dialect }) => dialect === undefined);
  if (chosen === undefined) return NOT_FOUND;
  const lacking = unavailable.find(({ connector }) => connector === chosen);
  return lacking === undefined ? success(chosen) : failed(unavailableFailure(lacking.reason));
}

async function storeConnection(ports: IntegrationPorts, accepted: Identified): Promise<Outcome<Connected>> {
  const { connections } = ports.store;
  for (let tries = 0; tries < MOST_TRIES; tries += 1) {
    const current = await connections.findByOwner(accepted.userId, accepted.provider);
    const config = acceptedConfig(accepted, current);
    if (!config.ok) return config;
    const chosen = await chooseAccount(ports, accepted, current);
    if (!chosen.ok) return chosen;
    const { accountKey, isProven } = chosen.value;
    const identified = { ...accepted, account: { ...accepted.account, accountKey } };
    const made = await makeConnection(ports, identified, current, config.value);
    if (!made.ok) return made;
    const connection = made.value;
    if (!isProven) await ports.store.accounts.leave(scopeOf(connection));
    const stored =
      current === null
        ? await connections.insert(connection)
        : await connections.replace(connection, current.revision);
    if (!stored) continue;
    await leaveFormerAccount(ports, current, connection);
    await joinKnownKin(ports, accepted.definition, connection);
    ports.reconciler.connectionChanged(connection.connectionId);
    const isNew = standing(current) === null;
    return success({ connection, definition: accepted.definition, before: current, isNew });
  }
  return failed({ code: 'CONFLICT', reason: 'concurrent_change' });
}

/** The sync config that a connection will have, if these credentials may take the place of the current ones. */
function acceptedConfig(
  { account, definition, syncConfig, replaceAccount }: Accepted,
  current: Connection | null,
): Outcome<SyncConfig> {
  const former = current?.accountKey ?? '';
  const { accountKey } = account;
  const isAnother =
    current?.dialect !== definition.dialect || (accountKey !== null && toldAccount(former) !== accountKey);
  if (former !== '' && isAnother && !replaceAccount) {
    return failed({ code: 'CONFLICT', reason: 'account_changed' });
  }
  const base = configOf(current, definition) ?? firstSyncConfig(definition);
  return mergeSyncConfig(base, syncConfig, definition.syncDirections, '/syncConfig');
}

interface ChosenAccount {
  readonly accountKey: string;
  /** What its scope was joined with is its kin under these credentials, too. */
  readonly isProven: boolean;
}

/**
 * Which account the credentials are good for. Where the CRM doesn't name it, an unchanged key is for the one that stood. Another key, or one
 * after a disconnect (which leaves nothing to tell it by), has to show what was linked there as it was last seen; where nothing was, it is
 * taken without proof, and without kin. What is linked and can't tell is no proof. One that doesn't is for another account, though at the same address.
 */
async function chooseAccount(
  ports: IntegrationPorts,
  { account, definition, replaceAccount }: Identified,
  current: Connection | null,
): Promise<Outcome<ChosenAccount>> {
  const { accountKey: told } = account;
  if (current === null) return success({ accountKey: told, isProven: true });
  if (current.dialect !== definition.dialect) return success(otherDialectsAccount(ports, told, current));
  if (definition.account.isNamed) return success({ accountKey: told, isProven: true });
  const isThere = toldAccount(current.accountKey) === told;
  const accountKey = isThere ? current.accountKey : told;
  if (isThere && haveSameKey(ports.fingerprints, current, account))
    return success({ accountKey, isProven: true });
  const { connectionId } = current;
  const scope = scopeOf({ connectionId, accountKey });
  const isAnyLinked = (await ports.store.links.sampleLinked(scope, 1)).length > 0;
  const sample = isAnyLinked ? await sampleOf(ports, scope) : null;
  if (sample === null) return success({ accountKey, isProven: false });
  const proof = await readsAsSeen(
    ports,
    definition,
    { credentials: account.credentials, stored: null },
    sample,
  );
  if (proof.kind !== 'applied') return failed(credentialFailure(proof));
  if (proof.value) return success({ accountKey, isProven: true });
  if (!replaceAccount) return failed({ code: 'CONFLICT', reason: 'account_changed' });
  return success({ accountKey: anotherAccount(told, ports.random.uuid()), isProven: false });
}

/** Another interface tells of its accounts in its own way: what it calls as the other did is no more the same for that. */
function otherDialectsAccount(
  { random }: IntegrationPorts,
  told: string,
  current: Connection,
): ChosenAccount {
  const isCalledTheSame = toldAccount(current.accountKey) === told;
  return { accountKey: isCalledTheSame ? anotherAccount(told, random.uuid()) : told, isProven: false };
}

async function makeConnection(
  { vault, clock, random }: IntegrationPorts,
  { userId, provider, account, definition: { dialect }, label, until }: Identified,
  current: Connection | null,
  syncConfig: SyncConfig,
): Promise<Outcome<Connection>> {
  const connected = standing(current);
  const sameAccount = current?.accountKey === account.accountKey;
  const connectionId = current?.connectionId ?? random.uuid();
  const sealing = await vault.seal({ userId, provider, connectionId }, account.credentials);
  if (!sealing.ok) return failed({ code: 'KEYS_UNAVAILABLE' });
  const now = clock.now();
  return success({
    connectionId,
    owner: { type: 'user', id: userId },
    provider,
    ...(dialect !== undefined && { dialect }),
    // A pause is ended by resuming alone; refused credentials are what connecting mends.
    status: connected?.status === 'paused' ? 'paused' : 'active',
    accountKey: account.accountKey,
    ...(label !== null && { accountName: label.slice(0, LONGEST_NAME) }),
    ...(until !== null && { credentialsUntil: until }),
    budgetKey: account.budgetKey,
    instanceUrl: account.instanceUrl,
    sealed: sealing.sealed,
    syncConfig,
    health: connected?.status === 'paused' ? connected.health : healthy(now),
    epoch: (current?.epoch ?? 0) + 1,
    connectedAt: connected !== null && sameAccount ? connected.connectedAt : now,
    lastSyncAt: sameAccount ? current.lastSyncAt : null,
    revision: (current?.revision ?? 0) + 1,
  });
}

/** What was chosen outlives a disconnect, as the links do: what was switched off isn't written again because somebody came back. */
function configOf(former: Connection | null, { dialect }: CrmConnector): SyncConfig | null {
  if (former === null) return null;
  const isKept = standing(former) !== null || (former.accountKey !== '' && former.dialect === dialect);
  return isKept ? former.syncConfig : null;
}

function standing(connection: Connection | null): Connection | null {
  return connection?.status === 'disconnected' ? null : connection;
}

/** The links of another account rest as they are; what was due there is not done any more. */
async function leaveFormerAccount(
  ports: IntegrationPorts,
  former: Connection | null,
  connection: Connection,
): Promise<void> {
  const scope = former === null ? null : accountScope(former);
  if (scope === null || scope === accountScope(connection)) return;
  await restScope(ports, connection.connectionId, scope);
}
