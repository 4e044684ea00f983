import { randomBytes } from 'node:crypto';
import { readConfig } from '../../src/config/read-config.ts';
import type { StartConfig } from '../../src/config/config.ts';
import type { CrmConnector } from '../../src/connectors/connector.port.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { createKeyRing } from '../../src/credentials/key-ring.ts';
import { createLocalKeyService } from '../../src/credentials/local-key-service.ts';
import { createSealer } from '../../src/credentials/sealing.ts';
import { createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { createBudgets } from '../../src/budget/budgets.ts';
import { checkInstanceUrl } from '../../src/wire/outbound-guard.ts';
import { createIntegrations, type Integrations } from '../../src/integrations/integrations.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createLifecycle } from '../../src/runtime/lifecycle.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { createActivity } from '../../src/service/activity.ts';
import { createObserver } from '../../src/service/observe.ts';
import { openCrmSessions } from '../../src/service/open-crm-sessions.ts';
import { openFeed, type OpenedFeed } from '../../src/service/open-feed.ts';
import { openStore, type OpenedStore } from '../../src/service/open-store.ts';
import { startCore } from '../../src/service/start-core.ts';
import { benchFingerprints } from './bench-fingerprints.ts';

/** The whole program but its HTTP side, with an MRI Vault whose limits and mapping are the bench's. */
export interface MeasuredCore {
  readonly store: OpenedStore['store'];
  readonly integrations: Integrations;
  readonly publisher: OpenedFeed['publisher'];
  /** Lines of the log with level `error`. */
  readonly errors: readonly string[];
  stop(): Promise<void>;
}

export interface CoreOptions {
  readonly env: Readonly<Record<string, string>>;
  readonly crmHost: string;
  readonly requestsPerSecond: number;
  readonly maxConcurrent: number;
  /** Further providers, which are MRI Vault with another limit: requests a second, by their id. */
  readonly limits?: Readonly<Record<string, number>>;
  /** Another one than it had makes every record be compared anew. */
  readonly mappingVersion?: string;
}

export const PROVIDER = mriVault.id;

/** Composes the core as `startService` does. */
export async function startMeasuredCore(options: CoreOptions): Promise<MeasuredCore> {
  const config = readStartConfig(options);
  const errors: string[] = [];
  const destination = { write: (line: string) => void errors.push(line) };
  const logger = createLogger({ level: 'error', destination });
  const lifecycle = createLifecycle((part) => void errors.push(`release of ${part} failed`));
  const [clock, random] = [systemClock, systemRandom];
  const opened = await openStore(config);
  const { store } = opened;
  lifecycle.own('store', () => store.close());
  const onFatal = (code: string): void => void errors.push(`fatal ${code}`);
  const feed = await openFeed(config, opened, {
    clock,
    logger,
    onFatal,
    acceptLostEvents: false,
  });
  lifecycle.own('feed publisher', () => feed.close());
  const made = createKeyRing(config.encryption);
  if (!made.ok) throw new Error(made.code);
  const keys = createLocalKeyService(made.ring);
  const vault = createCredentialVault(createSealer({ keys, ring: made.ring }));
  const metrics = createMetrics();
  const observer = createObserver(metrics, logger);
  const connectors = connectorsOf(options);
  const transport = createAxiosTransport({ allowed: config.allowedInstanceHosts });
  lifecycle.own('transport', () => transport.close());
  const budgets = createBudgets({ clock, random, store: store.budgets, onError: observer.onError });
  lifecycle.own('budgets', () => budgets.close());
  const sessions = openCrmSessions({
    connectors,
    transport,
    budgets,
    vault,
    fingerprints: benchFingerprints,
    clock,
    onCall: observer.onCall,
  });
  const parts = { config, store, sessions, clock, random, metrics, observer, activity: createActivity() };
  const core = await startCore({ ...parts, connectors, works: true }, feed, lifecycle);
  const { publisher } = feed;
  const integrations = createIntegrations({
    store,
    vault,
    fingerprints: benchFingerprints,
    clock,
    random,
    logger,
    intake: { publisher, maxEventBytes: config.maxEventBytes },
    runs: core.runs,
    reconciler: core.work,
    catalogue: { available: connectors },
    checkInstanceUrl: (text, hosts) => checkInstanceUrl(text, config.allowedInstanceHosts, hosts),
    credentialCheck: sessions,
  });
  return {
    store,
    integrations,
    publisher,
    errors,
    async stop() {
      await lifecycle.stop();
    },
  };
}

function connectorsOf(options: CoreOptions): CrmConnector[] {
  const others = Object.entries(options.limits ?? {}).map(([id, requestsPerSecond]) => ({
    ...connectorOf({ ...options, requestsPerSecond }),
    id,
  }));
  return [connectorOf(options), ...others];
}

function connectorOf({ requestsPerSecond, maxConcurrent, mappingVersion }: CoreOptions): CrmConnector {
  const connector = { ...mriVault, limits: { ...mriVault.limits, requestsPerSecond, maxConcurrent } };
  if (mappingVersion === undefined) return connector;
  const kinds = Object.entries(mriVault.kinds).map(([kind, known]) => {
    const fields: typeof known.fields = (body, context) => ({
      ...known.fields(body, context),
      source: `Zena ${mappingVersion}`,
    });
    return [kind, { ...known, fields }];
  });
  return { ...connector, mappingVersion, kinds: Object.fromEntries(kinds) as typeof mriVault.kinds };
}

function readStartConfig({ env, crmHost }: CoreOptions): StartConfig {
  const read = readConfig(
    {
      ENCRYPTION_KEY: randomBytes(32).toString('hex'),
      JWT_SECRET: randomBytes(32).toString('hex'),
      ALLOWED_INSTANCE_HOSTS: crmHost,
      ...env,
    },
    { require: 'start' },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.config;
}
