import { createBudgets } from '../budget/budgets.ts';
import type { AllowedHost } from '../config/allowed-hosts.ts';
import type { ConnectorCredentials, CrmConnector, CrmHttp } from '../connectors/connector.port.ts';
import type { Clock } from '../runtime/clock.ts';
import { systemRandom } from '../runtime/random.ts';
import type { BudgetStore } from '../state-store/ownership-store.port.ts';
import { createAxiosTransport } from '../wire/axios-transport.ts';
import { openCrmSessions } from './open-crm-sessions.ts';

/** Speaks to one account at a CRM apart from any service: through guard, limiter and breaker, and nothing is kept. */
export interface AccountSpeaker {
  speak<T>(act: (http: CrmHttp) => Promise<T>): Promise<T>;
  close(): void;
}

export interface SpokenAccount {
  readonly connector: CrmConnector;
  /** As the connector parsed them. */
  readonly credentials: ConnectorCredentials;
  /** Hosts that may be plain http or private. */
  readonly allowed: readonly AllowedHost[];
}

export function openAccountSpeaker(
  { connector, credentials, allowed }: SpokenAccount,
  clock: Clock,
): AccountSpeaker {
  const transport = createAxiosTransport({ allowed });
  const onError = (_event: string, error: unknown): never => {
    throw error;
  };
  const budgets = createBudgets({ clock, random: systemRandom, store: FORGETFUL, onError });
  const sessions = openCrmSessions({
    connectors: [connector],
    transport,
    budgets,
    clock,
    vault: { open: () => Promise.reject(new TypeError('nothing is sealed here')) },
    fingerprints: { of: () => 'check' },
    onCall: () => undefined,
  });
  const { id: provider, dialect } = connector;
  return {
    speak: (act) => sessions.speak({ provider, ...(dialect !== undefined && { dialect }) }, credentials, act),
    close() {
      budgets.close();
      transport.close();
    },
  };
}

/** Nothing of a budget outlives a look; a day is taken as begun anew. */
const FORGETFUL: BudgetStore = {
  read: () => Promise.resolve(null),
  note: () => Promise.resolve(),
  reserve: (_budget, _day, block) => Promise.resolve(block),
  usedOn: () => Promise.resolve(0),
  forget: () => Promise.resolve(),
};
