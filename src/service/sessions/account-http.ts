import type {
  AccountSession,
  ConnectorCredentials,
  CrmAnswer,
  CrmConnector,
  CrmHttp,
} from '../../connectors/connector.port.ts';
import type { BudgetHandle } from '../../budget/budgets.ts';
import { countedCalls } from '../../budget/call-contexts.ts';
import { createCircuitBreaker } from '../../budget/circuit-breaker.ts';
import type { CallPriority } from '../../budget/waiting-line.ts';
import type { SessionOptions } from '../../delivering/crm-sessions.port.ts';
import type { Connection } from '../../domain/connection.ts';
import { textHash } from '../../domain/content-hash.ts';
import { canonicalJson } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { Clock } from '../../runtime/clock.ts';
import { type CallEvent, createCrmHttp, type OwnHttp } from '../../wire/crm-http.ts';
import type { Transport } from '../../wire/transport.port.ts';
import { type AccountSessions, openSession, type SessionTarget } from './account-sessions.ts';
import { apart, isFresh, type KeptSession } from './session-bag.ts';

export interface AccountHttpParts {
  readonly transport: Transport;
  readonly clock: Clock;
  readonly onCall: (provider: string, event: CallEvent) => void;
  readonly accounts: () => AccountSessions;
}

/** A call waits at most this long for its turn: less than its claim lasts, ms. */
const LONGEST_TURN_MS = 8_000;

/** What calls are made with: whose connector and budget, and what was sealed (or entered) to connect. */
export interface Calling {
  readonly connector: CrmConnector;
  readonly sealed: ConnectorCredentials;
  /** As of a connector with HTTP of its own. */
  readonly lifetime: OwnHttp['lifetime'];
  readonly budget: AgencyBudget;
  readonly options: SessionOptions;
}

/** A budget, and which account's calls it is used for. Absent: one that no connection has yet. */
type AgencyBudget = BudgetHandle & { readonly agency?: string };

/** Through the session of a connection that stands, where its CRM has such; else with its credentials alone. */
export function storedHttp(
  parts: AccountHttpParts,
  connection: Connection,
  { connector, sealed, lifetime, budget: shared, options }: Calling,
): CrmHttp {
  const { credentials } = apart(sealed);
  const own = { credentials, lifetime };
  const budget: AgencyBudget = { ...shared, agency: connection.accountKey };
  if (connector.account.open === undefined)
    return httpOf(parts, connector, carrierOf(connector, own), budget, options);
  const target: SessionTarget = {
    connection,
    connector,
    http: (now) => openingHttp(parts, connector, { credentials: now, lifetime }, budget),
  };
  return createSessionHttp({
    current: (over) => parts.accounts().current(target, over),
    through: (session) => httpOf(parts, connector, { ...session, own }, budget, options),
    own: httpOf(parts, connector, carrierOf(connector, own), budget, options).own,
  });
}

/** Without a session, as one is opened: for who ends what was kept. */
export function plainHttp(
  parts: AccountHttpParts,
  { connector, sealed, lifetime, budget }: Calling,
): CrmHttp {
  return openingHttp(parts, connector, { credentials: apart(sealed).credentials, lifetime }, budget);
}

/** With what was entered: a session of it is kept by nobody yet. */
export function enteredHttp(
  parts: AccountHttpParts,
  { connector, sealed, lifetime, budget, options }: Calling,
): { readonly http: CrmHttp; readonly opened: () => KeptSession | null } {
  const { credentials, session: begun } = apart(sealed);
  const own = { credentials, lifetime };
  let session = begun;
  if (connector.account.open === undefined) {
    const http = httpOf(parts, connector, carrierOf(connector, own), budget, options);
    return { http, opened: () => null };
  }
  const http = createSessionHttp({
    async current(over) {
      if (session !== null && over === null && isFresh(session, parts.clock.now()))
        return { kind: 'applied', value: session };
      const opening = openingHttp(parts, connector, own, budget);
      const outcome = await openSession(connector, opening, credentials, session, parts.clock);
      if (outcome.kind === 'applied') session = outcome.value;
      return outcome;
    },
    through: (now) => httpOf(parts, connector, { ...now, own }, budget, options),
    own: httpOf(parts, connector, carrierOf(connector, own), budget, options).own,
  });
  return { http, opened: () => session };
}

/**
 * Carries what opens a session: for all who wait, so it asks for nobody's claim; and where tokens are given out tells nothing of where records
 * are kept, so that the budget's breaker hears nothing of it.
 */
function openingHttp(
  parts: AccountHttpParts,
  connector: CrmConnector,
  own: OwnHttp,
  budget: AgencyBudget,
): CrmHttp {
  return {
    async request(request) {
      const breaker = createCircuitBreaker({ clock: parts.clock });
      try {
        const apartFrom = { ...budget, breaker };
        const options: SessionOptions = { lane: 'live', ...ALWAYS };
        return await httpOf(parts, connector, carrierOf(connector, own), apartFrom, options).request(request);
      } finally {
        breaker.dispose();
      }
    },
  };
}

/** Of calls that are about no record and nobody's claim. */
export const ALWAYS = { mayDispatch: () => Promise.resolve(null), mayStillDispatch: () => null };

/** What carries requests: the credentials alone, or a session. */
type Carrier = Pick<AccountSession, 'baseUrl' | 'headers'> & { readonly own: OwnHttp };

function carrierOf({ account }: CrmConnector, own: OwnHttp): Carrier {
  const { credentials } = own;
  return { baseUrl: account.baseUrl(credentials), headers: account.headers(credentials), own };
}

function httpOf(
  { transport, clock, onCall }: AccountHttpParts,
  connector: CrmConnector,
  { baseUrl, headers, own }: Carrier,
  budget: AgencyBudget,
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
      baseUrl,
      hosts: connector.hosts ?? null,
      headers: {
        all: headers,
        plain: connector.account.plainHeaders ?? [],
        beside: secretsOf(connector, own.credentials),
      },
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

/** All that isn't known to be none. */
function secretsOf(
  { credentialFields, account }: CrmConnector,
  credentials: ConnectorCredentials,
): Readonly<Record<string, string>> {
  if (account.open === undefined) return {};
  const plain = new Set(credentialFields.filter(({ secret }) => !secret).map(({ name }) => name));
  return Object.fromEntries(Object.entries(credentials).filter(([name]) => !plain.has(name)));
}

/** Tells keys and accounts apart, in this process alone. */
function tagOf(credentials: ConnectorCredentials): string {
  return textHash(canonicalJson(credentials));
}

interface SessionHttpParts {
  /** One that still lasts. `over`: the CRM said of this one that it doesn't. */
  readonly current: (over: KeptSession | null) => Promise<CallOutcome<KeptSession>>;
  readonly through: (session: KeptSession) => CrmHttp;
  /** What a connector may ask of whose calls they are. */
  readonly own: CrmHttp['own'];
}

/** Requests through whatever session lasts; where an answer says that it doesn't, once more through the next. */
function createSessionHttp({ current, through, own }: SessionHttpParts): CrmHttp {
  return {
    ...(own !== undefined && { own }),
    async request(request) {
      const first = await current(null);
      if (first.kind !== 'applied') return first;
      const outcome = await through(first.value).request(request);
      if (!saysItIsOver(outcome)) return outcome;
      const next = await current(first.value);
      return next.kind === 'applied' ? await through(next.value).request(request) : next;
    },
  };
}

/** The CRM took nothing of it: 401, or what the connector knows to be the account's refusal. */
function saysItIsOver(outcome: CallOutcome<CrmAnswer>): boolean {
  return outcome.kind === 'unauthorised' && (outcome.status === 401 || outcome.whose === 'account');
}
