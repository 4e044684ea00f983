import { createCircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import { createBudgetLimiter } from '../../src/budget/rate-limiter.ts';
import type { ConnectorCredentials, CrmConnector } from '../../src/connectors/connector.port.ts';
import { connectorCaller, type ConnectorCaller } from '../support/connector-caller.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';
import {
  createVaultSandbox,
  startVaultSandbox,
  type VaultInProcess,
} from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { createCrmHttp } from '../../src/wire/crm-http.ts';
import type { Transport } from '../../src/wire/transport.port.ts';
import { createSandboxTransport } from '../support/sandbox-transport.ts';

const API_KEY = 'sandbox-key';

export interface SandboxAccount {
  readonly sandbox: VaultInProcess;
  /** Epoch ms, as the CRM and the connector see it. */
  now(): number;
  /** A conversation over the real delivery stack above the transport. Shares nothing with another one. */
  connect(options?: { readonly apiKey?: string; readonly deadlineMs?: number }): ConnectorCaller;
  close(): Promise<void>;
}

/** A sandbox in this process with one account, and connectors that speak to it by a virtual clock. */
export function openSandboxAccount(definition: CrmConnector): SandboxAccount {
  const clock = createVirtualClock();
  const sandbox = createVaultSandbox({ clock });
  const transport = createSandboxTransport(sandbox, clock);
  return openAccount(definition, { sandbox, clock, transport, close: sandbox.close });
}

/** The same over sockets and the machine's clock: guard, connections, HTTP. */
export async function openListeningAccount(definition: CrmConnector): Promise<SandboxAccount> {
  const sandbox = await startVaultSandbox();
  const transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: sandbox.port }] });
  const close = async (): Promise<void> => {
    transport.close();
    await sandbox.close();
  };
  return openAccount(definition, { sandbox, clock: systemClock, transport, close });
}

interface Reach {
  readonly sandbox: VaultInProcess;
  readonly clock: Clock;
  readonly transport: Transport;
  readonly close: () => Promise<void>;
}

function openAccount(definition: CrmConnector, { sandbox, clock, transport, close }: Reach): SandboxAccount {
  const releases: (() => void)[] = [];
  const credentials = (apiKey: string): ConnectorCredentials => {
    const parsed = definition.account.parse({ apiKey, instanceUrl: sandbox.url });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return parsed.credentials;
  };
  return {
    sandbox,
    now: () => clock.now(),
    connect({ apiKey = API_KEY, deadlineMs = 5_000 } = {}) {
      const known = credentials(apiKey);
      // Whose turn it is goes by timers of its own, which no virtual clock moves.
      const breaker = createCircuitBreaker({ clock: systemClock });
      const limiter = createBudgetLimiter(
        { requestsPerSecond: 1_000, maxConcurrent: 16 },
        { clock: systemClock, random: { next: () => 0 } },
      );
      releases.push(() => breaker.dispose());
      const http = createCrmHttp({
        transport,
        budget: { limiter, breaker },
        deadlineMs,
        clock,
        priority: 'live',
        baseUrl: definition.account.baseUrl(known),
        headers: { all: definition.account.headers(known) },
      });
      return connectorCaller(definition, http);
    },
    async close() {
      for (const release of releases) release();
      await close();
    },
  };
}
