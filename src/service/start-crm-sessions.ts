import type { StartConfig } from '../config/config.ts';
import { availableConnectors } from './connectors.ts';
import type { CredentialVault } from '../credentials/credential-vault.ts';
import { createAxiosTransport } from '../wire/axios-transport.ts';
import { createBudgets } from '../budget/budgets.ts';
import type { ResolveAll } from '../wire/guarded-lookup.ts';
import type { Clock } from '../runtime/clock.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import type { Random } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import type { Observer } from './observe.ts';
import { openCrmSessions, type OpenCrmSessions } from './open-crm-sessions.ts';

/** The way out: guarded transport and budgets, released in the reverse order. */
export function startCrmSessions(
  parts: {
    readonly clock: Clock;
    readonly random: Random;
    readonly store: Pick<StateStore, 'budgets'>;
    readonly vault: Pick<CredentialVault, 'open'>;
    readonly observer: Observer;
    readonly resolve?: ResolveAll;
  },
  config: Pick<StartConfig, 'allowedInstanceHosts'>,
  lifecycle: Lifecycle,
): OpenCrmSessions {
  const { clock, random, store, vault, observer, resolve } = parts;
  const transport = createAxiosTransport({
    allowed: config.allowedInstanceHosts,
    ...(resolve && { resolve }),
  });
  lifecycle.own('transport', () => {
    transport.close();
  });
  const budgets = createBudgets({ clock, random, store: store.budgets, onError: observer.onError });
  lifecycle.own('budgets', () => {
    budgets.close();
  });
  return openCrmSessions({
    connectors: availableConnectors,
    transport,
    budgets,
    vault,
    clock,
    onCall: observer.onCall,
  });
}
