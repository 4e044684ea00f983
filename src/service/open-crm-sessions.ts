import type {
  AccountIdentity,
  ConnectorCredentials,
  CrmConnector,
  CrmHttp,
} from '../connectors/connector.port.ts';
import type { CredentialVault } from '../credentials/credential-vault.ts';
import type { Fingerprints } from '../credentials/fingerprints.ts';
import type { BudgetHandle, Budgets } from '../budget/budgets.ts';
import { countedCalls } from '../budget/call-contexts.ts';
import { createCircuitBreaker, type BreakerState } from '../budget/circuit-breaker.ts';
import { createCrmHttp, type CallEvent, type OwnHttp } from '../wire/crm-http.ts';
import type { Transport } from '../wire/transport.port.ts';
import type { CallPriority } from '../budget/waiting-line.ts';
import { type Connection, type ConnectorRef, isNamed } from '../domain/connection.ts';
import { textHash } from '../domain/content-hash.ts';
import { canonicalJson, type Json } from '../domain/json.ts';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import type { CrmFields } from '../domain/remote-record.ts';
import type {
  CrmHold,
  CrmSessions,
  OpenedSession,
  SessionFacts,
  SessionOptions,
  SessionRefusal,
} from '../delivering/crm-sessions.port.ts';
import type { CredentialCheck } from '../delivering/reconciler.port.ts';
import type { Clock } from '../runtime/clock.ts';

export interface CrmSessionParts {
  readonly connectors: readonly CrmConnector[];
  readonly transport: Transport;
  readonly budgets: Budgets;
  readonly vault: Pick<CredentialVault, 'open'>;
  readonly fingerprints: Pick<Fingerprints, 'of'>;
  readonly clock: Clock;
  readonly onCall: (provider: string, event: CallEvent) => void;
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
}

/** A call waits at most this long for its turn: less than its claim lasts, ms. */
const LONGEST_TURN_MS = 8_000;
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
  return {
    connector: connectorOf,
    async hold(connection, { epoch }) {
      parts.onHold?.(connection);
      const connector = known(connection);
      const budget = await parts.budgets.acquire(connection.budgetKey, connector, epoch);
      return createHold({ ...parts, keyless }, connection, connector, budget);
    },
    check: async (of, credentials) => await checkCredentials(parts, known(of), credentials),
    read: async (of, credentials, wanted) => {
      const connector = known(of);
      return await speakOnce(parts, connector, credentials, (http) => readAll(http, connector, wanted));
    },
    speak: async (of, credentials, act) => await speakOnce(parts, known(of), credentials, act),
    breakerStates: (provider) => parts.budgets.breakerStates(provider),
  };
}

function createHold(
  parts: CrmSessionParts & { readonly keyless: Map<string, number> },
  connection: Connection,
  connector: CrmConnector,
  budget: BudgetHandle,
): CrmHold {
  const { keyless } = parts;
  const { connectionId } = connection;
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
    httpOf(parts, connector, { credentials, lifetime }, budget, options);

  return {
    async open(options): Promise<OpenedSession> {
      const unsealed = await unseal();
      if (!unsealed.ok) return unsealed;
      const http = sessionOf(unsealed.credentials, options);
      return { ok: true, http, ...uncachedFacts(connector, http) };
    },
    blockedUntil: () => budget.breaker.openUntil(),
    keptForLiveUntil: () => budget.quota?.keptUntil() ?? null,
    tellOutage: (outage) => budget.breaker.trip(outage),
    tellForeign: (record) => budget.foreign.note(record),
    beginTrial: () => budget.breaker.beginTrial(),
    isOnTrial: () => budget.breaker.isOnTrial(),
    askNow: () => budget.breaker.askNow(),
    pausedUntil: () => later(budget.limiter.pausedUntil(), keyless.get(connectionId) ?? null),
    async probe(checks) {
      const unsealed = await unseal();
      if (!unsealed.ok) return unsealed.failure;
      return await connector.authenticate(sessionOf(unsealed.credentials, { lane: 'live', ...checks }));
    },
    release: () => budget.release(),
  };
}

/** Each is read when it is asked for. */
function uncachedFacts({ facts }: CrmConnector, http: CrmHttp): SessionFacts {
  const refreshFact: SessionFacts['refreshFact'] = async (name) =>
    facts === undefined ? { kind: 'applied', value: null } : await facts.read(http, name);
  return {
    refreshFact,
    async facts(names) {
      const read = new Map<string, Json>();
      for (const name of names) {
        const outcome = await refreshFact(name);
        if (outcome.kind !== 'applied') return outcome;
        read.set(name, outcome.value);
      }
      return { kind: 'applied', value: read };
    },
  };
}

type Unsealed =
  | { readonly ok: true; readonly credentials: ConnectorCredentials }
  | { readonly ok: false; readonly failure: SessionRefusal };

/**
 * A key that is not here is another process's during a change of keys, or one that an operator has to give back: the connection waits
 * for it. Credentials that were changed or moved will never open: the connection stops.
 */
async function openCredentials(
  vault: CrmSessionParts['vault'],
  { connectionId, provider, owner, sealed }: Connection,
): Promise<Unsealed> {
  if (sealed === null) return { ok: false, failure: unreadable('CREDENTIALS_ABSENT') };
  const opened = await vault.open({ userId: owner.id, provider, connectionId }, sealed);
  if (opened.ok) return opened;
  if (opened.code === 'KEY_UNKNOWN' || opened.code === 'KEYS_UNAVAILABLE') {
    const detail = 'The key for the stored credentials is not available.';
    return { ok: false, failure: { kind: 'withheld', code: 'KEYS_UNAVAILABLE', detail } };
  }
  return { ok: false, failure: unreadable('CREDENTIALS_UNREADABLE') };
}

function unreadable(code: string): SessionRefusal {
  return { kind: 'unauthorised', code, detail: 'The stored credentials can not be opened.', status: 0 };
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
  parts: CrmSessionParts,
  connector: CrmConnector,
  credentials: ConnectorCredentials,
  speak: (http: CrmHttp, budget: BudgetHandle) => Promise<T>,
): Promise<T> {
  const budgetKey = connector.account.budgetKey(credentials, parts.fingerprints.of);
  const budget = await parts.budgets.acquire(budgetKey, connector, null);
  const breaker = createCircuitBreaker({ clock: parts.clock });
  try {
    const checks = { mayDispatch: () => Promise.resolve(null), mayStillDispatch: () => null };
    const options: SessionOptions = { lane: 'live', ...checks };
    return await speak(
      httpOf(parts, connector, { credentials, lifetime: {} }, { ...budget, breaker }, options),
      budget,
    );
  } finally {
    budget.release();
    breaker.dispose();
  }
}

function checkCredentials(
  parts: CrmSessionParts,
  connector: CrmConnector,
  credentials: ConnectorCredentials,
): Promise<CallOutcome<AccountIdentity>> {
  return speakOnce(parts, connector, credentials, async (http, budget) => {
    const accepted = await connector.authenticate(http);
    if (accepted.kind !== 'applied') return accepted;
    // Whoever tests or connects shows that the CRM is back: those who wait for that need wait no longer.
    budget.breaker.askNow();
    return await connector.account.identify(http, credentials);
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

function httpOf(
  { transport, clock, onCall }: CrmSessionParts,
  connector: CrmConnector,
  own: OwnHttp,
  budget: BudgetHandle,
  { lane, mayDispatch, mayStillDispatch, over }: SessionOptions,
) {
  const { contexts } = connector.limits;
  const counted =
    contexts === undefined || budget.contexts === null
      ? null
      : countedCalls(budget.contexts, contexts, tagOf(own.credentials));
  return createCrmHttp(
    {
      transport,
      budget: { ...budget, counted },
      clock,
      checks: { mayDispatch, mayStillDispatch, ...(over && { over }) },
      baseUrl: connector.account.baseUrl(own.credentials),
      hosts: connector.hosts ?? null,
      headers: connector.account.headers(own.credentials),
      deadlineMs: connector.limits.callDeadlineMs,
      maxWaitMs: LONGEST_TURN_MS,
      priority: lane satisfies CallPriority,
      ...(connector.classify && { classify: connector.classify }),
      onCall: (event) => {
        onCall(connector.id, event);
      },
    },
    own,
  );
}

/** Tells keys and accounts apart, in this process alone. */
function tagOf(credentials: ConnectorCredentials): string {
  return textHash(canonicalJson(credentials));
}
