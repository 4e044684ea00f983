import { readFileSync } from 'node:fs';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Principal } from '../auth/principal.ts';
import { createSessionStore } from '../auth/session-store.ts';
import { createTokenVerifier } from '../auth/token-verifier.ts';
import { LETTER_CODES } from '../change-feed/codec/letter-code.ts';
import type { StartConfig } from '../config/config.ts';
import { CONNECTOR_REMEDIES, DEFINITIONS, createConnectors } from './create-connectors.ts';
import { checkInstanceUrl } from '../wire/outbound-guard.ts';
import { buildApp } from '../http/app.ts';
import { createHealth } from '../http/base/health.ts';
import { buildMetricsListener } from '../http/metrics-listener.ts';
import { createPendingConnects } from '../integrations/pending/pending-connects.ts';
import { createIntegrations } from '../integrations/integrations.ts';
import { shownHealth } from '../integrations/connection-access.ts';
import { createOperations } from '../operations/operations.ts';
import { systemClock } from '../runtime/clock.ts';
import { createLifecycle, type Lifecycle } from '../runtime/lifecycle.ts';
import type { Logger } from '../runtime/logger.ts';
import { allProviders } from '../domain/providers.ts';
import { METRIC_LABELS } from '../runtime/metric-labels.ts';
import { createMetrics, type Metrics } from '../runtime/metrics.ts';
import { systemRandom } from '../runtime/random.ts';
import type { StateStore } from '../state-store/state-store.port.ts';
import { createActivity } from './activity.ts';
import { createObserver, type Observer } from './observe.ts';
import type { ProviderCatalogue } from '../integrations/integration.port.ts';
import { type CrmSessionParts, openCrmSessions, type OpenCrmSessions } from './open-crm-sessions.ts';
import { createAxiosTransport } from '../wire/axios-transport.ts';
import { createBudgets } from '../budget/budgets.ts';
import type { ResolveAll } from '../wire/guarded-lookup.ts';
import { openFeed, type OpenedFeed } from './open-feed.ts';
import { type OpenedStore, openStore } from './open-store.ts';
import { type OpenedVault, openKeyRing, openVault } from './open-vault.ts';
import { createUnprovenConnections, startAccountUpkeep } from './start-account-upkeep.ts';
import { type RunningCore, startCore } from './start-core.ts';
import { startFaultOf, type StartFault } from './start-fault.ts';

/** What a process does: the work, the HTTP side, or both. */
export type ServiceRole = 'all' | 'worker' | 'api';

/** A running service. */
export interface Service {
  readonly url: string;
  readonly mode: 'embedded' | 'servers';
  /** A one-time code for the dashboard, valid for 60 s: `{url}/#code=…`. */
  issueCode(principal: Principal): string;
  /** Takes nothing new, ends what is under way within the grace period, releases everything. */
  stop(): Promise<void>;
}

export interface ServiceOptions {
  readonly role: ServiceRole;
  readonly logger: Logger;
  /** Start although some credentials' key is not here; false by default. */
  readonly withoutKeys?: boolean;
  /** Start although the log no longer reaches back to what the store holds; false by default. */
  readonly acceptLostEvents?: boolean;
  /** Something ended that this process can't go on without; it should stop and exit with 1. */
  readonly onFatal: (code: string) => void;
  /** How the names of CRMs are resolved; as the machine does when absent. */
  readonly resolve?: ResolveAll;
}

export type StartResult =
  | { readonly ok: true; readonly service: Service }
  | { readonly ok: false; readonly exitCode: 1 | 3; readonly faults: readonly StartFault[] };

const DASHBOARD_DIR = fileURLToPath(new URL('../../dashboard/dist', import.meta.url));

/** Composes and starts the service. What was started is released again when a later part fails. */
export async function startService(config: StartConfig, options: ServiceOptions): Promise<StartResult> {
  const lifecycle = createLifecycle((part, error) => {
    options.logger.error('service.release_failed', {
      part,
      message: error instanceof Error ? error.name : 'unknown',
    });
  });
  try {
    return { ok: true, service: await lifecycle.start(() => compose(config, options, lifecycle)) };
  } catch (error) {
    const fault = startFaultOf(error);
    if (fault === null) throw error;
    return { ok: false, exitCode: fault.exitCode, faults: [fault] };
  }
}

async function compose(config: StartConfig, options: ServiceOptions, lifecycle: Lifecycle): Promise<Service> {
  const { logger, role } = options;
  const [clock, random] = [systemClock, systemRandom];
  const opened = await open(config, options, lifecycle);
  const { catalogue, store, metrics, feed, label, storeKind } = opened;
  logger.info('service.starting', { mode: config.mode, store: label, feed: feed.label, role });

  const observer = createObserver(metrics, logger);
  const activity = createActivity();
  const works = role !== 'api';
  const unproven = createUnprovenConnections();
  const sessions = startCrmSessions(
    config,
    options,
    opened,
    { ...observer, onHold: unproven.notice },
    lifecycle,
  );
  const core = await startCore(
    {
      config,
      store,
      connectors: catalogue.available,
      lacking: catalogue.unavailable?.map(({ connector }) => connector) ?? [],
      sessions,
      clock,
      random,
      metrics,
      observer,
      activity,
      works,
    },
    feed,
    lifecycle,
  );
  const useCases = createUseCases(config, options, opened, sessions, core);
  const { proveKin, renewBudgetKeys } = useCases.integrations;
  const { onError } = observer;
  if (works) startAccountUpkeep({ proveKin, renewBudgetKeys, unproven, store, clock, onError }, lifecycle);
  const userSessions = createSessionStore(clock, random);
  const url = await listen(config, lifecycle, {
    ...useCases,
    metrics,
    activity,
    clock,
    random,
    logger,
    auth: { verifier: createTokenVerifier(config.auth, clock), sessions: userSessions },
    kept: store,
    health: createHealth({
      ping: () => store.ping(),
      feed: works ? () => feed.feed.health() : null,
      clock,
    }),
    settings: {
      version: { version: packageVersion(), mode: config.mode, store: storeKind, feed: feed.kind },
      syncWaitMs: config.syncWaitMs,
      trustProxy: config.trustProxy,
      dashboardDir: DASHBOARD_DIR,
    },
  });
  if (config.metrics !== null) await listenForMetrics(config.metrics, metrics, lifecycle);
  logger.info('service.ready', {
    mode: config.mode,
    role,
    host: config.http.host,
    port: Number(new URL(url).port),
  });
  return {
    url,
    mode: config.mode,
    issueCode: (principal) => userSessions.issueCode(principal),
    async stop() {
      await lifecycle.stop();
    },
  };
}

/** What is open before anything works. */
interface Opened extends OpenedVault {
  readonly catalogue: ProviderCatalogue;
  readonly metrics: Metrics;
  readonly store: StateStore;
  readonly storeKind: OpenedStore['kind'];
  readonly label: string;
  readonly feed: OpenedFeed;
}

/** Opens store, keys and feed. A key that does not fit is told before anything is written. */
async function open(
  config: StartConfig,
  { logger, onFatal, withoutKeys = false, acceptLostEvents = false }: ServiceOptions,
  lifecycle: Lifecycle,
): Promise<Opened> {
  const ring = openKeyRing(config);
  const metrics = createMetrics({
    labels: {
      deadLetterCode: [...METRIC_LABELS.deadLetterCode, ...LETTER_CODES, ...Object.keys(CONNECTOR_REMEDIES)],
      keyId: ring.ids,
      provider: allProviders(DEFINITIONS).map(({ id }) => id),
    },
  });
  const opened = await openStore(config);
  const { store, kind: storeKind, label } = opened;
  lifecycle.own('store', () => store.close());
  const secrets = await openVault({ ring, store, logger, withoutKeys, onSealed: metrics.sealing });
  const feed = await openFeed(config, opened, {
    clock: systemClock,
    logger,
    onFatal,
    acceptLostEvents,
  });
  lifecycle.own('feed publisher', () => feed.close());
  return { catalogue: createConnectors(config), metrics, store, storeKind, label, ...secrets, feed };
}

/** What users and operators can ask for. */
function createUseCases(
  { allowedInstanceHosts, maxEventBytes, publicUrl, retention }: StartConfig,
  { logger }: ServiceOptions,
  { catalogue, store, vault, fingerprints, keys, feed }: Opened,
  sessions: OpenCrmSessions,
  { runs, replays, work }: RunningCore,
) {
  const clock = systemClock;
  const integrations = createIntegrations({
    store,
    vault,
    fingerprints,
    clock,
    random: systemRandom,
    logger,
    runs,
    reconciler: work,
    catalogue: {
      ...catalogue,
      ...(publicUrl !== null && {
        browsers: {
          publicUrl,
          pending: createPendingConnects({ kept: store.idempotency, vault, clock, random: systemRandom }),
        },
      }),
    },
    checkInstanceUrl: (text, hosts) => checkInstanceUrl(text, allowedInstanceHosts, hosts),
    credentialCheck: sessions,
    intake: { publisher: feed.publisher, maxEventBytes },
  });
  const operations = createOperations({
    store,
    clock,
    keys,
    replays,
    remedies: CONNECTOR_REMEDIES,
    runs,
    reconciler: work,
    retention,
    healthOf: (connection) => shownHealth(catalogue, connection),
    feed: feed.kind,
  });
  return { integrations, operations };
}

async function listen(
  config: StartConfig,
  lifecycle: Lifecycle,
  deps: Parameters<typeof buildApp>[0],
): Promise<string> {
  const app = await buildApp(deps);
  lifecycle.own('http', () => app.close());
  await app.listen({ host: config.http.host, port: config.http.port });
  const { port } = app.server.address() as AddressInfo;
  const host = ['0.0.0.0', '::'].includes(config.http.host) ? '127.0.0.1' : config.http.host;
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function listenForMetrics(
  address: { readonly host: string; readonly port: number },
  metrics: Metrics,
  lifecycle: Lifecycle,
): Promise<void> {
  const server = buildMetricsListener({ metrics, random: systemRandom });
  lifecycle.own('metrics', () => new Promise((resolve) => server.close(resolve)));
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(address.port, address.host, resolve);
  });
}

function packageVersion(): string {
  const file = fileURLToPath(new URL('../../package.json', import.meta.url));
  const parsed = JSON.parse(readFileSync(file, 'utf8')) as { version: string };
  return parsed.version;
}

/** The way out: guarded transport and budgets, released in the reverse order. */
function startCrmSessions(
  { allowedInstanceHosts }: StartConfig,
  { resolve }: ServiceOptions,
  { catalogue, store, vault, fingerprints }: Opened,
  { onError, onCall, onHold, onOutage, onApplicationRefused }: Observer & Pick<CrmSessionParts, 'onHold'>,
  lifecycle: Lifecycle,
): OpenCrmSessions {
  const [clock, random] = [systemClock, systemRandom];
  const transport = createAxiosTransport({ allowed: allowedInstanceHosts, ...(resolve && { resolve }) });
  lifecycle.own('transport', () => {
    transport.close();
  });
  const budgets = createBudgets({
    clock,
    random,
    store: store.budgets,
    agencies: store.connections.accountsOnBudget,
    processes: async () => (await store.ownership.workers()).length,
    onError,
    onOutage,
    onApplicationRefused,
  });
  lifecycle.own('budgets', () => {
    budgets.close();
  });
  return openCrmSessions({
    connectors: catalogue.available,
    transport,
    budgets,
    vault,
    fingerprints,
    clock,
    kept: { connections: store.connections, seal: vault.seal, tag: random.uuid() },
    onCall,
    ...(onHold && { onHold }),
  });
}
