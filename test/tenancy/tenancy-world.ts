import { setImmediate } from 'node:timers/promises';
import type { Principal } from '../../src/auth/principal.ts';
import { SCOPES } from '../../src/auth/principal.ts';
import { createBudgets } from '../../src/budget/budgets.ts';
import { deadLetterMessage } from '../../src/change-feed/kafka/producing/dead-letter-message.ts';
import type { StartConfig } from '../../src/config/config.ts';
import { readConfig } from '../../src/config/read-config.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { buildApp } from '../../src/http/app.ts';
import type { App } from '../../src/http/base/app-types.ts';
import { createIntegrations } from '../../src/integrations/integrations.ts';
import type { SealingKeys } from '../../src/operations/operation.port.ts';
import { createOperations } from '../../src/operations/operations.ts';
import { createLifecycle } from '../../src/runtime/lifecycle.ts';
import { createLogger } from '../../src/runtime/logger.ts';
import { createMetrics } from '../../src/runtime/metrics.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { createVaultSandbox, type VaultInProcess } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { createActivity } from '../../src/service/activity.ts';
import { createConnectors } from '../../src/service/create-connectors.ts';
import { createObserver } from '../../src/service/observe.ts';
import { openCrmSessions } from '../../src/service/open-crm-sessions.ts';
import { openFeed } from '../../src/service/open-feed.ts';
import { startCore } from '../../src/service/start-core.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { checkInstanceUrl } from '../../src/wire/outbound-guard.ts';
import type { Transport } from '../../src/wire/transport.port.ts';
import { createSandboxTransport } from '../support/sandbox-transport.ts';
import { fingerprintsOf, sealerOf } from '../support/sealers.ts';

export const USERS = ['ann', 'bob', 'cyd'] as const;
export const OPERATOR = 'olga';
const API_KEY = 'sandbox-key';
const FIRST_PORT = 4_101;

/** What one call came to. */
export interface Called {
  readonly status: number;
  readonly text: string;
  readonly headers: string;
}

/** A message of the dead-letter topic, as it would stand in Kafka. */
export interface Published {
  readonly userId: string;
  readonly text: string;
}

/** The whole service in this process, by a virtual clock: its API, store, feed and deliveries, and a CRM for each user. */
export interface TenancyWorld {
  readonly app: App;
  readonly clock: VirtualClock;
  readonly store: SqliteStateStore;
  readonly crms: Readonly<Record<string, VaultInProcess>>;
  readonly logs: readonly string[];
  readonly credentials: (userId: string) => Readonly<Record<string, string>>;
  call(
    as: string,
    method: string,
    url: string,
    body?: unknown,
    headers?: Readonly<Record<string, string>>,
  ): Promise<Called>;
  /** Reads a stream until its caller's token is over. */
  listen(as: string, url: string, headers?: Readonly<Record<string, string>>): Promise<Called>;
  close(): Promise<void>;
}

/** How long a stream is listened to, ms. */
const LISTENING_MS = 1_500;
/** Turns of the loop in which what waits for no time comes to its end. */
const TURNS = 12;

export async function openTenancyWorld(
  seed: number,
  onPublished: (message: Published) => void,
  share: boolean,
): Promise<TenancyWorld> {
  const clock = wholeMilliseconds(createVirtualClock());
  const random = seededRandom(seed);
  const lifecycle = createLifecycle(() => undefined);
  const logs: string[] = [];
  const config = configOf();
  const logger = createLogger({
    level: 'debug',
    destination: { write: (line: string) => void logs.push(line) },
  });
  const store = await openSqliteStore({ path: ':memory:' });
  lifecycle.own('store', () => store.close());
  const crms = Object.fromEntries(
    USERS.map((user) => [user, createVaultSandbox({ clock, apiKeys: [API_KEY], seed })] as const),
  );
  // Two colleagues of one office, who have one CRM account.
  const crmOf = (userId: string): number =>
    share && userId === USERS[1] ? 0 : USERS.indexOf(userId as (typeof USERS)[number]);
  const metrics = createMetrics({ labels: { deadLetterCode: [], keyId: [], provider: [] } });
  const observer = createObserver(metrics, logger, clock);
  const activity = createActivity();
  const sealer = sealerOf('current');
  const vault = createCredentialVault(sealer);
  const budgets = createBudgets({ clock, random, store: store.budgets, ...observer });
  lifecycle.own('budgets', () => budgets.close());
  const catalogue = createConnectors(config);
  const connectors = catalogue.available;
  const fingerprints = fingerprintsOf('store');
  const transport = transportTo(crms, clock);
  const sessions = openCrmSessions({
    connectors,
    transport,
    budgets,
    vault,
    fingerprints,
    clock,
    onCall: observer.onCall,
  });
  const opened = await openFeed(
    config,
    { kind: 'embedded', store, label: 'memory' },
    { clock, logger, onFatal: () => undefined, acceptLostEvents: false },
  );
  const feed = {
    ...opened,
    deadLetters: {
      async publish(letters: Parameters<typeof opened.deadLetters.publish>[0]) {
        for (const letter of letters) {
          const { headers = {}, key, value } = deadLetterMessage(letter, 'letters');
          const text = [JSON.stringify(headers), key, value].map((part) => String(part ?? '')).join('\n');
          onPublished({ userId: String(headers['dlq.user-id'] ?? ''), text });
        }
      },
    },
  };
  const core = await startCore(
    { config, store, connectors, sessions, clock, random, metrics, observer, activity, works: true },
    feed,
    lifecycle,
  );
  const app = await buildApp({
    integrations: createIntegrations({
      store,
      vault,
      fingerprints,
      clock,
      random,
      logger,
      runs: core.runs,
      reconciler: core.work,
      catalogue,
      checkInstanceUrl: (text, hosts) => checkInstanceUrl(text, config.allowedInstanceHosts, hosts),
      credentialCheck: sessions,
      intake: { publisher: feed.publisher, maxEventBytes: config.maxEventBytes },
    }),
    operations: createOperations({
      store,
      clock,
      keys: { ...sealer.keys } as unknown as SealingKeys,
      replays: core.replays,
      runs: core.runs,
      reconciler: core.work,
      retention: config.retention,
      healthOf: ({ health }) => health,
      feed: 'embedded',
    }),
    auth: {
      verifier: { verify: async (token) => ({ ok: true, principal: principalOf(token) }) },
      sessions: { redeemCode: () => null, open: () => null, find: () => null, close: () => undefined },
    },
    kept: store,
    health: { live: () => true, notReady: async () => null },
    metrics: { render: () => metrics.render(), contentType: metrics.contentType },
    activity,
    settings: {
      version: { version: '0', mode: 'embedded', store: 'sqlite', feed: 'embedded' },
      syncWaitMs: 2_000,
      trustProxy: [],
      dashboardDir: '/nonexistent',
    },
    clock,
    random,
    logger,
  });
  lifecycle.own('http', () => app.close());

  const headersOf = (as: string, until: number): Record<string, string> => ({
    authorization: `Bearer ${Buffer.from(JSON.stringify([as, until])).toString('base64url')}`,
  });
  const credentials = (userId: string) => ({
    apiKey: API_KEY,
    instanceUrl: `http://127.0.0.1:${FIRST_PORT + crmOf(userId)}`,
  });

  return {
    app,
    clock,
    store,
    crms,
    logs,
    credentials,
    async call(as, method, url, body, headers = {}) {
      const answer = await passingTime(
        clock,
        app.inject({
          method: method as 'GET',
          url,
          headers: { ...headersOf(as, clock.now() + 3_600_000), ...headers },
          ...(body !== undefined && { payload: body as object }),
        }),
      );
      return { status: answer.statusCode, text: answer.body, headers: JSON.stringify(answer.headers) };
    },
    async listen(as, url, headers = {}) {
      const answering = app.inject({
        method: 'GET',
        url,
        headers: { ...headersOf(as, clock.now() + LISTENING_MS), ...headers },
        payloadAsStream: true,
      });
      const answer = await passingTime(clock, answering);
      const text = await passingTime(clock, textOf(answer.stream()));
      return { status: answer.statusCode, text, headers: JSON.stringify(answer.headers) };
    },
    async close() {
      await passingTime(clock, lifecycle.stop());
    },
  };
}

/** As clocks tell the time, also where something slept for a part of a millisecond. */
function wholeMilliseconds(clock: VirtualClock): VirtualClock {
  return {
    ...clock,
    now: () => Math.floor(clock.now()),
    get sleepers() {
      return clock.sleepers;
    },
  };
}

async function textOf(stream: AsyncIterable<unknown>): Promise<string> {
  let text = '';
  for await (const piece of stream) text += String(piece);
  return text;
}

/** Lets what needs no time come to its end first, and then as much of it pass as it takes. */
async function passingTime<T>(clock: VirtualClock, work: Promise<T>): Promise<T> {
  const state = { over: false };
  const over = () => {
    state.over = true;
  };
  work.then(over, over);
  for (let turns = 1; !state.over; turns += 1) {
    await setImmediate();
    if (turns % TURNS === 0 && !state.over) await clock.step();
  }
  return await work;
}

/** Tokens of this world say who calls and until when; the operator may do everything that a token can allow. */
function principalOf(token: string): Principal {
  const [userId, expiresAt] = JSON.parse(Buffer.from(token, 'base64url').toString()) as [string, number];
  return { userId, expiresAt, scopes: new Set(userId === OPERATOR ? SCOPES : []) };
}

function transportTo(crms: Readonly<Record<string, VaultInProcess>>, clock: VirtualClock): Transport {
  const ways = new Map(
    USERS.map((user, index) => [
      String(FIRST_PORT + index),
      createSandboxTransport(crms[user] as VaultInProcess, clock),
    ]),
  );
  return {
    send: (request) => {
      const way = ways.get(new URL(request.url).port);
      if (way === undefined) throw new TypeError('a call to nobody’s CRM');
      return way.send(request);
    },
  };
}

function configOf(): StartConfig {
  const read = readConfig(
    {
      ENCRYPTION_KEY: '5e'.repeat(32),
      JWT_SECRET: 'a secret that nothing is signed with here',
      DATA_DIR: '/nonexistent',
      RETRY_DELAYS: '1s',
      ALLOWED_INSTANCE_HOSTS: USERS.map((_, index) => `127.0.0.1:${FIRST_PORT + index}`).join(','),
    },
    { require: 'start' },
  );
  if (!read.ok) throw new Error(JSON.stringify(read.faults));
  return read.config;
}
