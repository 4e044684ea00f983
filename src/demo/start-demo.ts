import { createServer } from 'node:net';
import { type ApiClient, createApiClient, providerPath } from '../client/api-client.ts';
import { signToken } from '../client/sign-token.ts';
import type { StartConfig } from '../config/config.ts';
import { readConfig } from '../config/read-config.ts';
import { secret } from '../config/secret.ts';
import { SETTINGS } from '../config/settings.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { stderrDestination } from '../runtime/log-destination.ts';
import { createLogger } from '../runtime/logger.ts';
import type { SandboxKind, StartedSandbox } from '../sandbox/kit/sandbox.ts';
import { DECLARED_SETTINGS } from '../service/create-connectors.ts';
import { type Service, startService } from '../service/start-service.ts';
import type { Cli } from '../terminal/cli.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { type DemoCrm, envOf, openDemoCrm } from './demo-crm.ts';
import { type DemoHome, makeDemoHome } from './demo-home.ts';
import type { EntityBody } from '../domain/entity.ts';
import { draftOf } from '../domain/mapping.ts';
import { factsFor, readableKinds } from './look-at-crm.ts';

/** What stands in a CRM before anybody connects it, by its own ids: people and houses of Zena's, written otherwise, and one who is not Zena's. */
async function seedCrm(crm: DemoCrm): Promise<ReadonlySet<string>> {
  const kinds = readableKinds(crm);
  const bodies = THERE_BEFORE.filter(({ kind }) => kinds.includes(kind));
  return await crm.speak(async (http) => {
    const facts = await factsFor(
      crm,
      http,
      bodies.map((body) => ({ kind: body.kind, body })),
    );
    const ids = new Set<string>();
    for (const body of bodies) {
      const kind = crm.connector.kinds[body.kind];
      if (kind === undefined) continue;
      const { fields, refusals } = draftOf(body, kind, { resolve: () => null, timeZone: 'UTC', facts });
      if (refusals.length > 0) continue;
      const made = await kind.parts.core.create(http, { fields });
      if (made.kind !== 'applied')
        throw new Error(`${crm.name} could not be furnished: ${made.code}, ${made.detail}`);
      ids.add(made.value.id);
    }
    return ids;
  });
}

const THERE_BEFORE: readonly EntityBody[] = [
  person('Sophie Marchetti', 'sophie.marchetti@example.com', 'vendor'),
  person('Angus Blackwood', 'angus.blackwood@example.com', 'buyer'),
  person('Marama Rewi-Smith', 'marama.rewi@example.org', 'vendor'),
  person('Gordon Long-Ago', 'gordon@example.net', 'other'),
  house('14 Rata St, Ponsonby, Auckland 1011'),
  house('5/12 WHARF ROAD, BALMAIN NSW 2041'),
];

function person(name: string, email: string, role: string): EntityBody {
  return {
    kind: 'contact',
    contact: {
      name,
      emails: [email],
      phones: [],
      role,
      relationshipNotes: ['From the old card index'],
      doNotContact: null,
      attributes: {},
    },
  };
}

function house(address: string): EntityBody {
  const property = { address, vendors: [], buyers: [], milestones: [], riskOverview: null, attributes: {} };
  return { kind: 'property', property };
}

export const DEMO_USER = 'ava.thompson';

/** A CRM of the demo with what stood in it before anybody connected it, by its ids. */
export interface FurnishedCrm {
  readonly crm: DemoCrm;
  readonly before: ReadonlySet<string>;
}

/** The service and the CRMs of a demo, running. */
export interface DemoStage {
  readonly home: DemoHome;
  readonly service: Service;
  readonly crms: readonly FurnishedCrm[];
  /** Speaks for the demo's user. */
  readonly client: ApiClient;
  /** The dashboard's address with a new one-time code. */
  newLink(): string;
}

const API_KEY = 'demo-key';
const SERVICE_PORT = Number(SETTINGS.PORT.default);
const SANDBOX_PORT = 8_090;
const SESSION_MS = 12 * 3_600_000;
const TOKEN_MS = 30 * 86_400_000;
const SCOPES = ['ops:read', 'ops:write', 'changes:write', 'metrics'] as const;

/** Starts CRMs and the service on nothing but a folder of their own. `port` null: the usual one, or a free one. */
export async function startDemo(
  cli: Cli,
  lifecycle: Lifecycle,
  { kinds, port }: { readonly kinds: readonly SandboxKind[]; readonly port: number | null },
): Promise<DemoStage> {
  const home = makeDemoHome(cli.env['DATA_DIR'] || './.data');
  const started: (readonly [SandboxKind, StartedSandbox])[] = [];
  for (const [at, kind] of kinds.entries()) {
    const options = { port: await freePort(SANDBOX_PORT + at), host: '127.0.0.1', apiKey: API_KEY };
    started.push([kind, await kind.start(options)]);
  }
  const env = envOf(started.map(([, running]) => running));
  const config = demoConfig(cli, home, port ?? (await freePort(SERVICE_PORT)), env);
  const crms: FurnishedCrm[] = [];
  for (const [kind, running] of started) {
    const crm = openDemoCrm(kind, running, config, cli.clock);
    lifecycle.own(`sandbox ${kind.id}`, () => crm.close());
    crms.push({ crm, before: await seedCrm(crm) });
  }
  const service = await startOrFail(config, home);
  lifecycle.own('service', () => service.stop());
  const client = await clientOf(cli, config, service, lifecycle);
  for (const { crm } of crms) {
    await client.call({
      method: 'POST',
      path: providerPath(crm.provider, 'connect'),
      body: JSON.stringify({ credentials: crm.credentials }),
    });
  }
  const principal = () => ({
    userId: DEMO_USER,
    scopes: new Set(SCOPES),
    expiresAt: cli.clock.now() + SESSION_MS,
  });
  const newLink = () => `${service.url}/#code=${service.issueCode(principal())}`;
  return { home, service, crms, client, newLink };
}

/** Made of nothing that happens to be set, so that the demo is the same everywhere. */
function demoConfig(
  cli: Cli,
  home: DemoHome,
  port: number,
  env: Readonly<Record<string, string>>,
): StartConfig {
  const read = readConfig(
    {
      MODE: 'embedded',
      ENCRYPTION_KEY_FILE: home.encryptionKeyFile,
      JWT_SECRET_FILE: home.jwtSecretFile,
      DATA_DIR: home.folder,
      PORT: String(port),
      ...env,
      LOG_LEVEL: cli.env['LOG_LEVEL'],
      SHUTDOWN_GRACE: '5s',
    },
    { require: 'start', declared: DECLARED_SETTINGS },
  );
  if (read.ok) return read.config;
  const [fault] = read.faults;
  throw new CommandFailure(
    EXIT.configuration,
    fault?.message ?? 'The configuration is not valid',
    fault?.remedy,
  );
}

async function startOrFail(config: StartConfig, home: DemoHome): Promise<Service> {
  const logger = createLogger({
    level: config.logLevel,
    destination: stderrDestination(home.logDescriptor),
  });
  const started = await startService(config, {
    role: 'all',
    logger,
    onFatal: (code) => {
      logger.error('service.fatal', { code });
    },
  });
  if (started.ok) return started.service;
  const [fault] = started.faults;
  throw new CommandFailure(started.exitCode, fault?.message ?? 'The service did not start', fault?.remedy);
}

async function clientOf(
  cli: Cli,
  { auth }: StartConfig,
  service: Service,
  lifecycle: Lifecycle,
): Promise<ApiClient> {
  if (auth.kind !== 'hmac') throw new TypeError('the demo signs its own tokens');
  const token = await signToken(auth, { userId: DEMO_USER, scopes: SCOPES, ttlMs: TOKEN_MS }, cli.clock);
  return createApiClient({ url: service.url, token: secret(token) }, lifecycle.signal);
}

/** The wanted port where nobody listens on it, else 0, which stands for any free one. */
function freePort(wanted: number): Promise<number> {
  return new Promise((resolve) => {
    const probe = createServer();
    probe.once('error', () => {
      resolve(0);
    });
    probe.listen(wanted, '127.0.0.1', () => {
      probe.close(() => {
        resolve(wanted);
      });
    });
  });
}
