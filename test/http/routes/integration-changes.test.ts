import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { scopeOf } from '../../../src/domain/connection.ts';
import { recordKey } from '../../../src/domain/entity.ts';
import { linkId } from '../../../src/domain/link.ts';
import { lookMark } from '../../support/builders.ts';
import { API_KEY, type ApiHarness, startApi, USER } from '../api-harness.ts';

const PATH = '/api/integrations/crm/mri_vault';
const REFUSED = { kind: 'unauthorised', code: 'UNAUTHORISED', detail: '', status: 401 } as const;

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

describe('the lists', () => {
  it('tell which providers there are and which are planned', async () => {
    const { json } = await api.call('GET', '/api/integrations/crm');
    const providers = json['providers'] as { id: string; available: boolean; credentialFields: object[] }[];
    expect(providers.map(({ id, available }) => [id, available])).toEqual([
      ['mri_vault', true],
      ['salesforce', false],
      ['top_producer', false],
      ['kvcore', false],
      ['follow_up_boss', false],
    ]);
    expect(providers[0]?.credentialFields).toContainEqual({
      name: 'apiKey',
      label: 'API key',
      secret: true,
      required: true,
      kind: 'text',
      help: expect.stringMatching(/^[A-Z].*\.$/),
    });
    expect(providers[0]).toMatchObject({
      unavailableReason: null,
      capabilities: { syncDirections: ['push'], deletes: true, batch: false, webhooks: false },
      limits: { requestsPerSecond: 50, requestsPerDay: null, searchLagSeconds: 2, callDeadlineSeconds: 10 },
      knownGaps: expect.arrayContaining([expect.stringMatching(/^[A-Z].*\.$/)]),
    });
    for (const planned of providers.slice(1)) {
      expect(planned).toMatchObject({
        unavailableReason: expect.stringMatching(/\S/),
        capabilities: null,
        credentialFields: [],
        limits: null,
        knownGaps: [],
      });
    }
  });

  it("tell the caller's connections only, with what waits, and none that is disconnected", async () => {
    const mine = await api.connect();
    await api.connect('user-2');
    const scope = scopeOf(mine);
    await api.store.links.markWanted([
      {
        scope,
        connectionId: mine.connectionId,
        userId: USER,
        key: recordKey('contact', 'c1'),
        wanted: 1,
        now: Date.now() - 5_000,
      },
    ]);
    const { json, text } = await api.call('GET', '/api/integrations/crm/user');
    const [integration, ...others] = json['integrations'] as { connectionId: string; lagSeconds: number }[];
    expect(others).toEqual([]);
    expect(integration).toMatchObject({ connectionId: mine.connectionId, counts: { due: 1, linked: 0 } });
    expect(integration?.lagSeconds).toBeGreaterThanOrEqual(5);
    expect(text).not.toContain(API_KEY);
    expect(text).not.toContain('sealed');
    await api.call('DELETE', PATH);
    expect((await api.call('GET', '/api/integrations/crm/user')).json).toEqual({ integrations: [] });
  });
});

describe('changing the sync config', () => {
  it('takes the fields, bare or as connect takes them, and leaves the others', async () => {
    const before = await api.connect();
    const bare = await api.call('PATCH', PATH, { body: { syncDeals: false } });
    expect(bare.status).toBe(200);
    expect(bare.json).toMatchObject({ syncConfig: { syncDeals: false, syncContacts: true } });
    const wrapped = await api.call('PATCH', PATH, { body: { syncConfig: { deletions: 'never' } } });
    expect(wrapped.json).toMatchObject({ syncConfig: { syncDeals: false, deletions: 'never' } });
    const zone = await api.call('PATCH', PATH, { body: { timeZone: 'Pacific/Auckland' } });
    expect(zone.json).toMatchObject({ syncConfig: { deletions: 'never', timeZone: 'Pacific/Auckland' } });
    const after = await api.connection();
    expect(after).toMatchObject({ epoch: before.epoch, sealed: before.sealed });
    expect(api.told.changed).toHaveLength(4);
  });

  it('refuses what it does not know, credentials among it', async () => {
    await api.connect();
    for (const body of [
      {},
      { credentials: { apiKey: 'x' } },
      { syncDeals: 1 },
      { syncConfig: { x: true } },
      [],
    ]) {
      expect((await api.call('PATCH', PATH, { body })).status).toBe(400);
    }
    for (const timeZone of ['Mars/Olympus', '+13:00', '']) {
      const bare = await api.call('PATCH', PATH, { body: { timeZone } });
      expect(bare.status).toBe(400);
      expect(bare.json).toMatchObject({ code: 'VALIDATION_FAILED', errors: [{ pointer: '/timeZone' }] });
      const wrapped = await api.call('PATCH', PATH, { body: { syncConfig: { timeZone } } });
      expect(wrapped.json).toMatchObject({ errors: [{ pointer: '/syncConfig/timeZone' }] });
    }
    const pull = await api.call('PATCH', PATH, { body: { syncDirection: 'pull' } });
    expect(pull.status).toBe(422);
    expect(pull.json).toMatchObject({ errors: [{ pointer: '/syncDirection' }] });
  });

  it('loses none of two changes that come at once', async () => {
    await api.connect();
    const bodies = [
      { syncDeals: false },
      { syncContacts: false },
      { syncProperties: false },
      { deletions: 'all' },
    ];
    const answers = await Promise.all(bodies.map((body) => api.call('PATCH', PATH, { body })));
    expect(answers.map(({ status }) => status)).toEqual([200, 200, 200, 200]);
    expect((await api.connection()).syncConfig).toEqual({
      syncContacts: false,
      syncProperties: false,
      syncDeals: false,
      syncDirection: 'push',
      deletions: 'all',
      timeZone: 'UTC',
    });
  });
});

describe('the stages of deals', () => {
  it('are mapped by names, all of them at once, and may be taken away', async () => {
    await api.connect();
    const stages = { 'Under offer': 'Contract', __proto__x: 'Sold', 'a.$b': 'Won' };
    const changed = await api.call('PATCH', PATH, { body: { stages } });
    expect([changed.status, changed.json['syncConfig']]).toMatchObject([200, { stages }]);
    expect((await api.connection()).syncConfig.stages).toEqual(stages);
    await api.call('PATCH', PATH, { body: { syncConfig: { stages: { New: 'Lead' } } } });
    expect((await api.connection()).syncConfig.stages).toEqual({ New: 'Lead' });
    const none = await api.call('PATCH', PATH, { body: { stages: {} } });
    expect(none.json['syncConfig']).toMatchObject({ stages: {} });
  });

  it.each<[string, unknown]>([
    ['a list', ['New']],
    ['a name that is empty', { New: '' }],
    ['a stage that is empty', { '': 'Lead' }],
    ['blanks around a name', { New: ' Lead' }],
    ['blanks around a stage', { ' New': 'Lead' }],
    ['no name', { New: null }],
    ['a number', { New: 1 }],
    [
      'more than there can be',
      Object.fromEntries(Array.from({ length: 101 }, (_, n) => [`s${String(n)}`, 'x'])),
    ],
    ['a name that is too long', { New: 'x'.repeat(201) }],
    ['a stage that is too long', { ['x'.repeat(201)]: 'Lead' }],
  ])('are refused where there is %s', async (_, stages) => {
    const before = await api.connection().catch(() => api.connect());
    for (const body of [{ stages }, { syncConfig: { stages } }]) {
      const refused = await api.call('PATCH', PATH, { body });
      expect([refused.status, refused.json['code']]).toEqual([400, 'VALIDATION_FAILED']);
    }
    expect(await api.connection()).toEqual(before);
  });
});

describe('pausing', () => {
  it('holds the connection under a new epoch, once', async () => {
    const before = await api.connect();
    const paused = await api.call('POST', `${PATH}/pause`);
    expect(paused.json).toMatchObject({ status: 'paused', health: { state: 'paused', whoCanFix: 'user' } });
    expect((await api.call('POST', `${PATH}/pause`)).status).toBe(200);
    expect((await api.connection()).epoch).toBe(before.epoch + 1);
  });

  it('is undone by resuming, which wakes the loop', async () => {
    const { epoch } = await api.connect();
    await api.call('POST', `${PATH}/pause`);
    const resumed = await api.call('POST', `${PATH}/resume`, { body: {} });
    expect(resumed.json).toMatchObject({ status: 'active', health: { state: 'healthy' } });
    const after = await api.connection();
    expect(after.epoch).toBe(epoch + 2);
    expect(api.told.nudged).toEqual([scopeOf(after)]);
  });

  it('and resuming refuse a connection that needs credentials, and bodies', async () => {
    await api.connect();
    for (const verb of ['pause', 'resume'])
      expect((await api.call('POST', `${PATH}/${verb}`, { body: { until: 'never' } })).status).toBe(400);
    await api.patchConnection({ status: 'needs_reauth' });
    for (const verb of ['pause', 'resume']) {
      const answer = await api.call('POST', `${PATH}/${verb}`);
      expect(answer.status).toBe(409);
      expect(answer.json).toMatchObject({ code: 'CONFLICT', reason: 'needs_reauth' });
    }
  });
});

describe('testing', () => {
  it('asks the CRM with the stored credentials', async () => {
    await api.connect();
    const answer = await api.call('POST', `${PATH}/test`);
    expect(answer.status).toBe(200);
    expect(answer.json).toMatchObject({ success: true });
    expect(api.crm.asked).toHaveLength(2);
    expect(api.crm.asked[1]).toEqual(api.crm.asked[0]);
    expect(answer.text).not.toContain(API_KEY);
  });

  it('keeps what the CRM says: a refusal stops the connection, an acceptance starts it again', async () => {
    await api.connect();
    api.crm.outcome = REFUSED;
    const refused = await api.call('POST', `${PATH}/test`);
    expect(refused.status).toBe(400);
    expect(refused.json).toMatchObject({ code: 'INTEGRATION_FAILED', providerStatus: 401 });
    expect(await api.connection()).toMatchObject({
      status: 'needs_reauth',
      health: { state: 'needs_reauth' },
    });
    api.crm.outcome = { kind: 'applied', value: true };
    expect((await api.call('POST', `${PATH}/test`)).status).toBe(200);
    expect(await api.connection()).toMatchObject({ status: 'active', health: { state: 'healthy' } });
  });

  it('says so when the credentials were sealed with a key that is gone', async () => {
    const { sealed } = await api.connect();
    if (sealed === null) throw new Error('not sealed');
    await api.patchConnection({ sealed: { ...sealed, keyId: '0123456789abcdef' } });
    const answer = await api.call('POST', `${PATH}/test`);
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'NOT_READY', reason: 'credentials_unreadable' });
  });
});

describe('disconnecting', () => {
  async function connectedWithWork() {
    const connection = await api.connect();
    const scope = scopeOf(connection);
    const key = recordKey('contact', 'c1');
    const id = linkId(scope, key);
    await api.store.links.markLook([
      lookMark(key, { scope, connectionId: connection.connectionId, userId: USER }),
    ]);
    const run = await api.runs.start(connection);
    return { connection, id, run };
  }

  it('destroys the credentials, ends the run and drops waiting work, but keeps the links', async () => {
    const { connection, id, run } = await connectedWithWork();
    const answer = await api.call('DELETE', PATH);
    expect(answer.status).toBe(204);
    expect(answer.text).toBe('');
    expect(await api.connection()).toMatchObject({
      status: 'disconnected',
      sealed: null,
      epoch: connection.epoch + 1,
    });
    expect((await api.store.links.read([id])).get(id)).toMatchObject({ nextAt: null });
    expect(await api.store.runs.read(run.runId)).toMatchObject({ status: 'cancelled' });
    expect(api.told.changed).toEqual([connection.connectionId, connection.connectionId]);
    expect((await api.call('DELETE', PATH)).status).toBe(404);
  });

  it('has no credentials left when the loop hears of it', async () => {
    await api.connect();
    let sealedThen: unknown = 'never told';
    api.told.changed.push = (id: string) => {
      void api.store.connections.read(id).then((connection) => {
        sealedThen = connection?.sealed;
      });
      return 0;
    };
    await api.call('DELETE', PATH);
    expect(sealedThen).toBeNull();
  });

  it('with forget=true drops the links, too, also later', async () => {
    const { id, connection } = await connectedWithWork();
    expect((await api.call('DELETE', PATH)).status).toBe(204);
    expect((await api.call('DELETE', `${PATH}?forget=true`)).status).toBe(204);
    expect((await api.store.links.read([id])).size).toBe(0);
    expect((await api.call('DELETE', `${PATH}?forget=true`)).status).toBe(404);
    expect(await api.connect()).toMatchObject({ connectionId: connection.connectionId, status: 'active' });
    expect((await api.call('DELETE', `${PATH}?forget=true`)).status).toBe(204);
    expect(await api.connection()).toMatchObject({ status: 'disconnected', accountKey: '', instanceUrl: '' });
  });
});
