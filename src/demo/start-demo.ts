import { createServer } from 'node:net';
import { type ApiClient, createApiClient, providerPath } from '../client/api-client.ts';
import { signToken } from '../client/sign-token.ts';
import type { StartConfig } from '../config/config.ts';
import type { ProviderId } from '../domain/providers.ts';
import { readConfig } from '../config/read-config.ts';
import { secret } from '../config/secret.ts';
import { SETTINGS } from '../config/settings.ts';
import type { Lifecycle } from '../runtime/lifecycle.ts';
import { stderrDestination } from '../runtime/log-destination.ts';
import { createLogger } from '../runtime/logger.ts';
import { startVaultSandbox, type VaultSandbox } from '../sandbox/mri-vault/vault-sandbox.ts';
import { type Service, startService } from '../service/start-service.ts';
import type { Cli } from '../terminal/cli.ts';
import { CommandFailure } from '../terminal/command-failure.ts';
import { EXIT } from '../terminal/exit-code.ts';
import { type DemoHome, makeDemoHome } from './demo-home.ts';

export const DEMO_USER = 'ava.thompson';
export const DEMO_PROVIDER: ProviderId = 'mri_vault';

/** The service and the CRM of a demo, running. */
export interface DemoStage {
  readonly home: DemoHome;
  readonly service: Service;
  readonly sandbox: VaultSandbox;
  /** Speaks for the demo's user. */
  readonly client: ApiClient;
  /** Ids of the CRM's own records. */
  readonly before: ReadonlySet<string>;
  /** The dashboard's address with a new one-time code. */
  newLink(): string;
}

const API_KEY = 'demo-key';
const SERVICE_PORT = Number(SETTINGS.PORT.default);
const SANDBOX_PORT = 8_090;
const SESSION_MS = 12 * 3_600_000;
const TOKEN_MS = 30 * 86_400_000;
const SCOPES = ['ops:read', 'ops:write', 'changes:write', 'metrics'] as const;

/** Starts a CRM and the service on nothing but a folder of their own. `port` null: the usual one, or a free one. */
export async function startDemo(cli: Cli, lifecycle: Lifecycle, port: number | null): Promise<DemoStage> {
  const home = makeDemoHome(cli.env['DATA_DIR'] || './.data');
  // It tells as a person tells, so an address's case does not keep a search from finding it.
  const sandbox = await startVaultSandbox({
    port: await freePort(SANDBOX_PORT),
    apiKeys: [API_KEY],
    searchCase: 'insensitive',
  });
  lifecycle.own('sandbox', () => sandbox.close());
  const before = new Set(seedCrm(sandbox));
  const config = demoConfig(cli, home, port ?? (await freePort(SERVICE_PORT)), sandbox);
  const service = await startOrFail(config, home);
  lifecycle.own('service', () => service.stop());
  const client = await clientOf(cli, config, service, lifecycle);
  await client.call({
    method: 'POST',
    path: providerPath(DEMO_PROVIDER, 'connect'),
    body: JSON.stringify({ credentials: { apiKey: API_KEY, instanceUrl: sandbox.url } }),
  });
  const principal = () => ({
    userId: DEMO_USER,
    scopes: new Set(SCOPES),
    expiresAt: cli.clock.now() + SESSION_MS,
  });
  const newLink = () => `${service.url}/#code=${service.issueCode(principal())}`;
  return { home, service, sandbox, client, before, newLink };
}

/** What stood in the CRM before anybody connected it: three people and two houses of Zena's, and one who is not Zena's. */
function seedCrm(sandbox: Pick<VaultSandbox, 'seed'>): readonly string[] {
  const contacts = sandbox.seed('contacts', [
    person('Sophie', 'Marchetti', 'sophie.marchetti@example.com', '2021-03-04T01:00:00Z'),
    person('Angus', 'Blackwood', 'ANGUS.BLACKWOOD@EXAMPLE.COM', '2022-08-19T04:30:00Z'),
    person('Marama', 'Rewi-Smith', 'marama.rewi@example.org', '2023-01-11T22:15:00Z'),
    person('Gordon', 'Long-Ago', 'gordon@example.net', '2017-05-02T03:00:00Z'),
  ]);
  const properties = sandbox.seed('properties', [
    { ...HOUSE, address: '14 Rata St, Ponsonby, Auckland 1011', createdAt: '2020-10-01T00:00:00Z' },
    { ...HOUSE, address: '5/12 WHARF ROAD, BALMAIN NSW 2041', createdAt: '2024-02-14T00:00:00Z' },
  ]);
  return [...contacts, ...properties].map(({ id }) => id);
}

const HOUSE = { vendors: [], buyers: [], milestones: [], riskOverview: null };

function person(firstName: string, lastName: string, email: string, createdAt: string) {
  return {
    firstName,
    lastName,
    email,
    phone: '',
    type: 'other',
    notes: 'From the old card index',
    createdAt,
  };
}

/** Made of nothing that happens to be set, so that the demo is the same everywhere. */
function demoConfig(cli: Cli, home: DemoHome, port: number, sandbox: VaultSandbox): StartConfig {
  const read = readConfig(
    {
      MODE: 'embedded',
      ENCRYPTION_KEY_FILE: home.encryptionKeyFile,
      JWT_SECRET_FILE: home.jwtSecretFile,
      DATA_DIR: home.folder,
      PORT: String(port),
      ALLOWED_INSTANCE_HOSTS: new URL(sandbox.url).host,
      LOG_LEVEL: cli.env['LOG_LEVEL'],
      SHUTDOWN_GRACE: '5s',
    },
    { require: 'start' },
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
