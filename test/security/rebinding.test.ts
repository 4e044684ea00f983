import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { secret } from '../../src/config/secret.ts';
import { checkCanary } from '../../src/credentials/canary.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { createKeyRing } from '../../src/credentials/key-ring.ts';
import { createLocalKeyService } from '../../src/credentials/local-key-service.ts';
import { createSealer } from '../../src/credentials/sealing.ts';
import { openSqliteStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { connection, USER } from '../support/builders.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';
import { type DnsAnswer, type DnsServer, startDnsServer } from './attacks/dns-server.ts';
import { watchNetwork, type WatchedNetwork } from './watched-network.ts';

const KEY = new Uint8Array(32).fill(9);
const HOST = 'crm.rebind.test';
const PROVIDER = '/api/integrations/crm/mri_vault';

/** What the name becomes, one question after the other, once the CRM behind it was connected. */
const TURNS: readonly DnsAnswer[] = [
  { a: ['127.0.0.1'] },
  { a: ['203.0.114.7', '127.0.0.1'] },
  { a: ['203.0.114.7'], aaaa: ['::1'] },
  { cname: 'db.internal.rebind.test', a: ['10.0.0.1'] },
  { a: ['169.254.169.254'] },
];

let folder: string;
let network: WatchedNetwork;
let dns: DnsServer;
let running: RunningService;
let turn = 0;
const ownPorts = new Set<string>();

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'zena-rebind-'));
  await connectWhileTheNameIsPublic();
  network = await watchNetwork((target) => ownPorts.has(target.replace(/^.*:/, '')));
  dns = await startDnsServer((name) => (name === HOST ? (TURNS[turn] ?? null) : null));
  running = await startRunningService(
    { DATA_DIR: folder, ENCRYPTION_KEY: Buffer.from(KEY).toString('hex') },
    {},
    { resolve: dns.resolve },
  );
  for (const { url } of [running.service, running.sandbox]) ownPorts.add(new URL(url).port);
});
afterAll(async () => {
  await running.stop();
  await dns.close();
  await network.close();
  await rm(folder, { recursive: true, force: true });
});

/** What a connect leaves, made by hand: no address that a test can listen on is public. */
async function connectWhileTheNameIsPublic(): Promise<void> {
  const made = createKeyRing({ current: secret(KEY), retired: [] });
  if (!made.ok) throw new Error(made.code);
  const store = await openSqliteStore({ path: join(folder, 'zena-crm.sqlite') });
  const keys = createLocalKeyService(made.ring);
  const sealer = createSealer({ keys, ring: made.ring });
  await checkCanary(sealer, store.settings);
  const instanceUrl = `https://${HOST}`;
  const standing = connection({ instanceUrl, accountKey: instanceUrl, budgetKey: instanceUrl });
  const context = { userId: USER, provider: standing.provider, connectionId: standing.connectionId };
  const done = await createCredentialVault(sealer).seal(context, { apiKey: 'rebound-key', instanceUrl });
  if (!done.ok) throw new Error('the credentials could not be sealed');
  await store.connections.insert({ ...standing, sealed: done.sealed });
  await store.close();
}

describe('a name that turns private after it was connected', () => {
  it.each(TURNS.map((answer, at) => [JSON.stringify(answer), at] as const))(
    'is refused at every later call when it answers %s',
    async (_answer, at) => {
      turn = at;
      const asked = dns.asked.length;
      const tested = await running.call('POST', `${PROVIDER}/test`);
      expect(tested).toMatchObject({ status: 422, body: { errors: [{ code: 'HOST_NOT_REACHABLE' }] } });
      expect(dns.asked.length).toBeGreaterThan(asked);
      expect([network.attempts, network.accepted]).toEqual([[], 0]);
    },
  );

  it('is refused to the deliveries, which say no more than that', async () => {
    const change = {
      entity: 'contact',
      entityId: 'c-1',
      version: 1,
      userId: USER,
      eventId: 'e-1',
      operation: 'UPSERT',
      occurredAt: new Date().toISOString(),
      contact: {
        name: 'Ada',
        emails: ['ada@example.test'],
        phones: [],
        role: 'buyer',
        relationshipNotes: [],
      },
    };
    const sent = await running.call('POST', '/api/changes', [change], { scopes: ['changes:write'] });
    expect(sent.status).toBe(202);
    await eventually(async () => {
      const { body } = await running.call('GET', `${PROVIDER}/records/contact/c-1`);
      expect(JSON.stringify(body)).toContain('HOST_NOT_REACHABLE');
    });
    const seen = JSON.stringify([
      (await running.call('GET', `${PROVIDER}/records/contact/c-1`)).body,
      (await running.call('GET', '/api/integrations/crm/user')).body,
    ]);
    expect(seen).not.toMatch(/ENOTFOUND|HOST_REFUSED|HOST_NOT_FOUND|not public|127\.0\.0\.1|169\.254/);
    expect([network.attempts, network.accepted]).toEqual([[], 0]);
  });

  it('is refused to a full sync', async () => {
    const synced = await running.call('POST', `${PROVIDER}/sync`, undefined, {
      headers: { prefer: 'wait=1' },
    });
    expect([200, 202, 502]).toContain(synced.status);
    expect(synced.body).not.toMatchObject({ contactsSynced: 1 });
    expect([network.attempts, network.accepted]).toEqual([[], 0]);
  });
});
