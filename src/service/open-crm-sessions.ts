import type { ConnectorDefinition, CRMCredentials } from '../connectors/connector.ts';
import type { CredentialVault } from '../credentials/credential-vault.ts';
import type { BudgetHandle, Budgets } from '../delivery/budgets.ts';
import { createCircuitBreaker, type BreakerState } from '../delivery/circuit-breaker.ts';
import { createCrmHttp, type CallEvent } from '../delivery/crm-http.ts';
import type { Transport } from '../delivery/transport.ts';
import type { CallPriority } from '../delivery/waiting-line.ts';
import type { Connection } from '../domain/connection.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { CrmHold, CrmSessions, OpenedSession, SessionOptions } from '../reconcile/crm-sessions.ts';
import type { CredentialCheck } from '../reconcile/reconciler.ts';
import type { Clock } from '../runtime/clock.ts';

export interface CrmSessionParts {
  readonly connectors: readonly ConnectorDefinition[];
  readonly transport: Transport;
  readonly budgets: Budgets;
  readonly vault: Pick<CredentialVault, 'open'>;
  readonly clock: Clock;
  readonly onCall: (provider: string, event: CallEvent) => void;
}

export interface OpenCrmSessions extends CrmSessions, CredentialCheck {
  /** Breakers of a provider's budgets that have work, by state. */
  breakerStates(provider: string): Readonly<Record<BreakerState, number>>;
}

/** A call waits at most this long for its turn: less than its claim lasts, ms. */
const LONGEST_TURN_MS = 8_000;

/** Conversations with CRMs through guard and budget. */
export function openCrmSessions(parts: CrmSessionParts): OpenCrmSessions {
  const definition = (provider: string): ConnectorDefinition | null =>
    parts.connectors.find((connector) => connector.id === provider) ?? null;
  const known = (provider: string): ConnectorDefinition => {
    const connector = definition(provider);
    if (connector === null) throw new TypeError(`no connector for ${provider}`);
    return connector;
  };
  return {
    definition,
    async hold(connection, { epoch }) {
      const connector = known(connection.provider);
      return createHold(
        parts,
        connection,
        connector,
        await parts.budgets.acquire(connection.budgetKey, connector, epoch),
      );
    },
    check: async (provider, credentials) => await checkCredentials(parts, known(provider), credentials),
    breakerStates: (provider) => parts.budgets.breakerStates(provider),
  };
}

function createHold(
  parts: CrmSessionParts,
  connection: Connection,
  connector: ConnectorDefinition,
  budget: BudgetHandle,
): CrmHold {
  const unseal = (): CRMCredentials | null => {
    if (connection.sealed === null) return null;
    const { connectionId, provider, owner } = connection;
    const opened = parts.vault.open({ userId: owner.id, provider, connectionId }, connection.sealed);
    return opened.ok ? opened.credentials : null;
  };
  const open = (options: SessionOptions): OpenedSession => {
    const credentials = unseal();
    if (credentials === null) {
      return {
        ok: false,
        code: connection.sealed === null ? 'CREDENTIALS_ABSENT' : 'CREDENTIALS_UNREADABLE',
      };
    }
    return { ok: true, connector: connector.open(httpOf(parts, connector, credentials, budget, options)) };
  };

  return {
    open,
    blockedUntil: () => budget.breaker.openUntil(),
    pausedUntil: () => budget.limiter.pausedUntil(),
    async probe(mayDispatch): Promise<CallOutcome<boolean>> {
      const credentials = unseal();
      const session = open({ lane: 'live', mayDispatch });
      if (!session.ok || credentials === null) {
        return {
          kind: 'unauthorised',
          code: 'CREDENTIALS_UNREADABLE',
          detail: 'The stored credentials can not be opened.',
          status: 0,
        };
      }
      return await session.connector.authenticate(credentials);
    },
    release: () => budget.release(),
  };
}

/**
 * Before a connection exists its calls count against the account's budget all the same. Its breaker is its own, though: what
 * somebody types in must neither open a breaker that holds other connections back (a wrong address under a shared key could),
 * nor be the probe that closes one, and an open one must not keep a user from trying.
 */
async function checkCredentials(
  parts: CrmSessionParts,
  connector: ConnectorDefinition,
  credentials: CRMCredentials,
): Promise<CallOutcome<boolean>> {
  const budget = await parts.budgets.acquire(connector.budgetKey(credentials), connector, null);
  const breaker = createCircuitBreaker({ clock: parts.clock });
  try {
    const options: SessionOptions = { lane: 'live', mayDispatch: () => Promise.resolve(null) };
    const http = httpOf(parts, connector, credentials, { ...budget, breaker }, options);
    return await connector.open(http).authenticate(credentials);
  } finally {
    budget.release();
    breaker.dispose();
  }
}

function httpOf(
  { transport, clock, onCall }: CrmSessionParts,
  connector: ConnectorDefinition,
  credentials: CRMCredentials,
  { limiter, breaker, quota }: BudgetHandle,
  { lane, mayDispatch }: SessionOptions,
) {
  return createCrmHttp({
    ...{ transport, limiter, breaker, quota, clock, mayDispatch },
    baseUrl: connector.baseUrl(credentials),
    hosts: connector.hosts ?? null,
    headers: connector.headers(credentials),
    deadlineMs: connector.callDeadlineMs,
    maxWaitMs: LONGEST_TURN_MS,
    priority: lane satisfies CallPriority,
    onCall: (event) => {
      onCall(connector.id, event);
    },
  });
}
