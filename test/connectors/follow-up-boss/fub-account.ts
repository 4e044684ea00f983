import { createCircuitBreaker } from '../../../src/budget/circuit-breaker.ts';
import { createBudgetLimiter } from '../../../src/budget/rate-limiter.ts';
import type { ConnectorKind, CrmConnector, CrmHttp } from '../../../src/connectors/connector.port.ts';
import { createFollowUpBoss } from '../../../src/connectors/follow-up-boss/follow-up-boss.ts';
import { isUsualPlaceholder } from '../../../src/domain/canonical/placeholder-emails.ts';
import { recordKey, type EntityBody, type RecordKey } from '../../../src/domain/entity.ts';
import type { Json } from '../../../src/domain/json.ts';
import { draftOf, type Draft, type MappingContext } from '../../../src/domain/mapping.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import {
  createFubSandbox,
  type FubInProcess,
  type FubSandboxOptions,
} from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { createCrmHttp } from '../../../src/wire/crm-http.ts';
import { createSandboxTransport } from '../../support/sandbox-transport.ts';

export interface FubAccount {
  readonly sandbox: FubInProcess;
  readonly clock: VirtualClock;
  readonly connector: CrmConnector;
  readonly people: ConnectorKind;
  readonly deals: ConnectorKind;
  readonly http: CrmHttp;
  /** The same account by another key. */
  as(apiKey: string): CrmHttp;
  /** What the account's facts are now. */
  facts(http?: CrmHttp): Promise<ReadonlyMap<string, Json>>;
  /** `METHOD path` of the requests since the last time. */
  calls(): string[];
  close(): Promise<void>;
}

/** A sandbox in this process by a virtual clock, and the real conversation above it. */
export function openFubAccount(options: FubSandboxOptions = {}): FubAccount {
  const clock = createVirtualClock();
  const sandbox = createFubSandbox({ clock, ...options });
  const connector = createFollowUpBoss({
    operator: {},
    baseUrl: `${sandbox.url}/v1`,
    isPlaceholder: isUsualPlaceholder,
  });
  const transport = createSandboxTransport(sandbox, clock);
  const releases: (() => void)[] = [];
  let seen = 0;
  const as = (apiKey: string): CrmHttp => {
    const breaker = createCircuitBreaker({ clock: systemClock });
    releases.push(() => breaker.dispose());
    const limiter = createBudgetLimiter(
      { requestsPerSecond: 1_000, maxConcurrent: 16 },
      { clock: systemClock, random: { next: () => 0 } },
    );
    return createCrmHttp({
      transport,
      budget: { limiter, breaker },
      deadlineMs: 5_000,
      clock,
      priority: 'live',
      baseUrl: connector.account.baseUrl({ apiKey }),
      headers: { all: connector.account.headers({ apiKey }) },
      classify: (answer, request) => connector.classify?.(answer, request) ?? null,
    });
  };
  const http = as('sandbox-key');
  return {
    sandbox,
    clock,
    connector,
    people: kindOf(connector, 'contact'),
    deals: kindOf(connector, 'deal'),
    http,
    as,
    async facts(by = http) {
      const read = async (name: string): Promise<[string, Json]> => [
        name,
        applied(await (connector.facts?.read(by, name) ?? Promise.reject(new Error('no facts')))),
      ];
      return new Map(await Promise.all(['pipelines', 'dealFields', 'owner'].map(read)));
    },
    calls() {
      const all = sandbox.requests().map(({ method, path }) => `${method} ${path.slice('/v1'.length)}`);
      const since = all.slice(seen);
      seen = all.length;
      return since;
    },
    async close() {
      for (const release of releases) release();
      await sandbox.close();
    },
  };
}

function kindOf(connector: CrmConnector, kind: 'contact' | 'deal'): ConnectorKind {
  const found = connector.kinds[kind];
  if (found === undefined) throw new Error(`no ${kind}`);
  return found;
}

/** A verb that the connector has. */
export function can<V>(verb: V | undefined): V {
  if (verb === undefined) throw new Error('Follow Up Boss can not do this');
  return verb;
}

export function applied<T>(outcome: CallOutcome<T>): T {
  if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

/** What the CRM should hold for a body; `ids` are what Zena's stand for there, `others` what it refers to. */
export function fubDraft(
  kind: ConnectorKind,
  body: EntityBody,
  facts: ReadonlyMap<string, Json>,
  more: {
    readonly ids?: Readonly<Record<string, string>>;
    readonly others?: Readonly<Record<RecordKey, EntityBody>>;
    readonly stages?: Readonly<Record<string, string>>;
  } = {},
): Draft {
  return draftOf(body, kind, contextOf(facts, more));
}

export function contextOf(
  facts: ReadonlyMap<string, Json>,
  { ids = {}, others = {}, stages = {} }: Parameters<typeof fubDraft>[3] = {},
): MappingContext {
  return {
    facts,
    stages,
    timeZone: 'UTC',
    resolve: (key) => ids[key] ?? null,
    referred: (key) => others[key] ?? null,
  };
}

export const contactKey = (id: string): RecordKey => recordKey('contact', id);
