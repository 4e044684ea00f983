import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf } from '../../../src/domain/connection.ts';
import { recordKey } from '../../../src/domain/entity.ts';
import { linkId } from '../../../src/domain/link.ts';
import { lookMark } from '../../support/builders.ts';
import { API_KEY, type ApiHarness, CREDENTIALS, SANDBOX_URL, startApi, USER } from '../api-harness.ts';

const CONNECT = '/api/integrations/crm/mri_vault/connect';
const OTHER_ACCOUNT = { ...CREDENTIALS, instanceUrl: 'http://127.0.0.1:4011' };

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

const connect = (credentials: unknown = CREDENTIALS, query = '', more: object = {}) =>
  api.call('POST', `${CONNECT}${query}`, { body: { credentials, ...more } });

describe('connecting', () => {
  it('answers 201 with the integration, seals the credentials and never answers them', async () => {
    const answer = await connect({ apiKey: API_KEY, instanceUrl: `${SANDBOX_URL}/` });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({
      provider: 'mri_vault',
      status: 'active',
      instanceUrl: SANDBOX_URL,
      health: { state: 'healthy', reason: null, whoCanFix: 'nobody_needed' },
      syncConfig: {
        syncContacts: true,
        syncProperties: true,
        syncDeals: true,
        syncDirection: 'push',
        deletions: 'created',
        timeZone: 'UTC',
      },
      lastSyncAt: null,
      counts: { linked: 0, due: 0, waiting: 0, failed: 0 },
      lagSeconds: 0,
      budget: { requestsPerSecond: 50, maxConcurrent: 16, requestsPerDay: null },
    });
    expect(answer.text).not.toContain(API_KEY);
    expect(JSON.stringify(await api.connection())).not.toContain(API_KEY);
    expect(api.crm.asked).toEqual([CREDENTIALS]);
    expect(api.told.changed).toEqual([answer.json['connectionId']]);
  });

  it('answers 200 when credentials are replaced, under the same id and with a higher epoch', async () => {
    const first = await api.connect();
    const answer = await connect({ ...CREDENTIALS, apiKey: 'another-key' });
    expect(answer.status).toBe(200);
    const second = await api.connection();
    expect(second).toMatchObject({ connectionId: first.connectionId, epoch: first.epoch + 1 });
    expect(second.sealed).not.toEqual(first.sealed);
  });

  it('answers 201 under the same id after a disconnect, with what was chosen before', async () => {
    const first = await api.connect();
    await api.call('PATCH', '/api/integrations/crm/mri_vault', {
      body: { syncDeals: false, deletions: 'never' },
    });
    await api.call('DELETE', '/api/integrations/crm/mri_vault');
    const answer = await connect();
    expect(answer.status).toBe(201);
    const { connectionId } = first;
    const syncConfig = { syncDeals: false, deletions: 'never', syncContacts: true };
    expect(answer.json).toMatchObject({ connectionId, syncConfig });
    expect((await api.connection()).epoch).toBe(first.epoch + 2);
  });

  it('takes up another account with what was chosen before, and starts anew where all was forgotten', async () => {
    const chosen = { syncDeals: false, deletions: 'never' };
    await api.connect();
    await api.call('PATCH', '/api/integrations/crm/mri_vault', { body: chosen });
    await api.call('DELETE', '/api/integrations/crm/mri_vault');
    const replaced = await connect(OTHER_ACCOUNT, '?account=replace');
    expect(replaced.json).toMatchObject({ syncConfig: chosen });
    await api.call('DELETE', '/api/integrations/crm/mri_vault?forget=true');
    const anew = await connect(OTHER_ACCOUNT);
    expect(anew.json).toMatchObject({ syncConfig: { syncDeals: true, deletions: 'created' } });
  });

  it('asks nobody where the time zone is none, and keeps one', async () => {
    const refused = await connect(CREDENTIALS, '', { syncConfig: { timeZone: 'Mars/Olympus' } });
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({
      code: 'VALIDATION_FAILED',
      errors: [{ pointer: '/syncConfig/timeZone', code: 'NOT_ONE_OF' }],
    });
    expect(api.crm.asked).toEqual([]);
    const answer = await connect(CREDENTIALS, '', { syncConfig: { timeZone: 'Pacific/Auckland' } });
    expect(answer.json).toMatchObject({ syncConfig: { timeZone: 'Pacific/Auckland' } });
  });

  it('keeps the config that the body leaves out, when credentials are replaced', async () => {
    await connect(CREDENTIALS, '', { syncConfig: { syncDeals: false, deletions: 'never' } });
    const answer = await connect(CREDENTIALS, '', { syncConfig: { deletions: 'all' } });
    expect(answer.json).toMatchObject({ syncConfig: { syncDeals: false, deletions: 'all' } });
  });

  it('lets work go on that waited for credentials, and leaves a pause to resuming', async () => {
    await api.connect();
    await api.patchConnection({ status: 'needs_reauth' });
    expect((await connect()).json['status']).toBe('active');
    await api.call('POST', '/api/integrations/crm/mri_vault/pause');
    expect((await connect()).json['status']).toBe('paused');
  });

  it('makes one connection of many that come at once', async () => {
    const answers = await Promise.all(Array.from({ length: 8 }, () => connect()));
    expect(answers.map(({ status }) => status).sort()).toEqual([200, 200, 200, 200, 200, 200, 200, 201]);
    expect(new Set(answers.map(({ json }) => json['connectionId'])).size).toBe(1);
    expect((await api.connection()).epoch).toBe(8);
  });
});

describe('connecting another CRM account', () => {
  it('is a conflict and asks no CRM', async () => {
    const before = await api.connect();
    const answer = await connect(OTHER_ACCOUNT);
    expect(answer.status).toBe(409);
    expect(answer.json).toMatchObject({ code: 'CONFLICT', reason: 'account_changed', retryable: false });
    expect(api.crm.asked).toHaveLength(1);
    expect(await api.connection()).toEqual(before);
  });

  it('is a conflict after a disconnect, too, unless the old account was forgotten', async () => {
    await api.connect();
    await api.call('DELETE', '/api/integrations/crm/mri_vault');
    expect((await connect(OTHER_ACCOUNT)).status).toBe(409);
    await api.call('DELETE', '/api/integrations/crm/mri_vault?forget=true');
    expect((await connect(OTHER_ACCOUNT)).status).toBe(201);
  });

  it('with account=replace leaves the old links to rest and ends the run over them', async () => {
    const before = await api.connect();
    const scope = scopeOf(before);
    const key = recordKey('contact', 'c1');
    const mark = lookMark(key, { scope, connectionId: before.connectionId, userId: USER });
    await api.store.links.markLook([mark]);
    const run = await api.runs.start(before);
    const answer = await connect(OTHER_ACCOUNT, '?account=replace');
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({
      connectionId: before.connectionId,
      instanceUrl: OTHER_ACCOUNT.instanceUrl,
    });
    const id = linkId(scope, key);
    expect((await api.store.links.read([id])).get(id)).toMatchObject({ nextAt: null });
    expect(await api.store.runs.read(run.runId)).toMatchObject({ status: 'cancelled' });
  });
});

describe('the body of connect is closed', () => {
  const faults: readonly [string, unknown, string][] = [
    ['an unknown field', { credentials: CREDENTIALS, userId: 'user-2' }, '/userId'],
    ['an unknown credential', { credentials: { ...CREDENTIALS, extra: 'x' } }, '/credentials/extra'],
    ['an unknown setting', { credentials: CREDENTIALS, syncConfig: { all: true } }, '/syncConfig/all'],
    [
      'a text for a boolean',
      { credentials: CREDENTIALS, syncConfig: { syncDeals: 'true' } },
      '/syncConfig/syncDeals',
    ],
    [
      'an operator for a text',
      { credentials: { ...CREDENTIALS, apiKey: { $ne: null } } },
      '/credentials/apiKey',
    ],
    ['a number for a text', { credentials: { ...CREDENTIALS, apiKey: 5 } }, '/credentials/apiKey'],
    ['a missing key', { credentials: { instanceUrl: SANDBOX_URL } }, '/credentials/apiKey'],
    ['a missing address', { credentials: { apiKey: API_KEY } }, '/credentials/instanceUrl'],
    [
      'a key with a line end',
      { credentials: { ...CREDENTIALS, apiKey: 'a\r\nx: y' } },
      '/credentials/apiKey',
    ],
    ['no credentials', {}, '/credentials'],
  ];

  it.each(faults)('against %s', async (_what, body, pointer) => {
    const answer = await api.call('POST', CONNECT, { body });
    expect(answer.status).toBe(400);
    expect(answer.json).toMatchObject({ code: 'VALIDATION_FAILED' });
    expect(answer.json['errors']).toContainEqual(expect.objectContaining({ pointer }));
    expect(api.crm.asked).toEqual([]);
  });

  it('against members that could reach a prototype', async () => {
    for (const body of [
      '{"credentials":{"__proto__":{"a":1}}}',
      '{"constructor":{"prototype":{}}}',
      '{"credentials":',
    ]) {
      const answer = await api.call('POST', CONNECT, { body });
      expect(answer.status).toBe(400);
      expect(answer.json['code']).toBe('VALIDATION_FAILED');
    }
  });

  it('and so is its query', async () => {
    for (const query of ['?account=keep', '?account=replace&account=replace', '?replace=account']) {
      expect((await connect(CREDENTIALS, query)).status).toBe(400);
    }
  });
});
