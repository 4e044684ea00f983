import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmConnector } from '../../../src/connectors/connector.port.ts';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import { scopeOf } from '../../../src/domain/connection.ts';
import { recordKey } from '../../../src/domain/entity.ts';
import { lookMark } from '../../support/builders.ts';
import { type ApiHarness, CREDENTIALS, startApi } from '../api-harness.ts';

const PATH = '/api/integrations/crm/mri_vault';

const TOKEN_FIELD = {
  name: 'accessToken',
  label: 'Access token',
  secret: true,
  required: true,
  kind: 'text',
  help: 'Of the office.',
} as const;

/** Another interface of the same provider, which names its accounts; here one account calls itself as the other interface's does. */
const second: CrmConnector = {
  ...mriVault,
  dialect: 'second-1.0',
  takes: ({ apiVersion }) => apiVersion === 'second-1.0',
  credentialFields: [
    { ...TOKEN_FIELD, name: 'apiVersion', label: 'Interface', secret: false, help: 'second-1.0' },
    TOKEN_FIELD,
  ],
  account: {
    isNamed: true,
    parse: ({ apiVersion: _, ...input }) => ({
      ok: true,
      credentials: input as Record<string, string>,
      instanceUrl: 'https://vendor.test',
    }),
    baseUrl: () => 'https://vendor.test',
    headers: () => ({}),
    budgetKey: (_credentials, fingerprint) => `second ${fingerprint('x')}`,
    identify: (_http, { accessToken = '' }) =>
      Promise.resolve({
        kind: 'applied',
        value: { accountKey: accessToken.slice(6), label: 'Ray & Sons', actsAs: null },
      }),
  },
};
const tokenFor = (accountKey: string) => ({
  apiVersion: 'second-1.0',
  accessToken: `token-${accountKey}`,
});

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
  api.catalogue.available = [mriVault, second];
});
afterEach(() => api.close());

const connect = (credentials: unknown, query = '') =>
  api.call('POST', `${PATH}/connect${query}`, { body: { credentials } });

describe('a provider with two interfaces', () => {
  it('is connected by the one that takes what was entered, and keeps it', async () => {
    expect((await connect(CREDENTIALS)).status).toBe(201);
    expect((await api.connection()).dialect).toBeUndefined();
    const as = { as: 'user-2' };
    const body = { credentials: tokenFor('acme 42') };
    const answer = await api.call('POST', `${PATH}/connect`, { ...as, body });
    expect(answer.status).toBe(201);
    expect(answer.json).toMatchObject({ accountName: 'Ray & Sons', instanceUrl: 'https://vendor.test' });
    expect(await api.connection('user-2')).toMatchObject({ dialect: 'second-1.0', accountKey: 'acme 42' });
  });

  it('takes a change of the interface for another account, also where the accounts are called the same', async () => {
    const before = await api.connection().catch(() => api.connect());
    for (const credentials of [tokenFor('acme 42'), tokenFor(before.accountKey)]) {
      const refused = await connect(credentials);
      expect(refused.status).toBe(409);
      expect(refused.json).toMatchObject({ code: 'CONFLICT', reason: 'account_changed' });
      expect(await api.connection()).toEqual(before);
    }
    const replaced = await connect(tokenFor(before.accountKey), '?account=replace');
    expect(replaced.status).toBe(200);
    const after = await api.connection();
    expect(after.dialect).toBe('second-1.0');
    expect(scopeOf(after)).not.toBe(scopeOf(before));
    expect((await connect(CREDENTIALS)).json).toMatchObject({ reason: 'account_changed' });
  });

  it('is another account after a disconnect, too, and its links are not written through the other', async () => {
    const before = await api.connect();
    const mark = lookMark(recordKey('contact', 'c-1'), {
      scope: scopeOf(before),
      connectionId: before.connectionId,
    });
    await api.store.links.markLook([mark]);
    await api.call('DELETE', PATH);
    expect((await connect(tokenFor('acme 42'))).json).toMatchObject({ reason: 'account_changed' });
    expect((await connect(tokenFor('acme 42'), '?account=replace')).status).toBe(201);
    expect(await api.store.links.counts(scopeOf(await api.connection()), Date.now())).toMatchObject({
      due: 0,
    });
  });

  it('lists the fields of both: whoever says nothing of the second needs none of its own', async () => {
    const { json } = await api.call('GET', '/api/integrations/crm');
    const [vault] = json['providers'] as Record<string, unknown>[];
    expect(vault).toMatchObject({
      available: true,
      unavailableReason: null,
      credentialFields: [
        { name: 'apiKey', required: true },
        { name: 'instanceUrl', required: true },
        { name: 'apiVersion', required: false, dialect: 'second-1.0' },
        { name: 'accessToken', required: false, dialect: 'second-1.0' },
      ],
      dialects: [
        { dialect: null, available: true, credentialFields: [{ name: 'apiKey' }, { name: 'instanceUrl' }] },
        {
          dialect: 'second-1.0',
          available: true,
          credentialFields: [
            { name: 'apiVersion', required: true },
            { name: 'accessToken', required: true },
          ],
        },
      ],
    });
  });
});

describe('an interface that lacks something of the operator’s', () => {
  const reason = 'The operator of this service has not set it up: SECOND_KEY is not set.';
  const lack = (connector: CrmConnector) => {
    api.catalogue.available = api.catalogue.available.filter((one) => one !== connector);
    api.catalogue.unavailable = [{ connector, reason }];
  };

  it('is listed with the reason, and can not be connected', async () => {
    lack(second);
    const { json } = await api.call('GET', '/api/integrations/crm');
    const [vault] = json['providers'] as Record<string, unknown>[];
    expect(vault).toMatchObject({
      available: true,
      unavailableReason: null,
      dialects: [{ available: true }, { available: false, unavailableReason: reason }],
    });
    const refused = await connect(tokenFor('acme 42'));
    expect(refused.status).toBe(409);
    expect(refused.json).toMatchObject({ reason: 'provider_unavailable', detail: reason, retryable: false });
    expect((await connect(CREDENTIALS)).status).toBe(201);
  });

  it('makes the provider unavailable where it is the only one', async () => {
    api.catalogue.available = [mriVault];
    lack(mriVault);
    const { json } = await api.call('GET', '/api/integrations/crm');
    const [vault] = json['providers'] as Record<string, unknown>[];
    expect(vault).toMatchObject({
      available: false,
      unavailableReason: reason,
      dialects: [],
      credentialFields: [{ name: 'apiKey' }, { name: 'instanceUrl' }],
    });
    expect((await connect(CREDENTIALS)).json).toMatchObject({
      code: 'CONFLICT',
      reason: 'provider_unavailable',
    });
  });

  it.each([
    ['lacks it', (): void => lack(mriVault), reason],
    [
      'is gone',
      (): void => {
        api.catalogue.available = [];
      },
      'This service has no connector for it any more.',
    ],
  ])(
    'leaves a connection that stands to be seen, with whose turn it is, and to be disconnected, where it %s',
    async (_, happens, detail) => {
      await api.connect();
      happens();
      const { json } = await api.call('GET', '/api/integrations/crm/user');
      expect(json['integrations']).toMatchObject([
        {
          provider: 'mri_vault',
          status: 'active',
          health: { state: 'unreachable', reason: 'PROVIDER_UNAVAILABLE', whoCanFix: 'operator' },
        },
      ]);
      expect((await api.connection()).health.state).toBe('healthy');
      const all = await api.call('GET', '/api/ops/connections', { scopes: ['ops:read'] });
      expect(all.json['data']).toMatchObject([
        { health: { state: 'unreachable', reason: 'PROVIDER_UNAVAILABLE', whoCanFix: 'operator' } },
      ]);
      for (const path of ['/sync', '/test', '/sync?dryRun=true']) {
        const refused = await api.call('POST', `${PATH}${path}`);
        expect([path, refused.status, refused.json['reason'], refused.json['detail']]).toEqual([
          path,
          409,
          'provider_unavailable',
          detail,
        ]);
      }
      for (const path of ['/pause', '/resume'])
        expect((await api.call('POST', `${PATH}${path}`)).status).toBe(200);
      const changed = await api.call('PATCH', PATH, { body: { syncDeals: false } });
      expect([changed.status, changed.json['syncConfig']]).toMatchObject([200, { syncDeals: false }]);
      for (const path of ['/records', '/runs'])
        expect((await api.call('GET', `${PATH}${path}`)).status).toBe(200);
      expect((await api.call('DELETE', PATH)).status).toBe(204);
      expect(await api.connection()).toMatchObject({ status: 'disconnected', sealed: null });
    },
  );
});
