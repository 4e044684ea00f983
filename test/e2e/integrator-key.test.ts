import { randomBytes } from 'node:crypto';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startVaultreSandbox, type VaultreSandbox } from '../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

const CRM = '/api/integrations/crm/mri_vault';
const FIRST_KEY = 'sandbox-integrator-key';
const NEXT_KEY = 'the-next-integrator-key';
const REFUSED = { state: 'unreachable', reason: 'INTEGRATOR_KEY_REFUSED', whoCanFix: 'operator' };
const CREDENTIALS = { accessToken: 'sandbox-key', apiVersion: 'vaultre-1.3' };
const USERS = ['ava', 'bo'] as const;

let folder: string;
let crm: VaultreSandbox;
let running: RunningService;
const encryptionKey = randomBytes(32).toString('hex');
let version = 0;

const start = (integratorKey: string) =>
  startRunningService({
    DATA_DIR: folder,
    ENCRYPTION_KEY: encryptionKey,
    VAULTRE_API_KEY: integratorKey,
    VAULTRE_BASE_URL: `${crm.url}/api/v1.3`,
    ALLOWED_INSTANCE_HOSTS: new URL(crm.url).host,
  });

beforeAll(async () => {
  folder = await mkdtemp(join(tmpdir(), 'integrator-key-'));
  crm = await startVaultreSandbox();
  running = await start(FIRST_KEY);
});
afterAll(async () => {
  await running.stop();
  await crm.close();
  await rm(folder, { recursive: true, force: true });
});

/** Everybody has news for the CRM. */
async function say(name: string): Promise<void> {
  version += 1;
  const sent = USERS.map((userId) => {
    const body = { name: `${name} ${userId}`, emails: [`${name}.${userId}@example.test`], phones: [] };
    const whole = { ...body, role: 'buyer', relationshipNotes: [], doNotContact: null };
    return { ...changeJson('contact', `${name}-${userId}`, version, whole), userId };
  });
  const answer = await running.call('POST', '/api/changes', sent, { scopes: ['changes:write'] });
  expect(answer.status).toBe(202);
}

async function integrationOf(userId: string) {
  const { body } = await running.call('GET', '/api/integrations/crm/user', undefined, { userId });
  return (body as { integrations: { status: string; health: object }[] }).integrations[0];
}

const called = (name: string) =>
  crm.records('contacts').filter(({ firstName }) => String(firstName) === name).length;
const lines = (event: string) => running.logs.filter((line) => line.includes(event));
const failedContacts = async (userId: string): Promise<unknown> =>
  (await running.call('GET', `${CRM}/records?state=dead`, undefined, { userId })).body;

it('a refused integrator key is the operator’s: one alarm for all connections, and no user has to do anything', async () => {
  for (const userId of USERS) {
    const connected = await running.call('POST', `${CRM}/connect`, { credentials: CREDENTIALS }, { userId });
    expect(connected.status).toBe(201);
  }
  await say('First');
  await eventually(() => {
    expect(called('First')).toBe(USERS.length);
  });

  crm.configure({ integratorKey: NEXT_KEY });
  await say('Second');
  for (const userId of USERS) {
    await eventually(async () => {
      expect(await integrationOf(userId)).toMatchObject({ status: 'active', health: REFUSED });
    });
  }
  const everybody = await running.call('GET', '/api/ops/connections', undefined, { scopes: ['ops:read'] });
  expect(everybody.body).toMatchObject({ data: USERS.map(() => ({ status: 'active', health: REFUSED })) });
  expect(lines('crm.application_refused')).toHaveLength(1);
  expect(lines('crm.application_refused')[0]).toContain('INTEGRATOR_KEY_REFUSED');
  await eventually(async () => {
    const { body } = await running.call('GET', '/metrics', undefined, { scopes: ['metrics'] });
    expect(body).toContain('crm_sync_application_refused{provider="mri_vault"} 1');
  });

  // Who connects or tests is told whose turn it is, and nothing becomes theirs by it.
  const refused = { status: 502, body: { code: 'INTEGRATION_FAILED', reason: 'service_refused' } };
  const again = { credentials: { ...CREDENTIALS } };
  expect(await running.call('POST', `${CRM}/connect`, again, { userId: 'cy' })).toMatchObject(refused);
  expect(await running.call('POST', `${CRM}/test`, undefined, { userId: 'ava' })).toMatchObject(refused);
  const synced = await running.call('POST', `${CRM}/sync`, undefined, {
    userId: 'ava',
    headers: { prefer: 'wait=5' },
  });
  expect(synced).toMatchObject(refused);
  for (const userId of USERS) {
    expect(await integrationOf(userId)).toMatchObject({ status: 'active', health: REFUSED });
    expect(await failedContacts(userId)).toMatchObject({ data: [] });
  }
  expect(lines('crm.application_refused')).toHaveLength(1);
  expect(called('Second')).toBe(0);
}, 60_000);

it('and once the operator has set the next key everything goes on by itself, each record once', async () => {
  await running.stop();
  running = await start(NEXT_KEY);
  await eventually(() => {
    expect(called('Second')).toBe(USERS.length);
  });
  for (const userId of USERS) {
    await eventually(async () => {
      expect(await integrationOf(userId)).toMatchObject({ status: 'active', health: { state: 'healthy' } });
    });
  }
  expect(called('First')).toBe(USERS.length);
  await say('Third');
  await eventually(() => {
    expect(called('Third')).toBe(USERS.length);
  });
  expect(lines('crm.application_refused')).toEqual([]);
}, 60_000);

it('and where the CRM takes the same key again, the next probe finds out', async () => {
  crm.configure({ integratorKey: 'mistyped-at-the-vendor' });
  await say('Fourth');
  await eventually(async () => {
    expect(await integrationOf('bo')).toMatchObject({ health: REFUSED });
  });
  crm.configure({ integratorKey: NEXT_KEY });
  await eventually(() => {
    expect(called('Fourth')).toBe(USERS.length);
  });
  await eventually(() => {
    expect(lines('crm.application_accepted')).toHaveLength(1);
  });
}, 60_000);
