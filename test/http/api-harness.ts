import type { AddressInfo } from 'node:net';
import { createSessionStore } from '../../src/auth/session-store.ts';
import { makeToken } from '../../src/auth/token-maker.ts';
import { createTokenVerifier } from '../../src/auth/token-verifier.ts';
import type { AuthConfig } from '../../src/config/config.ts';
import { secret } from '../../src/config/secret.ts';
import type { ChangePublisher } from '../../src/change-feed/change-feed.port.ts';
import type { ConnectorCredentials, CrmConnector, CrmHttp } from '../../src/connectors/connector.port.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { sealCanary } from '../../src/credentials/canary.ts';
import { resealFingerprintKey } from '../../src/credentials/fingerprints.ts';
import { SEALED_VERSION } from '../../src/credentials/sealed-value.ts';
import type { Sealer } from '../../src/credentials/sealing.ts';
import { checkInstanceUrl } from '../../src/wire/outbound-guard.ts';
import type { CredentialCheck } from '../../src/delivering/reconciler.port.ts';
import { type Connection, isNamed, type Scope } from '../../src/domain/connection.ts';
import type { Change } from '../../src/domain/change-event.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';
import { applyChange } from '../../src/domain/record.ts';
import { recordKey } from '../../src/domain/entity.ts';
import type { App, AppDeps } from '../../src/http/base/app-types.ts';
import { buildApp } from '../../src/http/app.ts';
import { shownHealth } from '../../src/integrations/connection-access.ts';
import { createIntegrations } from '../../src/integrations/integrations.ts';
import type { IntegrationPorts, UnavailableConnector } from '../../src/integrations/integration.port.ts';
import { createOperations } from '../../src/operations/operations.ts';
import type { SealingKeys } from '../../src/operations/operation.port.ts';
import { createReplays } from '../../src/replays/replay-letters.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { systemRandom } from '../../src/runtime/random.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { fingerprintsOf, ringOf, sealerWithout } from '../support/sealers.ts';
import { createFakeRuns, type FakeRuns } from './fake-runs.ts';

export const API_KEY = 'canary-key-5f1c';
export const SANDBOX_URL = 'http://127.0.0.1:4010';
export const CREDENTIALS = { apiKey: API_KEY, instanceUrl: SANDBOX_URL };

/** The keys of the service, by the names of test/support/sealers.ts: the current one, and one that retired. */
export const HARNESS_KEYS = ['current', 'retired'] as const;

const JWT_SECRET = 'a-secret-of-at-least-32-bytes-0123';
const AUTH: AuthConfig = { kind: 'hmac', secret: secret(JWT_SECRET), issuer: null, audience: null };

/** The API over real HTTP on the real store, sessions, tokens, vault and guard; the CRM and the loop are fakes. */
export interface ApiHarness {
  readonly url: string;
  /** What tokens are signed with. */
  readonly jwtSecret: string;
  readonly app: App;
  readonly store: SqliteStateStore;
  readonly runs: FakeRuns;
  readonly sessions: ReturnType<typeof createSessionStore>;
  /** What the CRM says to the next credentials, and what it was asked. */
  readonly crm: {
    outcome: CallOutcome<true>;
    readonly asked: ConnectorCredentials[];
    read: CredentialCheck['read'];
  };
  /** The CRMs of the process; may be changed while it runs. */
  readonly catalogue: { available: readonly CrmConnector[]; unavailable: readonly UnavailableConnector[] };
  readonly told: { readonly nudged: Scope[]; readonly changed: string[] };
  readonly logged: { event: string; fields: unknown }[];
  readonly feed: { publish: ChangePublisher['publish']; readonly published: Change[] };
  /** Whether whoever keeps the encryption keys does not answer. */
  readonly keys: { away: boolean };
  readonly health: { live: boolean; reason: 'store_unreachable' | 'feed_not_ready' | null };
  /** Tells open streams of a user that there may be more. */
  wake(userId: string): void;
  token(userId: string, ...scopes: string[]): Promise<string>;
  /** Calls the API as a user; `body` is sent as JSON. */
  call(method: string, path: string, options?: CallOptions): Promise<Answer>;
  connect(userId?: string): Promise<Connection>;
  connection(userId?: string): Promise<Connection>;
  patchConnection(change: Partial<Connection>, userId?: string): Promise<void>;
  close(): Promise<void>;
}

export interface CallOptions {
  /** Null sends no token. */
  readonly as?: string | null;
  readonly scopes?: readonly string[];
  readonly body?: unknown;
  readonly headers?: Readonly<Record<string, string>>;
}

export interface Answer {
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
  /** Parsed where the answer is JSON. */
  readonly json: Record<string, unknown>;
}

export const USER = 'user-1';

/** What a test puts in place of the harness's own parts. */
export type Overrides = Partial<
  Pick<AppDeps, 'clock'> & AppDeps['auth'] & AppDeps['kept'] & AppDeps['settings']
>;

export async function startApi(over: Overrides = {}): Promise<ApiHarness> {
  const store = await openSqliteStore({ path: ':memory:' });
  const parts = createParts(store);
  const deps = createDeps(parts, over);
  const app = await buildApp(deps);
  await app.listen({ host: '127.0.0.1', port: 0 });
  const url = `http://127.0.0.1:${(app.server.address() as AddressInfo).port}`;
  const token = (userId: string, ...scopes: string[]) =>
    makeToken(
      { secret: secret(JWT_SECRET), userId, scopes, ttlMs: 3_600_000, issuer: null, audience: null },
      systemClock,
    );

  const harness: ApiHarness = {
    ...parts,
    url,
    jwtSecret: JWT_SECRET,
    app,
    store,
    token,
    async call(method, path, { as = USER, scopes = [], body, headers = {} } = {}) {
      const response = await fetch(`${url}${path}`, {
        method,
        redirect: 'manual',
        headers: {
          ...(as !== null && { authorization: `Bearer ${await token(as, ...scopes)}` }),
          ...(body !== undefined && { 'content-type': 'application/json' }),
          ...headers,
        },
        ...(body !== undefined && { body: typeof body === 'string' ? body : JSON.stringify(body) }),
      });
      return readAnswer(response);
    },
    async connect(userId = USER) {
      const answer = await harness.call('POST', '/api/integrations/crm/mri_vault/connect', {
        as: userId,
        body: { credentials: CREDENTIALS },
      });
      if (answer.status >= 300) throw new Error(`connect answered ${answer.status} ${answer.text}`);
      return harness.connection(userId);
    },
    async connection(userId = USER) {
      const found = await store.connections.findByOwner(userId, 'mri_vault');
      if (found === null) throw new Error(`${userId} has no connection`);
      return found;
    },
    async patchConnection(change, userId = USER) {
      const current = await harness.connection(userId);
      const next = { ...current, ...change, revision: current.revision + 1 };
      if (!(await store.connections.replace(next, current.revision))) throw new Error('not replaced');
    },
    async close() {
      await app.close();
      await store.close();
    },
  };
  return harness;
}

async function readAnswer(response: Response): Promise<Answer> {
  const text = await response.text();
  const isJson = /[/+]json/.test(response.headers.get('content-type') ?? '');
  const json = (isJson ? JSON.parse(text) : {}) as Record<string, unknown>;
  return { status: response.status, headers: response.headers, text, json };
}

type Parts = ReturnType<typeof createParts>;

function createParts(store: SqliteStateStore) {
  const published: Change[] = [];
  const listeners = new Map<string, Set<() => void>>();
  const logged: ApiHarness['logged'] = [];
  const log = (event: string, fields?: unknown) => void logged.push({ event, fields });
  return {
    store,
    runs: createFakeRuns(store, () => Date.now()),
    sessions: createSessionStore(systemClock, systemRandom),
    crm: {
      outcome: { kind: 'applied', value: true } as CallOutcome<true>,
      asked: [] as ConnectorCredentials[],
      read: (() => Promise.reject(new Error('nothing is read here'))) as CredentialCheck['read'],
    },
    catalogue: { available: [mriVault], unavailable: [] } as ApiHarness['catalogue'],
    told: { nudged: [] as Scope[], changed: [] as string[] },
    logged,
    logger: { debug: log, info: log, error: log },
    feed: {
      published,
      publish: async (changes: readonly Change[]) => {
        published.push(...changes);
        return Promise.all(changes.map((change) => take(store, change)));
      },
    } as ApiHarness['feed'],
    health: { live: true, reason: null } as ApiHarness['health'],
    keys: { away: false },
    listeners,
    wake(userId: string) {
      for (const listener of listeners.get(userId) ?? []) listener();
    },
  };
}

function keysOf(sealer: Sealer): SealingKeys {
  const vault = createCredentialVault(sealer);
  return {
    ...sealer.keys,
    version: SEALED_VERSION,
    reseal: (context, sealed) => vault.reseal(context, sealed),
    sealCanary: () => sealCanary(sealer),
    resealFingerprintKey: (sealed) => resealFingerprintKey(sealer, sealed),
  };
}

/** As ingest would, but for the links. */
async function take(store: SqliteStateStore, change: Change) {
  if (change.type !== 'event') throw new TypeError('only events are published here');
  const key = recordKey(change.event.kind, change.event.entityId);
  const current = (await store.records.read([key])).get(key) ?? null;
  const { verdict, record } = applyChange(current, change, Date.now());
  if (record !== null && record !== current) {
    await store.records.write([{ record, expectedRevision: current?.revision ?? 0 }]);
  }
  return verdict;
}

/** The vault's accounts are told by what was entered, without a call. */
const NO_HTTP: CrmHttp = { request: () => Promise.reject(new Error('nothing is called here')) };

function createDeps(parts: Parts, over: Overrides): AppDeps {
  const { store, runs, sessions, crm, told, logger, feed, health, listeners } = parts;
  const sealer = sealerWithout(() => parts.keys.away, ringOf(...HARNESS_KEYS));
  const vault = createCredentialVault(sealer);
  const ports: IntegrationPorts = {
    store,
    catalogue: parts.catalogue,
    checkInstanceUrl: (text, hosts) => checkInstanceUrl(text, [{ host: '127.0.0.1', port: null }], hosts),
    vault,
    fingerprints: fingerprintsOf('store'),
    credentialCheck: {
      check: async (of, { credentials }) => {
        crm.asked.push(credentials);
        if (crm.outcome.kind !== 'applied') return crm.outcome;
        const { account } = parts.catalogue.available.find((one) => isNamed(one, of)) ?? mriVault;
        const identified = await account.identify(NO_HTTP, credentials);
        if (identified.kind !== 'applied') return identified;
        return { kind: 'applied', value: { ...identified.value, toSeal: credentials } };
      },
      read: (of, credentials, wanted) => crm.read(of, credentials, wanted),
    },
    reconciler: {
      nudge: (scope) => void told.nudged.push(scope),
      connectionChanged: (id) => void told.changed.push(id),
      askNow: () => undefined,
    },
    runs,
    intake: { publisher: { publish: (changes) => feed.publish(changes) }, maxEventBytes: 262_144 },
    clock: systemClock,
    random: systemRandom,
    logger,
  };
  // Nothing walks here: what a replay does once it is begun is its own tests' matter.
  const replays = createReplays({
    store,
    clock: systemClock,
    random: systemRandom,
    nudge: () => undefined,
    mayWalk: () => false,
    sessions: { connector: (of) => (isNamed(mriVault, of) ? mriVault : null) },
    decodeAgain: () => Promise.reject(new Error('nothing is read again here')),
    ingest: () => Promise.resolve([]),
    onError: () => undefined,
  });
  return {
    integrations: createIntegrations(ports),
    operations: createOperations({
      store,
      replays,
      runs,
      reconciler: ports.reconciler,
      clock: systemClock,
      keys: keysOf(sealer),
      retention: { timelineMs: 90 * 86_400_000, deadLettersMs: 14 * 86_400_000 },
      healthOf: (connection) => shownHealth(ports.catalogue, connection),
      feed: 'embedded',
    }),
    auth: {
      verifier: over.verifier ?? createTokenVerifier(AUTH, systemClock),
      sessions: over.sessions ?? sessions,
    },
    kept: { idempotency: over.idempotency ?? store.idempotency, audit: over.audit ?? store.audit },
    health: { live: () => health.live, notReady: async () => health.reason },
    metrics: {
      render: async () => 'crm_sync_up 1\n',
      contentType: 'text/plain; version=0.0.4; charset=utf-8',
    },
    activity: {
      subscribe(userId, listener) {
        const set = listeners.get(userId) ?? new Set();
        listeners.set(userId, set.add(listener));
        return () => set.delete(listener);
      },
    },
    settings: {
      version: over.version ?? { version: '1.2.3', mode: 'embedded', store: 'sqlite', feed: 'embedded' },
      syncWaitMs: over.syncWaitMs ?? 25_000,
      trustProxy: over.trustProxy ?? [],
      timeouts: over.timeouts ?? {},
      streams: over.streams ?? {},
      dashboardDir: over.dashboardDir ?? '/nonexistent/dashboard',
    },
    clock: over.clock ?? systemClock,
    random: systemRandom,
    logger,
  };
}
