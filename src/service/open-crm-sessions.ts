import type { ConnectorCredentials, CrmConnector, CrmHttp } from '../connectors/connector.port.ts';
import type { CredentialVault } from '../credentials/credential-vault.ts';
import type { Fingerprints } from '../credentials/fingerprints.ts';
import type { BudgetHandle, Budgets } from '../budget/budgets.ts';
import { createCircuitBreaker, type BreakerState } from '../budget/circuit-breaker.ts';
import type { CallEvent } from '../wire/crm-http.ts';
import type { Transport } from '../wire/transport.port.ts';
import { type Connection, type ConnectorRef, isNamed } from '../domain/connection.ts';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import type { CrmFields } from '../domain/remote-record.ts';
import type { CrmHold, CrmSessions, OpenedSession, SessionOptions } from '../delivering/crm-sessions.port.ts';
import type { CheckedAccount, CredentialCheck, CredentialsInUse } from '../delivering/reconciler.port.ts';
import type { Clock } from '../runtime/clock.ts';
import { ALWAYS, enteredHttp, plainHttp, storedHttp } from './sessions/account-http.ts';
import {
  type AccountSessionParts,
  type AccountSessions,
  createAccountSessions,
} from './sessions/account-sessions.ts';
import { createFactsCache, type FactsCache } from './sessions/facts-cache.ts';
import { openCredentials, type Unsealed } from './sessions/open-credentials.ts';
import { apart, type KeptSession, withSession } from './sessions/session-bag.ts';

export interface CrmSessionParts {
  readonly connectors: readonly CrmConnector[];
  readonly transport: Transport;
  readonly budgets: Budgets;
  readonly vault: Pick<CredentialVault, 'open'>;
  readonly fingerprints: Pick<Fingerprints, 'of'>;
  readonly clock: Clock;
  readonly onCall: (provider: string, event: CallEvent) => void;
  /** Where sessions are kept; needed by connectors that open some. */
  readonly kept?: Pick<AccountSessionParts, 'connections' | 'tag'> & Pick<CredentialVault, 'seal'>;
  /** A connection's work begins. Must not throw. */
  readonly onHold?: (connection: Connection) => void;
}

export interface OpenCrmSessions extends CrmSessions, CredentialCheck {
  /** Speaks to a CRM outside of any connection, through the budget of these credentials. Rejects for one that is none of ours. */
  speak<T>(
    of: ConnectorRef,
    credentials: ConnectorCredentials,
    act: (http: CrmHttp) => Promise<T>,
  ): Promise<T>;
  /** Breakers of a provider's budgets that have work, by state. */
  breakerStates(provider: string): Readonly<Record<BreakerState, number>>;
  /** How many of a provider's budgets the CRM refuses for this service's own sake. */
  refusedApplications(provider: string): number;
}

/** After credentials could not be opened for want of their key, ms. */
const KEY_PAUSE_MS = 10_000;

/** Conversations with CRMs through guard and budget. */
export function openCrmSessions(parts: CrmSessionParts): OpenCrmSessions {
  const connectorOf = (of: ConnectorRef): CrmConnector | null =>
    parts.connectors.find((connector) => isNamed(connector, of)) ?? null;
  const known = (of: ConnectorRef): CrmConnector => {
    const connector = connectorOf(of);
    if (connector === null) throw new TypeError(`no connector for ${of.provider}`);
    return connector;
  };
  /** By connection, epoch ms until when its credentials' key is not asked for again: it outlives the hold, which ends to read anew. */
  const keyless = new Map<string, number>();
  const accounts = createAccounts(parts);
  const own: OpenParts = { ...parts, keyless, facts: createFactsCache(parts.clock), accounts };
  return {
    connector: connectorOf,
    factsAtHand: (connection, names) => {
      const connector = connectorOf(connection);
      if (connector?.facts === undefined) return new Map(names.map((name) => [name, null]));
      return own.facts.atHand(factsKey(connection, connector), names);
    },
    async hold(connection, { epoch }) {
      parts.onHold?.(connection);
      const connector = known(connection);
      const budget = await parts.budgets.acquire(connection.budgetKey, connector, epoch);
      return createHold(own, connection, connector, budget);
    },
    check: async (of, used) => await checkCredentials(own, known(of), used),
    async close(of, sealed) {
      const { account } = known(of);
      if (account.close === undefined) return;
      const { credentials, session } = apart(sealed);
      await speakOnce(own, known(of), { credentials, stored: null }, async ({ plain }) => {
        await account.close?.(plain, credentials, session?.keep ?? null);
      });
    },
    read: async (of, used, wanted) => {
      const connector = known(of);
      return await speakOnce(own, connector, used, ({ http }) => readAll(http, connector, wanted));
    },
    speak: async (of, credentials, act) =>
      await speakOnce(own, known(of), { credentials, stored: null }, async ({ http }) => await act(http)),
    breakerStates: (provider) => parts.budgets.breakerStates(provider),
    refusedApplications: (provider) => parts.budgets.refusedApplications(provider),
  };
}

type OpenParts = CrmSessionParts & {
  readonly keyless: Map<string, number>;
  readonly facts: FactsCache;
  readonly accounts: () => AccountSessions;
};

/** Made for the first connector that needs them. */
function createAccounts({ kept, vault, clock }: CrmSessionParts): () => AccountSessions {
  let accounts: AccountSessions | null = null;
  return () => {
    if (kept === undefined) throw new TypeError('nobody keeps sessions here');
    const { connections, seal, tag } = kept;
    accounts ??= createAccountSessions({ connections, vault: { open: vault.open, seal }, clock, tag });
    return accounts;
  };
}

function createHold(
  parts: OpenParts,
  connection: Connection,
  connector: CrmConnector,
  budget: BudgetHandle,
): CrmHold {
  const { keyless, accounts } = parts;
  const { connectionId } = connection;
  const hasSessions = connector.account.open !== undefined;
  if (hasSessions) accounts().hold(connectionId);
  // Whoever connects anew, or disconnects, ends the hold.
  const lifetime = {};
  const unseal = async (): Promise<Unsealed> => {
    const unsealed = await openCredentials(parts.vault, connection);
    if (!unsealed.ok && unsealed.failure.kind === 'withheld') {
      keyless.set(connectionId, parts.clock.now() + KEY_PAUSE_MS);
    } else keyless.delete(connectionId);
    return unsealed;
  };
  const sessionOf = (credentials: ConnectorCredentials, options: SessionOptions): CrmHttp =>
    storedHttp(parts, connection, { connector, sealed: credentials, lifetime, budget, options });

  return {
    async open(options): Promise<OpenedSession> {
      const unsealed = await unseal();
      if (!unsealed.ok) return unsealed;
      const http = sessionOf(unsealed.credentials, options);
      const facts = parts.facts.of(factsKey(connection, connector), connector.facts, http);
      return { ok: true, http, ...facts };
    },
    blockedUntil: () => budget.breaker.openUntil(),
    keptForLiveUntil: () => budget.quota?.keptUntil(connection.accountKey) ?? null,
    tellOutage: (outage) => budget.breaker.trip(outage),
    tellForeign: (record) => budget.foreign.note(record),
    beginTrial: () => budget.breaker.beginTrial(),
    isOnTrial: () => budget.breaker.isOnTrial(),
    applicationRefusedAs: () => budget.application.code(),
    askNow: () => budget.breaker.askNow(),
    pausedUntil: () => later(budget.limiter.pausedUntil(), keyless.get(connectionId) ?? null),
    async probe(checks) {
      const unsealed = await unseal();
      if (!unsealed.ok) return unsealed.failure;
      const probed = await connector.authenticate(
        sessionOf(unsealed.credentials, { lane: 'live', ...checks }),
      );
      noteApplication(budget, probed);
      return probed;
    },
    release() {
      budget.release();
      if (hasSessions) accounts().release(connectionId);
    },
  };
}

/** What `authenticate` says of this service itself, which is the same for all connections of the budget. */
function noteApplication({ application }: BudgetHandle, outcome: CallOutcome<unknown>): void {
  if (outcome.kind === 'applied') application.clear();
  else if (outcome.whose === 'application') application.note(outcome.code);
  else if (outcome.kind !== 'withheld' && outcome.kind !== 'rate_limited') application.clear();
}

/** Where the CRM doesn't name its accounts, one address may be of several: each connection has its own. */
function factsKey(
  { connectionId, provider, accountKey }: Connection,
  { dialect, account }: CrmConnector,
): string {
  return JSON.stringify([provider, dialect ?? null, account.isNamed ? null : connectionId, accountKey]);
}

function later(one: number | null, other: number | null): number | null {
  return one === null || other === null ? (one ?? other) : Math.max(one, other);
}

/**
 * Before a connection exists its calls count against the account's budget all the same. Its breaker is its own, though: what
 * somebody types in must neither open a breaker that holds other connections back (a wrong address under a shared key could),
 * nor be the probe that closes one, and an open one must not keep a user from trying.
 */
async function speakOnce<T>(
  parts: OpenParts,
  connector: CrmConnector,
  { credentials, stored }: CredentialsInUse,
  speak: (spoken: {
    readonly http: CrmHttp;
    readonly budget: BudgetHandle;
    readonly opened: () => KeptSession | null;
    /** Without a session. */
    readonly plain: CrmHttp;
  }) => Promise<T>,
): Promise<T> {
  const budgetKey = connector.account.budgetKey(apart(credentials).credentials, parts.fingerprints.of);
  const budget = await parts.budgets.acquire(budgetKey, connector, null);
  const breaker = createCircuitBreaker({ clock: parts.clock });
  const hasSessions = stored !== null && connector.account.open !== undefined;
  if (hasSessions) parts.accounts().hold(stored.connectionId);
  try {
    const options: SessionOptions = { lane: 'live', ...ALWAYS };
    const calling = { connector, sealed: credentials, lifetime: {}, budget: { ...budget, breaker }, options };
    const plain = plainHttp(parts, calling);
    if (stored !== null) {
      const http = storedHttp(parts, stored, calling);
      return await speak({ http, budget, plain, opened: () => null });
    }
    const { http, opened } = enteredHttp(parts, calling);
    return await speak({ http, budget, plain, opened });
  } finally {
    if (hasSessions) parts.accounts().release(stored.connectionId);
    budget.release();
    breaker.dispose();
  }
}

function checkCredentials(
  parts: OpenParts,
  connector: CrmConnector,
  used: CredentialsInUse,
): Promise<CallOutcome<CheckedAccount>> {
  return speakOnce(parts, connector, used, async ({ http, budget, opened }) => {
    const accepted = await connector.authenticate(http);
    noteApplication(budget, accepted);
    if (accepted.kind !== 'applied') return accepted;
    // Whoever tests or connects shows that the CRM is back: those who wait for that need wait no longer.
    budget.breaker.askNow();
    const { credentials } = apart(used.credentials);
    const identified = await connector.account.identify(http, credentials);
    if (identified.kind !== 'applied') return identified;
    return { kind: 'applied', value: { ...identified.value, toSeal: withSession(credentials, opened()) } };
  });
}

/** A record that is gone, or that these credentials may not see, tells nothing of the others. */
async function readAll(
  http: CrmHttp,
  { kinds }: CrmConnector,
  wanted: Parameters<CredentialCheck['read']>[2],
): ReturnType<CredentialCheck['read']> {
  const read: (CrmFields | null)[] = [];
  for (const { kind, remoteId } of wanted) {
    const outcome = await kinds[kind]?.read?.(http, remoteId);
    if (outcome?.kind === 'applied') read.push(outcome.value.fields);
    else if (outcome === undefined || isAboutOne(outcome)) read.push(null);
    else return outcome;
  }
  return { kind: 'applied', value: read };
}

function isAboutOne({ kind }: Failure): boolean {
  return kind === 'gone' || kind === 'rejected' || kind === 'unauthorised';
}
