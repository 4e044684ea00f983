import type { Config } from '../config/config.ts';
import type { ConnectorPage } from '../connectors/connector-page.ts';
import type { CrmConnector, CrmHttp } from '../connectors/connector.port.ts';
import type { EntityKind } from '../domain/entity.ts';
import { providerName } from '../domain/providers.ts';
import type { Clock } from '../runtime/clock.ts';
import type { SandboxKind, StartedSandbox } from '../sandbox/kit/sandbox.ts';
import { sandboxes } from '../sandbox/sandboxes.ts';
import { openAccountSpeaker } from '../service/account-speaker.ts';
import { createConnectors, DEFINITIONS } from '../service/create-connectors.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';

/** A CRM of the demo: its sandbox, and what its connector says of itself. Nothing here knows which CRM it is. */
export interface DemoCrm {
  /** As the service's routes name it. */
  readonly provider: string;
  /** As people call it. */
  readonly name: string;
  readonly connector: CrmConnector;
  readonly page: ConnectorPage | null;
  /** What a user enters to connect it. */
  readonly credentials: Readonly<Record<string, string>>;
  /** A page of what it holds. */
  readonly shownAt: string;
  /** A conversation beside the service's. */
  speak<T>(act: (http: CrmHttp) => Promise<T>): Promise<T>;
  /** The ids of its records of a kind; null: they can't be listed. */
  listed(kind: EntityKind): Promise<readonly string[] | null>;
  /** From now on it answers everything with 503, or as it should again. */
  fail(failing: boolean): Promise<void>;
  close(): Promise<void>;
}

/** The sandboxes that are asked for: one by its name, or one of each provider that has any. */
export function chooseSandboxes({
  crm,
  all,
}: {
  readonly crm: string | null;
  readonly all: boolean;
}): readonly SandboxKind[] {
  // One that no connector speaks to yet is of no use here.
  const known = sandboxes.filter(({ provider }) => DEFINITIONS.some(({ id }) => id === provider));
  if (all) {
    // A user has one connection for each provider: of several interfaces the first.
    return known.filter((kind, at) => known.findIndex((one) => one.provider === kind.provider) === at);
  }
  const found = crm === null ? known[0] : known.find(({ id }) => id === crm);
  if (found !== undefined) return [found];
  const names = known.map(({ id }) => id).join(', ');
  throw new CommandFailure(EXIT.usage, 'There is no CRM of that name to show', `There are: ${names}.`);
}

/** What a service needs to reach all of these. */
export function envOf(started: readonly StartedSandbox[]): Readonly<Record<string, string>> {
  const env: Record<string, string> = {};
  for (const one of started) {
    for (const [name, value] of Object.entries(one.env)) {
      const before = env[name];
      env[name] = name === HOSTS && before !== undefined ? `${before},${value}` : value;
    }
  }
  return env;
}

const HOSTS = 'ALLOWED_INSTANCE_HOSTS';

export function openDemoCrm(
  kind: SandboxKind,
  started: StartedSandbox,
  config: Pick<Config, 'declared' | 'placeholderEmails' | 'allowedInstanceHosts'>,
  clock: Clock,
): DemoCrm {
  const { credentials, url } = started;
  const connector = connectorFor(kind, started, config);
  const parsed = connector.account.parse(credentials);
  if (!parsed.ok) throw new TypeError(`${kind.id}: ${parsed.errors.map(({ detail }) => detail).join(' ')}`);
  const speaker = openAccountSpeaker(
    {
      // A look at a sandbox is in nobody's way.
      connector: { ...connector, limits: HURRIED },
      credentials: parsed.credentials,
      allowed: config.allowedInstanceHosts,
    },
    clock,
  );
  const desk = createDesk(url);
  const definition = DEFINITIONS.find(
    ({ id, dialect }) => id === connector.id && dialect === connector.dialect,
  );
  return {
    provider: kind.provider,
    name: connector.dialect === undefined ? providerName(connector) : kind.name,
    connector,
    page: definition?.page ?? null,
    credentials,
    shownAt: `${new URL(url).origin}/_sandbox/`,
    speak: speaker.speak,
    async listed(of) {
      const collection = kind.holds?.[of];
      return collection === undefined ? null : desk.list(collection);
    },
    fail: desk.fail,
    async close() {
      speaker.close();
      await started.close();
    },
  };
}

const HURRIED: CrmConnector['limits'] = {
  requestsPerSecond: 1_000,
  maxConcurrent: 16,
  requestsPerDay: null,
  searchLagMs: 0,
  callDeadlineMs: 10_000,
};

/** The one that takes what is entered, as where a user connects. */
function connectorFor(
  { id, provider }: SandboxKind,
  { credentials }: StartedSandbox,
  config: Pick<Config, 'declared' | 'placeholderEmails'>,
): CrmConnector {
  const all = createConnectors(config).available.filter((one) => one.id === provider);
  const found =
    all.find(({ dialect, takes }) => dialect !== undefined && takes?.(credentials) === true) ??
    all.find(({ dialect }) => dialect === undefined);
  if (found === undefined) throw new TypeError(`no connector takes what the sandbox ${id} asks for`);
  return found;
}

/** The sandbox's controls. */
function createDesk(url: string) {
  const call = async (method: string, path: string, body?: object): Promise<unknown> => {
    const answer = await fetch(new URL(`/_sandbox/${path}`, url), {
      method,
      ...(body !== undefined && { body: JSON.stringify(body) }),
    });
    if (!answer.ok) throw new Error(`the sandbox answered ${answer.status} to ${method} ${path}`);
    return answer.status === 204 ? null : await answer.json();
  };
  return {
    async list(collection: string): Promise<readonly string[]> {
      const records = (await call('GET', `records/${collection}`)) as readonly { readonly id: string }[];
      return records.map(({ id }) => id);
    },
    async fail(failing: boolean): Promise<void> {
      if (failing) await call('POST', 'misbehave', { fault: { kind: 'status', status: 503 } });
      else await call('DELETE', 'misbehave');
    },
  };
}
