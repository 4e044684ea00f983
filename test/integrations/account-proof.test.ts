import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CredentialCheck } from '../../src/delivering/reconciler.port.ts';
import { type Connection, scopeOf } from '../../src/domain/connection.ts';
import type { CrmFields } from '../../src/domain/remote-record.ts';
import { proveKin, type ProofPorts } from '../../src/integrations/account-proof.ts';
import { mriVault } from '../../src/connectors/mri-vault/mri-vault.ts';
import { createCredentialVault } from '../../src/credentials/credential-vault.ts';
import { type ApiHarness, HARNESS_KEYS, SANDBOX_URL, startApi, USER } from '../http/api-harness.ts';
import { preparedLink } from '../contract/state-store/links/link-steps.ts';
import { crmCopy } from '../support/builders.ts';
import { fingerprintsOf, ringOf, sealerWithout } from '../support/sealers.ts';

const PATH = '/api/integrations/crm/mri_vault';
const ADA = { firstName: 'Ada', lastName: 'L', email: 'ada@example.test', phone: '', type: '', notes: '' };
const BO = { ...ADA, firstName: 'Bo', email: 'bo@example.test' };
const AWAY = { kind: 'retry_later', code: 'CONNECT_FAILED', detail: '', status: null } as const;

let api: ApiHarness;
/** What each API key shows, by remote id. */
let shown: Map<string, Record<string, CrmFields>>;
let away: boolean;
let reads: number;

const read: CredentialCheck['read'] = (_of, { credentials }, wanted) => {
  reads += 1;
  if (away) return Promise.resolve(AWAY as never);
  const account = shown.get(credentials['apiKey'] ?? '') ?? {};
  return Promise.resolve({ kind: 'applied', value: wanted.map(({ remoteId }) => account[remoteId] ?? null) });
};

beforeEach(async () => {
  api = await startApi();
  api.crm.read = read;
  [shown, away, reads] = [new Map(), false, 0];
});
afterEach(() => api.close());

const connect = (apiKey: string, userId = USER, query = '', instanceUrl = SANDBOX_URL) =>
  api.call('POST', `${PATH}/connect${query}`, {
    as: userId,
    body: { credentials: { apiKey, instanceUrl } },
  });

async function connected(apiKey: string, userId = USER): Promise<Connection> {
  expect((await connect(apiKey, userId)).status).toBe(201);
  return await api.connection(userId);
}

/** A contact that this connection linked, as it last saw it. */
const link = async (connection: Connection, remoteId: string, held: CrmFields = ADA, at = 1) =>
  await preparedLink(
    api.store.links,
    `contact/c-${remoteId}`,
    { remote: { id: remoteId, version: null, origin: 'created' }, copy: crmCopy({ held, heldAt: at }) },
    { scope: scopeOf(connection), connectionId: connection.connectionId },
  );

describe('another key at the address of before', () => {
  it('is the same account where a linked record reads as it was last seen', async () => {
    const before = await connected('vault-key-1');
    await link(before, '7');
    shown.set('vault-key-2', { 7: ADA });
    expect((await connect('vault-key-2')).status).toBe(200);
    expect(await api.connection()).toMatchObject({ accountKey: before.accountKey, epoch: before.epoch + 1 });
  });

  it.each<[string, Record<string, CrmFields>]>([
    ['shows none of them', {}],
    ['shows another’s under one of their ids', { 7: ADA, 8: BO }],
    ['shows them only as people may have changed them', { 7: { ...ADA, lastName: 'King' } }],
  ])('is a conflict where it %s, and nothing changes', async (_, account) => {
    const before = await connected('vault-key-1');
    await link(before, '7', ADA, 1);
    await link(before, '8', ADA, 2);
    shown.set('vault-key-2', account);
    const answer = await connect('vault-key-2');
    expect([answer.status, answer.json]).toMatchObject([
      409,
      { code: 'CONFLICT', reason: 'account_changed' },
    ]);
    expect(await api.connection()).toEqual(before);
  });

  it.each([
    ['as it was', SANDBOX_URL],
    ['in capitals', SANDBOX_URL.replace('http', 'HTTP')],
    ['with a slash at its end', `${SANDBOX_URL}/`],
    ['with the path of its API', `${SANDBOX_URL}/api/v1/contacts`],
    ['with marks that nobody sees', `\u200b${SANDBOX_URL}\u00a0`],
    ['at another port', SANDBOX_URL.replace(/\d+$/, '4011')],
    ['below a path', `${SANDBOX_URL}/office`],
  ])('is a conflict, however the address is written: %s', async (_, instanceUrl) => {
    const before = await connected('vault-key-1');
    const linked = await link(before, '7');
    for (const apiKey of ['vault-key-2', 'vault-key-3']) {
      const answer = await connect(apiKey, USER, '', instanceUrl);
      expect([answer.status, answer.json]).toMatchObject([409, { reason: 'account_changed' }]);
    }
    expect(await api.connection()).toEqual(before);
    expect((await api.store.links.read([linked.id])).get(linked.id)).toEqual(linked);
    expect(api.told.nudged).toEqual([]);
  });

  it('is a conflict where all that was linked is gone, or tells nothing', async () => {
    const before = await connected('vault-key-1');
    const remote = { id: '7', version: null, origin: 'created' } as const;
    const { connectionId } = before;
    await preparedLink(api.store.links, 'contact/c-7', { remote }, { scope: scopeOf(before), connectionId });
    for (const account of [{}, { 7: ADA }, { 7: {} }]) {
      shown.set('vault-key-2', account);
      expect((await connect('vault-key-2')).status).toBe(409);
    }
    expect(await api.connection()).toEqual(before);
    expect((await connect('vault-key-2', USER, '?account=replace')).status).toBe(200);
  });

  it('is a conflict where the records are as empty as any', async () => {
    const before = await connected('vault-key-1');
    const nothing = Object.fromEntries(Object.keys(ADA).map((name) => [name, '']));
    await link(before, '7', nothing);
    shown.set('vault-key-2', { 7: {} });
    expect((await connect('vault-key-2')).status).toBe(409);
  });

  it('is 502 while the CRM is away, and nothing changes', async () => {
    const before = await connected('vault-key-1');
    await link(before, '7');
    away = true;
    const answer = await connect('vault-key-2');
    expect([answer.status, answer.json]).toMatchObject([502, { code: 'INTEGRATION_FAILED' }]);
    expect(await api.connection()).toEqual(before);
  });

  it('needs no proof where nothing was linked, and an equal key none at all', async () => {
    const before = await connected('vault-key-1');
    expect((await connect('vault-key-2')).status).toBe(200);
    await link(before, '7');
    expect((await connect('vault-key-2')).status).toBe(200);
    expect(reads).toBe(0);
  });

  it('s6: is asked for proof after a disconnect, which leaves nothing to tell the key by', async () => {
    const before = await connected('vault-key-1');
    await link(before, '7');
    await api.call('DELETE', PATH);
    expect((await api.connection()).budgetKey).toBe('');
    expect((await connect('vault-key-1')).status).toBe(409);
    shown.set('vault-key-1', { 7: ADA });
    expect((await connect('vault-key-1')).status).toBe(201);
  });

  it('leaves the links of the old account to rest where it is said to be another’s', async () => {
    const before = await connected('vault-key-1');
    await link(before, '7');
    shown.set('vault-key-2', { 7: BO });
    expect((await connect('vault-key-2', USER, '?account=replace')).status).toBe(200);
    const after = await api.connection();
    expect(after.instanceUrl).toBe(before.instanceUrl);
    expect(scopeOf(after)).not.toBe(scopeOf(before));
    // And from there on the new one counts.
    expect((await connect('vault-key-2')).status).toBe(200);
    expect(scopeOf(await api.connection())).toBe(scopeOf(after));
    await link(after, '7', BO);
    shown.set('vault-key-3', { 7: BO });
    expect((await connect('vault-key-3')).status).toBe(200);
    expect(scopeOf(await api.connection())).toBe(scopeOf(after));
  });

  it('stays the same account where it proves to be that, whatever is said', async () => {
    const before = await connected('vault-key-1');
    await link(before, '7');
    shown.set('vault-key-2', { 7: ADA });
    expect((await connect('vault-key-2', USER, '?account=replace')).status).toBe(200);
    expect(scopeOf(await api.connection())).toBe(scopeOf(before));
  });
});

describe('two connections at one address', () => {
  const kinOf = (connection: Connection) => api.store.accounts.kinOf(scopeOf(connection));
  const prove = async (connection: Connection) => {
    const vault = createCredentialVault(sealerWithout(() => false, ringOf(...HARNESS_KEYS)));
    const ports: ProofPorts = {
      store: api.store,
      catalogue: { available: [mriVault] },
      vault,
      fingerprints: fingerprintsOf('store'),
      credentialCheck: { read, check: () => Promise.reject(new Error('nothing is checked here')) },
      clock: { now: () => Date.now(), monotonic: () => 0 },
    };
    return await proveKin(ports, connection);
  };

  it('are of one account at once where they have one key', async () => {
    const [a, b] = [await connected('vault-key-1', 'a'), await connected('vault-key-1', 'b')];
    expect(await kinOf(a)).toEqual([scopeOf(b)]);
    const c = await connected('vault-key-2', 'c');
    expect(await kinOf(c)).toEqual([]);
  });

  it('are of one account where each reads what the other linked', async () => {
    const [a, b] = [await connected('vault-key-1', 'a'), await connected('vault-key-2', 'b')];
    expect(await prove(a)).toBe('later');
    await link(a, '7', ADA);
    await link(b, '8', BO);
    for (const key of ['vault-key-1', 'vault-key-2']) shown.set(key, { 7: ADA, 8: BO });
    expect(await prove(a)).toBe('done');
    expect(await kinOf(a)).toEqual([scopeOf(b)]);
    const asked = reads;
    expect(await prove(b)).toBe('done');
    expect(reads).toBe(asked);
  });

  it.each<[string, Record<string, CrmFields>, Record<string, CrmFields>]>([
    ['one reads nothing of the other', { 7: ADA, 8: BO }, { 8: BO }],
    ['one reads another’s record under an id of the other', { 7: ADA, 8: BO }, { 7: BO, 8: BO }],
    ['neither reads anything of the other', { 7: ADA }, { 8: BO }],
  ])('share nothing where %s', async (_, ofA, ofB) => {
    const [a, b] = [await connected('vault-key-1', 'a'), await connected('vault-key-2', 'b')];
    await link(a, '7', ADA);
    await link(b, '8', BO);
    shown.set('vault-key-1', ofA);
    shown.set('vault-key-2', ofB);
    expect(await prove(a)).toBe('done');
    expect(await prove(b)).toBe('done');
    expect(await kinOf(a)).toEqual([]);
  });

  it('are asked again where the CRM could not tell', async () => {
    const [a, b] = [await connected('vault-key-1', 'a'), await connected('vault-key-2', 'b')];
    await link(a, '7', ADA);
    await link(b, '8', BO);
    away = true;
    expect(await prove(a)).toBe('later');
    expect(await kinOf(a)).toEqual([]);
  });

  it('are parted where one gets a key that nothing proves', async () => {
    const [a, b] = [await connected('vault-key-1', 'a'), await connected('vault-key-1', 'b')];
    expect(await kinOf(a)).toEqual([scopeOf(b)]);
    expect((await connect('vault-key-2', 'a')).status).toBe(200);
    expect(await kinOf(a)).toEqual([]);
  });

  it('stay together where one gets a key that shows what it linked, and after a disconnect', async () => {
    const [a, b] = [await connected('vault-key-1', 'a'), await connected('vault-key-1', 'b')];
    await link(a, '7', ADA);
    shown.set('vault-key-2', { 7: ADA });
    expect((await connect('vault-key-2', 'a')).status).toBe(200);
    expect(await kinOf(a)).toEqual([scopeOf(b)]);
    await api.call('DELETE', PATH, { as: 'b' });
    expect(await kinOf(a)).toEqual([scopeOf(b)]);
  });
});
