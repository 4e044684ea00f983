import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openSqliteStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import { startVaultSandbox, type VaultSandbox } from '../../src/sandbox/mri-vault/vault-sandbox.ts';
import { changeJson } from '../support/change-json.ts';
import {
  type Answer,
  eventually,
  type RunningService,
  startRunningService,
} from '../support/running-service.ts';

const USERS = Array.from({ length: 6 }, (_, index) => `user-${index}`);
const [OLD, NEW] = [randomBytes(32).toString('hex'), randomBytes(32).toString('hex')];
const CONTACTS_A_USER = 12;

describe('a change of the encryption key', () => {
  let dataDir: string;
  let crm: VaultSandbox;
  let running: RunningService | null = null;
  beforeEach(async () => {
    dataDir = await mkdtemp(join(tmpdir(), 'zena-crm-keys-'));
    crm = await startVaultSandbox();
  });
  afterEach(async () => {
    await running?.stop();
    running = null;
    await crm.close();
    await rm(dataDir, { recursive: true, force: true });
  });

  const start = async (keys: Record<string, string>, withoutKeys = false): Promise<RunningService> => {
    const env = { DATA_DIR: dataDir, ALLOWED_INSTANCE_HOSTS: new URL(crm.url).host, ...keys };
    running = await startRunningService(env, {}, { withoutKeys });
    return running;
  };
  const stop = async () => {
    await running?.stop();
    running = null;
  };
  const connect = (service: RunningService, userId: string) =>
    service.call(
      'POST',
      '/api/integrations/crm/mri_vault/connect',
      { credentials: { apiKey: 'sandbox-key', instanceUrl: crm.url } },
      { userId },
    );
  const ops = (service: RunningService, method: string, path: string, body?: unknown) =>
    service.call(method, `/api/ops/keys${path}`, body, { scopes: ['ops:read', 'ops:write'] });
  const publish = async (service: RunningService, version: number) => {
    const changes = USERS.flatMap((userId) =>
      Array.from({ length: CONTACTS_A_USER }, (_, index) => contactChange(userId, index, version)),
    );
    const { status } = await service.call('POST', '/api/changes', changes, { scopes: ['changes:write'] });
    expect(status).toBe(202);
  };
  const delivered = (version: number) =>
    eventually(() => {
      const names = crm.records('contacts').map((record) => (record as { firstName?: unknown }).firstName);
      expect(names.filter((name) => name === `Version${version}`)).toHaveLength(
        USERS.length * CONTACTS_A_USER,
      );
    }, 60_000);
  const storedConnections = async () => {
    const store = await openSqliteStore({ path: join(dataDir, 'zena-crm.sqlite') });
    try {
      return {
        all: await store.connections.pageConnected(null, 100),
        counts: await store.connections.countSealed(),
      };
    } finally {
      await store.close();
    }
  };

  it('goes on under deliveries without a failed call, and ends with nothing under the old key', async () => {
    const before = await start({ ENCRYPTION_KEY: OLD });
    for (const userId of USERS) expect((await connect(before, userId)).status).toBe(201);
    await before.call('POST', '/api/integrations/crm/mri_vault/pause', undefined, { userId: 'user-5' });
    await stop();

    const during = await start({ ENCRYPTION_KEY: NEW, ENCRYPTION_KEYS_RETIRED: OLD });
    await during.call('POST', '/api/integrations/crm/mri_vault/resume', undefined, { userId: 'user-5' });
    const status = (await ops(during, 'GET', '')).body as { currentKeyId: string };
    expect(status).toMatchObject({ toReseal: USERS.length, rotated: false });
    await publish(during, 1);
    const rotated = rotateTwice(during, status.currentKeyId);
    await publish(during, 2);
    const steps = await rotated;
    await publish(during, 3);
    await delivered(3);
    expect(steps.map((step) => step.status)).toEqual([200, 200]);
    expect(steps.reduce((sum, step) => sum + (step.body as { resealed: number }).resealed, 0)).toBe(
      USERS.length,
    );
    expect((await ops(during, 'GET', '')).body).toMatchObject({
      toReseal: 0,
      rotated: true,
      keys: [
        { connections: USERS.length, canary: true },
        { connections: 0, canary: false, needed: false },
      ],
    });
    const integrations = await Promise.all(
      USERS.map((userId) => during.call('GET', '/api/integrations/crm/user', undefined, { userId })),
    );
    for (const { body } of integrations) {
      expect(body).toMatchObject({
        integrations: [{ status: 'active', health: { state: 'healthy' }, counts: { failed: 0 } }],
      });
    }
    expect(crm.records('contacts')).toHaveLength(USERS.length * CONTACTS_A_USER);
    expect(during.logs.filter((line) => /"level":"(error|warn)"|CREDENTIALS|KEYS/.test(line))).toEqual([]);
    await expectNoFailedCall(during);
    await stop();

    const { all, counts } = await storedConnections();
    expect(counts).toEqual([{ v: 2, keyId: status.currentKeyId, count: USERS.length }]);
    await expect(start({ ENCRYPTION_KEY: OLD })).rejects.toThrow('WRONG_KEY');
    expect((await storedConnections()).all).toEqual(all);

    const after = await start({ ENCRYPTION_KEY: NEW });
    await publish(after, 4);
    await delivered(4);
  }, 120_000);

  /** As two operators at once would. */
  const rotateTwice = (service: RunningService, keyId: unknown): Promise<[Answer, Answer]> =>
    Promise.all([ops(service, 'POST', '/rotate', { keyId }), ops(service, 'POST', '/rotate', { keyId })]);

  async function expectNoFailedCall(service: RunningService): Promise<void> {
    const { body } = await service.call('GET', '/metrics', undefined, { scopes: ['metrics'] });
    const calls = String(body)
      .split('\n')
      .filter((line) => line.startsWith('crm_sync_crm_calls_total{'));
    expect(calls.length).toBeGreaterThan(0);
    expect(calls.filter((line) => !line.includes('outcome="applied"'))).toEqual([]);
  }

  /** The canary stays the old key's. */
  async function connectUnderBothKeys(): Promise<void> {
    const first = await start({ ENCRYPTION_KEY: OLD });
    await connect(first, 'user-0');
    await stop();
    const second = await start({ ENCRYPTION_KEY: NEW, ENCRYPTION_KEYS_RETIRED: OLD });
    await connect(second, 'user-1');
    await stop();
  }

  it('that is taken back too early refuses to start, and changes nothing', async () => {
    await connectUnderBothKeys();
    const before = (await storedConnections()).all;
    // The canary is still the old key's, yet one connection needs the new one.
    await expect(start({ ENCRYPTION_KEY: OLD })).rejects.toThrow(/KEY_MISSING.*1 connections under/);
    expect((await storedConnections()).all).toEqual(before);
    await expect(start({ ENCRYPTION_KEY: NEW })).rejects.toThrow('WRONG_KEY');
    expect((await storedConnections()).all).toEqual(before);
  }, 60_000);

  it('that is lost leaves its connections waiting when the operator says so, and the others work', async () => {
    await connectUnderBothKeys();

    const without = await start({ ENCRYPTION_KEY: OLD }, true);
    const changes = ['user-0', 'user-1'].map((userId) => contactChange(userId, 0, 1));
    await without.call('POST', '/api/changes', changes, { scopes: ['changes:write'] });
    const healthOf = async (userId: string) =>
      (await without.call('GET', '/api/integrations/crm/user', undefined, { userId })).body as unknown;
    await eventually(async () => {
      expect(await healthOf('user-1')).toMatchObject({
        integrations: [
          {
            status: 'active',
            health: { reason: 'KEYS_UNAVAILABLE', whoCanFix: 'operator' },
            counts: { due: 1 },
          },
        ],
      });
      expect(crm.records('contacts')).toHaveLength(1);
    });
    expect((await ops(without, 'GET', '')).body).toMatchObject({
      keys: [{ role: 'current' }, { role: 'missing', connections: 1 }],
    });
    const tested = await without.call('POST', '/api/integrations/crm/mri_vault/test', undefined, {
      userId: 'user-1',
    });
    expect(tested).toMatchObject({ status: 503, body: { reason: 'credentials_unreadable' } });
    expect((await connect(without, 'user-1')).status).toBe(200);
    await eventually(() => {
      expect(crm.records('contacts')).toHaveLength(2);
    });
  }, 60_000);
});

function contactChange(userId: string, index: number, version: number) {
  const entityId = `${userId}-c${index}`;
  const contact = {
    name: `Version${version} Person`,
    emails: [`${entityId}@example.test`],
    phones: [],
    role: 'buyer',
    relationshipNotes: [],
  };
  return changeJson('contact', entityId, version, contact, userId);
}
