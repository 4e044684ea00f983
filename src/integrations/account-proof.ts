import type { CredentialsInUse } from '../delivering/reconciler.port.ts';
import type { CrmConnector } from '../connectors/connector.port.ts';
import { scopeOf, type Connection, type Scope } from '../domain/connection.ts';
import { isSameAccount, PROOF_SAMPLE, proofSample, sightOf } from '../domain/deciding/account-proof.ts';
import type { Link } from '../domain/link.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import { findDefinition, refOf } from './connection-access.ts';
import type { IntegrationPorts } from './integration.port.ts';

export type ProofPorts = Pick<
  IntegrationPorts,
  'store' | 'catalogue' | 'vault' | 'fingerprints' | 'credentialCheck' | 'clock'
>;

/** Links looked through for a sample: some can tell nothing. */
const LOOKED_THROUGH = 20;
/** Other connections of an address that one is compared with: a host may serve any number of accounts. */
const MOST_COMPARED = 10;

/** The linked records of a scope that an account is told by; none: nothing was written there. */
export async function sampleOf({ store, clock }: ProofPorts, scope: Scope): Promise<readonly Link[]> {
  return proofSample(await store.links.sampleLinked(scope, LOOKED_THROUGH), clock.now());
}

/** Whether these credentials read records as those who linked them saw them last. Fails as the calls do. */
export async function readsAsSeen(
  { credentialCheck }: ProofPorts,
  definition: CrmConnector,
  used: CredentialsInUse,
  sample: readonly Link[],
): Promise<CallOutcome<boolean>> {
  const wanted = sample.flatMap(({ kind, remote }) =>
    remote === null ? [] : [{ kind, remoteId: remote.id }],
  );
  const read = await credentialCheck.read(refOf(definition), used, wanted);
  if (read.kind !== 'applied') return read;
  const sights = sample.map((link, at) =>
    sightOf(link, read.value[at] ?? null, (fields) => definition.kinds[link.kind]?.keys(fields) ?? []),
  );
  return { kind: 'applied', value: isSameAccount(sights) };
}

/** Where the CRM doesn't name its accounts, a former one at the same address is told apart by this. */
const FORMER = /#[0-9a-f]{8}$/;

/** What the CRM's address, or the CRM, says of an account. */
export function toldAccount(accountKey: string): string {
  return accountKey.replace(FORMER, '');
}

/** Another account than the one that was told by this, though it can't be told apart by its address. */
export function anotherAccount(told: string, tag: string): string {
  return `${told}#${tag.slice(0, 8)}`;
}

/** Whether two connections are known to have the same key; false where their budgets tell nothing of it. */
export function haveSameKey(
  fingerprints: ProofPorts['fingerprints'],
  one: Pick<Connection, 'budgetKey'>,
  other: Pick<Connection, 'budgetKey'>,
): boolean {
  return one.budgetKey === other.budgetKey && fingerprints.isIn(one.budgetKey);
}

/** Joins a connection's scope with those that are known to be of its account, by what the store tells alone. */
export async function joinKnownKin(
  ports: Pick<ProofPorts, 'store' | 'fingerprints'>,
  definition: CrmConnector,
  connection: Connection,
): Promise<void> {
  const scope = scopeOf(connection);
  for (const other of await othersOf(ports, connection)) {
    const isKin = definition.account.isNamed
      ? other.accountKey === connection.accountKey
      : haveSameKey(ports.fingerprints, connection, other);
    if (isKin) await ports.store.accounts.join(scope, scopeOf(other));
  }
}

/** Other connections at the same address or of the same account, those that connected last first. */
async function othersOf(
  { store }: Pick<ProofPorts, 'store'>,
  { provider, dialect, accountKey, connectionId }: Connection,
): Promise<readonly Connection[]> {
  if (accountKey === '') return [];
  const found = await store.connections.listByAccount(provider, toldAccount(accountKey));
  return found
    .filter((other) => other.connectionId !== connectionId && other.dialect === dialect)
    .sort((a, b) => b.connectedAt - a.connectedAt);
}

/** `later`: nothing is linked yet, or the CRM can't be asked now. */
export type ProofEnd = 'done' | 'later';

/**
 * Finds out which other connections are of the same account: where the CRM doesn't name it, two are if they have the same key, or if each
 * reads a linked record of the other as it was last seen. What is proven stays; nothing is shared by those of whom it isn't.
 */
export async function proveKin(ports: ProofPorts, connection: Connection): Promise<ProofEnd> {
  const { store, catalogue } = ports;
  const definition = findDefinition(catalogue, connection);
  if (definition === null || connection.sealed === null) return 'done';
  await joinKnownKin(ports, definition, connection);
  if (definition.account.isNamed) return 'done';
  const scope = scopeOf(connection);
  const others = (await othersOf(ports, connection)).filter(({ sealed }) => sealed !== null);
  const known = new Set(await store.accounts.kinOf(scope));
  const unproven = others.filter((other) => !known.has(scopeOf(other)));
  if (unproven.length === 0) return 'done';
  const own = await sampleOf(ports, scope);
  if (own.length === 0) return 'later';
  let end: ProofEnd = 'done';
  for (const other of unproven.slice(0, MOST_COMPARED)) {
    // One that was joined with another of these by now.
    if (known.has(scopeOf(other))) continue;
    const proven = await readEachOther(ports, definition, { connection, sample: own }, other);
    if (proven === null) end = 'later';
    if (proven !== true) continue;
    await store.accounts.join(scope, scopeOf(other));
    for (const kin of await store.accounts.kinOf(scope)) known.add(kin);
  }
  return end;
}

/** Null: it can't be told now. */
async function readEachOther(
  ports: ProofPorts,
  definition: CrmConnector,
  one: { readonly connection: Connection; readonly sample: readonly Link[] },
  other: Connection,
): Promise<boolean | null> {
  const theirs = await sampleOf(ports, scopeOf(other));
  // When that one links something, it is asked anew.
  if (theirs.length === 0) return false;
  const pairs = [
    [one.connection, theirs],
    [other, one.sample],
  ] as const;
  for (const [stored, sample] of pairs) {
    const { connectionId, provider, owner, sealed } = stored;
    const opened = await ports.vault.open({ userId: owner.id, provider, connectionId }, sealed);
    if (!opened.ok) return opened.code === 'KEYS_UNAVAILABLE' ? null : false;
    const read = await readsAsSeen(
      ports,
      definition,
      { credentials: opened.credentials, stored },
      sample.slice(0, PROOF_SAMPLE),
    );
    if (read.kind !== 'applied') return read.kind === 'unauthorised' ? false : null;
    if (!read.value) return false;
  }
  return true;
}
