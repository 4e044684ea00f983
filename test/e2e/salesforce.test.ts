import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { generateKeyPairSync } from 'node:crypto';
import { clientIdOf } from '../../src/sandbox/salesforce/oauth/client-id.ts';
import { startSfSandbox, type SfSandbox } from '../../src/sandbox/salesforce/sf-sandbox.ts';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

const SECRET = 'sandbox-key';
const { publicKey, privateKey } = generateKeyPairSync('rsa', {
  modulusLength: 2_048,
  publicKeyEncoding: { type: 'spki', format: 'pem' },
  privateKeyEncoding: { type: 'pkcs8', format: 'pem' },
});

let org: SfSandbox;
let running: RunningService;

beforeAll(async () => {
  org = await startSfSandbox({ apiKeys: [SECRET], publicKey });
  org.seed('Contact', [
    {
      FirstName: 'Mary',
      LastName: 'Jones',
      Email: 'mary@example.com',
      Title: 'Doctor',
      Description: 'Met at an open home',
      DoNotCall: true,
    },
  ]);
  running = await startRunningService({
    ALLOWED_INSTANCE_HOSTS: new URL(org.url).host,
    SALESFORCE_LOGIN_URL: org.url,
    SALESFORCE_CLIENT_ID: clientIdOf(SECRET),
    SALESFORCE_CLIENT_SECRET: SECRET,
    SALESFORCE_PRIVATE_KEY: privateKey.replaceAll('\n', '\\n'),
    PUBLIC_URL: 'https://zena.example',
  });
});
afterAll(async () => {
  await running.stop();
  await org.close();
});

const contact = (id: string, version: number, fields: object) =>
  changeJson('contact', id, version, {
    name: 'Ada Lane',
    emails: [`${id}@example.com`],
    phones: ['+1 202 555 0190'],
    role: 'vendor',
    relationshipNotes: [],
    ...fields,
  });
const property = (version: number, address: string) =>
  changeJson('property', 'p-1', version, {
    address,
    vendors: ['c-2'],
    buyers: ['c-1'],
    milestones: [{ type: 'listed', date: '2026-05-01', notes: null }],
    riskOverview: 'low',
  });
const deal = (version: number, fields: object = {}) =>
  changeJson('deal', 'd-1', version, {
    propertyId: 'p-1',
    stage: 'Qualification',
    riskLevel: 'high',
    riskFlags: ['finance', 'title'],
    nextAction: 'Call the solicitor',
    nextActionOwner: 'Mary',
    summary: 'Going well',
    contacts: ['c-1', 'c-2'],
    ...fields,
  });
const removed = (kind: 'contact' | 'deal', id: string, version: number) => ({
  ...changeJson(kind, id, version, {}),
  [kind]: null,
  operation: 'DELETE',
});
const changes = (...sent: readonly object[]) =>
  running.call('POST', '/api/changes', sent, { scopes: ['changes:write'] });

const one = (collection: 'Contact' | 'Property__c' | 'Opportunity', by: string, value: string) =>
  org.records(collection).find((record) => record[by] === value && record['IsDeleted'] !== true);
const path = '/api/integrations/crm/salesforce';
const CLIENT = { clientId: clientIdOf(SECRET), clientSecret: SECRET };

it('is listed by its name, with what is entered to connect it', async () => {
  const { body } = await running.call('GET', '/api/integrations/crm');
  const listed = (body as { providers: readonly Record<string, unknown>[] }).providers;
  expect(listed.find(({ id }) => id === 'salesforce')).toMatchObject({
    name: 'Salesforce Real Estate',
    available: true,
  });
});

it('an org that lacks fields, or whose key isn’t unique, is refused in words that name them', async () => {
  org.configure({ lacks: ['Contact.ZenaRole__c', 'Property__c'], externalIds: 'repeated' });
  const refused = await running.call('POST', `${path}/connect`, { credentials: CLIENT });
  expect(refused.status).toBe(400);
  const { detail } = refused.body as { detail: string };
  expect(detail).toMatch(/Contact\.ZenaRole__c is missing/);
  expect(detail).toMatch(/there is no object Property__c/);
  expect(detail).toMatch(/Opportunity\.ZenaId__c has to be unique, case-sensitive/);
  org.configure({ lacks: [], externalIds: 'unique' });
});

it('an office’s people, properties and deals come to Salesforce, beside what its people keep', async () => {
  const connected = await running.call('POST', `${path}/connect`, { credentials: CLIENT });
  expect(connected.status).toBe(201);
  expect(connected.body).toMatchObject({ provider: 'salesforce', accountName: expect.any(String) });
  await changes(
    contact('c-1', 1, {
      name: 'Mary Jones',
      emails: ['MARY@example.com'],
      relationshipNotes: ['Has a dog'],
      doNotContact: ['email'],
    }),
    contact('c-2', 1, { name: 'Plato' }),
    property(1, '12 High Street, Otahuhu'),
    deal(1),
  );
  const synced = await running.call('POST', `${path}/sync`);
  expect(synced.body).toMatchObject({
    success: true,
    contactsSynced: 2,
    propertiesSynced: 1,
    dealsSynced: 1,
  });

  expect(org.records('Contact')).toHaveLength(2);
  const mary = one('Contact', 'ZenaId__c', 'c-1');
  expect(mary).toMatchObject({
    Title: 'Doctor',
    Description: 'Met at an open home\nHas a dog',
    HasOptedOutOfEmail: true,
    DoNotCall: true,
    ZenaRole__c: 'vendor',
  });
  const plato = one('Contact', 'ZenaId__c', 'c-2');
  expect(plato).toMatchObject({ LastName: 'Plato' });
  expect(plato?.['FirstName'] ?? null).toBeNull();
  // Whoever is made is seen by the org, in the account that is made for them.
  const [account] = org.records('Account').filter(({ Name }) => Name === 'Zena contacts');
  expect(plato).toMatchObject({ AccountId: account?.id });
  const house = one('Property__c', 'ZenaId__c', 'p-1');
  expect(house).toMatchObject({
    Name: '12 High Street, Otahuhu',
    Address__c: '12 High Street, Otahuhu',
    Vendor__c: plato?.id,
    Buyer__c: mary?.id,
    Milestones__c: '2026-05-01 listed',
  });
  const sale = one('Opportunity', 'ZenaId__c', 'd-1');
  expect(sale).toMatchObject({
    Name: '12 High Street, Otahuhu',
    StageName: 'Qualification',
    Property__c: house?.id,
    NextStep: 'Call the solicitor',
    RiskFlags__c: 'finance; title',
    CloseDate: expect.stringMatching(/^\d{4}-\d\d-\d\d$/),
  });
  const roles = org.records('OpportunityContactRole').map(({ ContactId }) => ContactId);
  expect(roles.sort()).toEqual([mary?.id, plato?.id].sort());
});

it('an edit costs one call, and says whose it is', async () => {
  const before = org.requests().length;
  await changes(contact('c-2', 2, { name: 'Plato Lowe' }));
  await eventually(() => expect(one('Contact', 'ZenaId__c', 'c-2')).toMatchObject({ LastName: 'Lowe' }));
  const calls = org.requests().slice(before);
  const writes = calls.filter(({ method }) => method !== 'GET');
  expect(writes.map(({ method }) => method)).toEqual(['PATCH']);
  expect(writes[0]?.headers['sforce-call-options']).toBe('client=ZenaCRMSync');
});

it('a session that ends is opened anew, once, and nothing is lost', async () => {
  const before = org.requests().length;
  org.endSessions();
  await changes(
    ...Array.from({ length: 6 }, (_, n) => contact(`many-${String(n)}`, 1, { name: `Many ${String(n)}` })),
  );
  await eventually(() =>
    expect(org.records('Contact').filter(({ FirstName }) => FirstName === 'Many')).toHaveLength(6),
  );
  const tokens = org
    .requests()
    .slice(before)
    .filter(({ path: at }) => at.endsWith('/oauth2/token'));
  expect(tokens.length).toBeLessThanOrEqual(1);
});

it('what people move out of a deal, or change of its date, stays so', async () => {
  const sale = one('Opportunity', 'ZenaId__c', 'd-1');
  org.editRecord('Opportunity', String(sale?.id), { CloseDate: '2027-02-03' });
  await changes(deal(2, { summary: 'Going better', contacts: ['c-1'] }));
  await eventually(() => expect(org.records('OpportunityContactRole')).toHaveLength(1));
  expect(one('Opportunity', 'ZenaId__c', 'd-1')).toMatchObject({
    CloseDate: '2027-02-03',
    Description: 'Going better',
  });
});

it('a user name and the operator’s key are as good, for the same org', async () => {
  const username = String(org.records('User')[0]?.['Username']);
  const connected = await running.call('POST', `${path}/connect`, { credentials: { username } });
  expect([connected.status, (connected.body as { detail?: string }).detail]).toEqual([200, undefined]);
  await changes(contact('c-2', 3, { name: 'Plato Loew' }));
  await eventually(() => expect(one('Contact', 'ZenaId__c', 'c-2')).toMatchObject({ LastName: 'Loew' }));
});

it('what people enter before they go to Salesforce is looked at before they go', async () => {
  const faults = async (entered: Readonly<Record<string, string>>) => {
    const query = new URLSearchParams({ loginUrl: org.url, ...entered }).toString();
    const manual = { userId: 'user-4', redirect: 'manual' } as const;
    const answer = await running.call('GET', `${path}/authorize?${query}`, undefined, manual);
    const { errors } = (answer.body ?? {}) as { errors?: readonly { pointer: string }[] };
    return [answer.status, errors?.map(({ pointer }) => pointer)];
  };
  expect(await faults({ closeDateDays: '30', propertyObject: 'Home__c' })).toEqual([302, undefined]);
  expect(await faults({ contactAccount: 'each', fieldNames: 'Contact.ZenaId__c=X__c' })).toEqual([
    302,
    undefined,
  ]);
  expect(await faults({ closeDateDays: 'soon' })).toEqual([400, ['/credentials/closeDateDays']]);
  expect(await faults({ clientSecret: 'in-an-address' })).toEqual([400, ['/query/clientSecret']]);
});

it('people connect on Salesforce’s own page, only in the browser that began, and a refresh token is never used twice', async () => {
  const authorize = async (userId: string) => {
    const token = await running.call(
      'GET',
      `${path}/authorize?loginUrl=${encodeURIComponent(org.url)}`,
      undefined,
      {
        userId,
        redirect: 'manual',
      },
    );
    expect(token.status).toBe(302);
    return new URL(token.headers.get('location') ?? '');
  };
  const page = await authorize('user-2');
  expect(page.origin).toBe(org.url);
  expect(page.searchParams.get('code_challenge_method')).toBe('S256');
  const back = await fetch(page, { redirect: 'manual' });
  const returned = new URL(back.headers.get('location') ?? '');
  expect(`${returned.origin}${returned.pathname}`).toBe(`https://zena.example${path}/callback`);
  const told = {
    code: returned.searchParams.get('code') ?? '',
    state: returned.searchParams.get('state') ?? '',
  };
  const shown = await running.call('GET', `${path}/callback?code=x&state=y`);
  expect(String(shown.body)).toContain('/connect/callback.js');
  // Somebody else's browser ends nothing with it, and nobody ends it twice.
  const foreign = await running.call('POST', `${path}/callback`, told, { userId: 'user-3' });
  expect(foreign.status).toBe(400);
  const connected = await running.call('POST', `${path}/callback`, told, { userId: 'user-2' });
  expect([connected.status, (connected.body as { detail?: string }).detail]).toEqual([201, undefined]);
  expect((await running.call('POST', `${path}/callback`, told, { userId: 'user-2' })).status).toBe(400);

  // Each refresh brings another token; one that was used before would end all of them.
  const before = org.requests().length;
  for (let n = 0; n < 5; n += 1) {
    org.endSessions();
    expect((await running.call('POST', `${path}/test`, undefined, { userId: 'user-2' })).status).toBe(200);
  }
  const tokens = org
    .requests()
    .slice(before)
    .filter(({ path: at }) => at.endsWith('/oauth2/token'));
  expect(tokens.map(({ status }) => status)).toEqual([200, 200, 200, 200, 200]);
  await running.call('DELETE', path, undefined, { userId: 'user-2' });
  expect(org.requests().at(-1)?.path).toBe('/services/oauth2/revoke');
});

it('a delete takes away what was made here, and nothing else', async () => {
  await changes(removed('deal', 'd-1', 3), removed('contact', 'c-1', 2), removed('contact', 'c-2', 4));
  await eventually(() => expect(one('Contact', 'ZenaId__c', 'c-2')).toBeUndefined());
  await eventually(() => expect(one('Opportunity', 'ZenaId__c', 'd-1')).toBeUndefined());
  expect(one('Contact', 'ZenaId__c', 'c-1')).toMatchObject({ Title: 'Doctor' });
});

it('a thousand new contacts take ten write calls at most, and none the second time', async () => {
  const all = Array.from({ length: 1_000 }, (_, n) =>
    contact(`bulk-${String(n)}`, 1, { name: `Bulk Number${String(n)}` }),
  );
  await running.call('POST', `${path}/pause`);
  await changes(...all);
  await running.call('POST', `${path}/resume`);
  const writes = () =>
    org.requests().filter(({ method, path: at }) => method !== 'GET' && !at.endsWith('/oauth2/token')).length;
  const before = writes();
  const made = () => org.records('Contact').filter(({ FirstName }) => FirstName === 'Bulk').length;
  const synced = await running.call('POST', `${path}/sync`);
  await eventually(() => expect(made()).toBe(1_000));
  expect(synced.status).toBeLessThan(300);
  expect(writes() - before).toBeLessThanOrEqual(10);
  const after = writes();
  await running.call('POST', `${path}/sync`);
  expect(writes() - after).toBe(0);
}, 60_000);
