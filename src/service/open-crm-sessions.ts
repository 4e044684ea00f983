import type { ConnectorDefinition, CRMCredentials } from '../connectors/connector.ts';
import type { CredentialVault } from '../credentials/credential-vault.ts';
import { createCircuitBreaker, type BreakerState, type CircuitBreaker } from '../delivery/circuit-breaker.ts';
import { createCrmHttp, type CallEvent } from '../delivery/crm-http.ts';
import type { RateLimiter, RateLimits } from '../delivery/rate-limiter.ts';
import type { RateLimiters } from '../delivery/rate-limiters.ts';
import type { Transport } from '../delivery/transport.ts';
import type { CallPriority } from '../delivery/waiting-line.ts';
import type { Connection } from '../domain/connection.ts';
import { textHash } from '../domain/content-hash.ts';
import type { CallOutcome } from '../domain/outcome.ts';
import type { CrmHold, CrmSessions, OpenedSession, SessionOptions } from '../reconcile/crm-sessions.ts';
import type { CredentialCheck } from '../reconcile/reconciler.ts';
import type { Clock } from '../runtime/clock.ts';

export interface CrmSessionParts {
  readonly connectors: readonly ConnectorDefinition[];
  readonly transport: Transport;
  readonly limiters: RateLimiters;
  readonly vault: Pick<CredentialVault, 'open'>;
  readonly clock: Clock;
  readonly onCall: (provider: string, event: CallEvent) => void;
}

export interface OpenCrmSessions extends CrmSessions, CredentialCheck {
  /** Breakers of a provider's connections that have work, by state. */
  breakerStates(provider: string): Readonly<Record<BreakerState, number>>;
  close(): void;
}

interface HeldBreaker {
  readonly breaker: CircuitBreaker;
  readonly provider: string;
  users: number;
}

/** A call waits at most this long for its turn: less than its claim lasts, ms. */
const LONGEST_TURN_MS = 8_000;

/** Conversations with CRMs through guard, limiter and breaker; these exist while a connection is held, or still know something. */
export function openCrmSessions(parts: CrmSessionParts): OpenCrmSessions {
  const { connectors, clock } = parts;
  const breakers = new Map<string, HeldBreaker>();
  const definition = (provider: string): ConnectorDefinition | null =>
    connectors.find((connector) => connector.id === provider) ?? null;

  function holdBreaker(key: string, provider: string): { breaker: CircuitBreaker; release(): void } {
    const held = breakers.get(key) ?? { breaker: createCircuitBreaker({ clock }), provider, users: 0 };
    held.users += 1;
    breakers.set(key, held);
    return {
      breaker: held.breaker,
      release() {
        held.users -= 1;
        // An open breaker is what keeps the next worker from running into the same wall: it stays until its time is up.
        if (held.users > 0 || held.breaker.openUntil() !== null) return;
        held.breaker.dispose();
        breakers.delete(key);
      },
    };
  }

  return {
    definition,
    hold: (connection) => createHold(parts, connection, definition(connection.provider), holdBreaker),
    async check(provider, credentials) {
      const connector = definition(provider);
      if (connector === null) throw new TypeError(`no connector for ${provider}`);
      return await checkCredentials(parts, connector, credentials, holdBreaker);
    },
    breakerStates(provider) {
      const counts: Record<BreakerState, number> = { closed: 0, open: 0, half_open: 0 };
      for (const held of breakers.values()) if (held.provider === provider) counts[held.breaker.state()] += 1;
      return counts;
    },
    close() {
      for (const held of breakers.values()) held.breaker.dispose();
      breakers.clear();
    },
  };
}

type HoldBreaker = (key: string, provider: string) => { breaker: CircuitBreaker; release(): void };

function createHold(
  parts: CrmSessionParts,
  connection: Connection,
  connector: ConnectorDefinition | null,
  holdBreaker: HoldBreaker,
): CrmHold {
  if (connector === null) throw new TypeError(`no connector for ${connection.provider}`);
  const limiter = parts.limiters.acquire(connection.budgetKey, limitsOf(connector));
  const held = holdBreaker(`${connection.connectionId} ${connection.accountKey}`, connection.provider);
  const { breaker } = held;

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
    const http = httpOf(parts, connector, credentials, limiter, breaker, options);
    return { ok: true, connector: connector.open(http) };
  };

  return {
    open,
    blockedUntil: () => breaker.openUntil(),
    pausedUntil: () => limiter.pausedUntil(),
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
    release() {
      limiter.release();
      held.release();
    },
  };
}

/** Before a connection exists its calls still count against the account's budget; its breaker is the account's. */
async function checkCredentials(
  parts: CrmSessionParts,
  connector: ConnectorDefinition,
  credentials: CRMCredentials,
  holdBreaker: HoldBreaker,
): Promise<CallOutcome<boolean>> {
  const limiter = parts.limiters.acquire(connector.budgetKey(credentials), limitsOf(connector));
  const held = holdBreaker(`check ${textHash(connector.budgetKey(credentials))}`, connector.id);
  try {
    const options: SessionOptions = { lane: 'live', mayDispatch: () => Promise.resolve(null) };
    const http = httpOf(parts, connector, credentials, limiter, held.breaker, options);
    return await connector.open(http).authenticate(credentials);
  } finally {
    limiter.release();
    held.release();
  }
}

function limitsOf({ limits }: ConnectorDefinition): RateLimits {
  return { requestsPerSecond: limits.requestsPerSecond, maxConcurrent: limits.maxConcurrent };
}

function httpOf(
  { transport, clock, onCall }: CrmSessionParts,
  connector: ConnectorDefinition,
  credentials: CRMCredentials,
  limiter: RateLimiter,
  breaker: CircuitBreaker,
  { lane, mayDispatch }: SessionOptions,
) {
  return createCrmHttp({
    ...{ transport, limiter, breaker, clock, mayDispatch },
    baseUrl: connector.baseUrl(credentials),
    headers: connector.headers(credentials),
    deadlineMs: connector.callDeadlineMs,
    maxWaitMs: LONGEST_TURN_MS,
    priority: lane satisfies CallPriority,
    onCall: (event) => {
      onCall(connector.id, event);
    },
  });
}
