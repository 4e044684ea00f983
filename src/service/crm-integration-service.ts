import { Buffer } from 'node:buffer';
import { randomBytes } from 'node:crypto';
import { createBudgets } from '../budget/budgets.ts';
import type { AllowedHost } from '../config/allowed-hosts.ts';
import type { CrmConnector } from '../connectors/connector.port.ts';
import { asICRMConnector } from '../connectors/icrm/as-icrm-connector.ts';
import type { ICRMConnector } from '../connectors/icrm/icrm-connector.ts';
import { fingerprintsUnder } from '../credentials/fingerprints.ts';
import { systemClock } from '../runtime/clock.ts';
import { systemRandom } from '../runtime/random.ts';
import { openSqliteStore } from '../state-store/sqlite/open-sqlite-store.ts';
import { createAxiosTransport } from '../wire/axios-transport.ts';
import { openCrmSessions, type OpenCrmSessions } from './open-crm-sessions.ts';

/** The product document's service, as far as it hands out connectors by its own interface. */
export class CRMIntegrationService {
  readonly #connectors: readonly CrmConnector[];
  readonly #sessions: Pick<OpenCrmSessions, 'speak'>;

  constructor(connectors: readonly CrmConnector[], sessions: Pick<OpenCrmSessions, 'speak'>) {
    this.#connectors = connectors;
    this.#sessions = sessions;
  }

  /** The connector of a provider's id, new and not yet authenticated. Throws for an id that no connector has. */
  getConnector(id: string): ICRMConnector {
    const [first, ...others] = this.#connectors.filter((one) => one.id === id);
    if (first === undefined) {
      const known = [...new Set(this.#connectors.map((one) => one.id))].join(', ');
      throw new RangeError(`There is no connector ${JSON.stringify(id)}; there are: ${known}.`);
    }
    return asICRMConnector([first, ...others], (connector, credentials, act) => {
      const { dialect } = connector;
      return this.#sessions.speak(
        { provider: id, ...(dialect !== undefined && { dialect }) },
        credentials,
        act,
      );
    });
  }
}

export interface OpenedCRMIntegrationService {
  readonly service: CRMIntegrationService;
  close(): Promise<void>;
}

/** The same by itself, without the rest of the program: calls pass guard, limiter and breaker, and nothing is kept. */
export async function openCRMIntegrationService(options: {
  readonly connectors: readonly CrmConnector[];
  /** Hosts that may be plain http or private, as `ALLOWED_INSTANCE_HOSTS` names them. */
  readonly allowedInstanceHosts?: readonly AllowedHost[];
}): Promise<OpenedCRMIntegrationService> {
  const { connectors, allowedInstanceHosts: allowed = [] } = options;
  const [clock, random] = [systemClock, systemRandom];
  const store = await openSqliteStore({ path: ':memory:' });
  const transport = createAxiosTransport({ allowed });
  const budgets = createBudgets({ clock, random, store: store.budgets, onError: () => undefined });
  const sessions = openCrmSessions({
    connectors,
    transport,
    budgets,
    clock,
    vault: { open: () => Promise.reject(new TypeError('there are no connections here')) },
    fingerprints: fingerprintsUnder(Buffer.from(randomBytes(32))),
    onCall: () => undefined,
  });
  return {
    service: new CRMIntegrationService(connectors, sessions),
    async close() {
      budgets.close();
      transport.close();
      await store.close();
    },
  };
}
