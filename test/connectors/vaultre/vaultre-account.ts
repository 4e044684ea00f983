import { createCircuitBreaker } from '../../../src/budget/circuit-breaker.ts';
import { createBudgetLimiter } from '../../../src/budget/rate-limiter.ts';
import type { ConnectorKind, CrmConnector, CrmHttp } from '../../../src/connectors/connector.port.ts';
import { createVaultre } from '../../../src/connectors/vaultre/vaultre.ts';
import type { EntityBody } from '../../../src/domain/entity.ts';
import type { Json } from '../../../src/domain/json.ts';
import { draftOf, type Draft, type MappingContext } from '../../../src/domain/mapping.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import {
  createVaultreSandbox,
  type VaultreInProcess,
  type VaultreSandboxOptions,
} from '../../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { createCrmHttp } from '../../../src/wire/crm-http.ts';
import { createSandboxTransport } from '../../support/sandbox-transport.ts';

export interface VaultreTestAccount {
  readonly sandbox: VaultreInProcess;
  readonly connector: CrmConnector;
  readonly http: CrmHttp;
  kind(name: EntityBody['kind']): ConnectorKind;
  /** What would be sent of a body, with all facts that it asks for. */
  draft(body: EntityBody, over?: Partial<MappingContext>): Promise<Draft>;
  close(): void;
}

/** A sandbox in this process, and the connector that speaks to it as in the service. */
export function openVaultreAccount(
  options: VaultreSandboxOptions = {},
  { token = 'sandbox-key', key = 'sandbox-integrator-key' } = {},
): VaultreTestAccount {
  const clock = createVirtualClock();
  const sandbox = createVaultreSandbox({ clock, ...options });
  const connector = createVaultre({
    operator: { VAULTRE_API_KEY: key },
    baseUrl: `${sandbox.url}/api/v1.3`,
    isPlaceholder: isUsualPlaceholder,
  });
  const parsed = connector.account.parse({ accessToken: token });
  if (!parsed.ok) throw new Error(JSON.stringify(parsed.errors));
  const breaker = createCircuitBreaker({ clock: systemClock });
  const limiter = createBudgetLimiter(
    { requestsPerSecond: 1_000, maxConcurrent: 16 },
    { clock: systemClock, random: { next: () => 0 } },
  );
  const http = createCrmHttp({
    transport: createSandboxTransport(sandbox, clock),
    budget: { limiter, breaker },
    deadlineMs: 5_000,
    clock,
    priority: 'live',
    baseUrl: connector.account.baseUrl(parsed.credentials),
    headers: { all: connector.account.headers(parsed.credentials) },
    ...(connector.classify && { classify: connector.classify }),
  });
  const kind = (name: EntityBody['kind']): ConnectorKind => {
    const known = connector.kinds[name];
    if (known === undefined) throw new Error(`no ${name}`);
    return known;
  };
  return {
    sandbox,
    connector,
    http,
    kind,
    async draft(body, over = {}) {
      const facts = new Map<string, Json>();
      for (const name of kind(body.kind).factsFor?.(body) ?? []) {
        const outcome = await connector.facts?.read(http, name);
        if (outcome?.kind !== 'applied') throw new Error(JSON.stringify(outcome));
        facts.set(name, outcome.value);
      }
      return draftOf(body, kind(body.kind), { resolve: () => null, timeZone: 'UTC', facts, ...over });
    },
    close: () => breaker.dispose(),
  };
}
