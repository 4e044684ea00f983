import type {
  ConnectorDefinition,
  CRMCredentials,
  ICRMConnector,
} from '../../src/connectors/connector.port.ts';
import { createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { createCircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import { createCrmHttp } from '../../src/wire/crm-http.ts';
import { createBudgetLimiter } from '../../src/budget/rate-limiter.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { startVaultSandbox, type VaultSandbox } from '../../src/sandbox/vault-sandbox.ts';
import type { VaultSandboxOptions } from '../../src/sandbox/sandbox-parts.ts';

export const API_KEY = 'sandbox-key';

export interface SandboxAccount {
  readonly sandbox: VaultSandbox;
  /** A conversation over the real delivery stack: limiter, breaker, guard, sockets. Shares nothing with another one. */
  connect(options?: { readonly apiKey?: string; readonly deadlineMs?: number }): ICRMConnector;
  credentials(apiKey?: string): CRMCredentials;
  close(): Promise<void>;
}

/** A running sandbox with one account, and connectors that speak to it over HTTP. */
export async function openSandboxAccount(
  definition: ConnectorDefinition,
  options: VaultSandboxOptions = {},
): Promise<SandboxAccount> {
  const sandbox = await startVaultSandbox(options);
  const transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: sandbox.port }] });
  const releases: (() => void)[] = [];
  const credentials = (apiKey = API_KEY): CRMCredentials => {
    const parsed = definition.parseCredentials({ apiKey, instanceUrl: sandbox.url });
    if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
    return parsed.credentials;
  };
  return {
    sandbox,
    credentials,
    connect({ apiKey, deadlineMs = 5_000 } = {}) {
      const known = credentials(apiKey);
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
        clock: systemClock,
        priority: 'live',
        baseUrl: definition.baseUrl(known),
        headers: definition.headers(known),
      });
      return definition.open(http);
    },
    async close() {
      for (const release of releases) release();
      transport.close();
      await sandbox.close();
    },
  };
}
