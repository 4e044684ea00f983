import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startKvcoreSandbox, type KvcoreSandbox } from '../../src/sandbox/kvcore/kvcore-sandbox.ts';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

const DAY_MS = 86_400_000;

/** A token as kvCORE makes them, as far as anybody reads it. */
function tokenUntil(end: number): string {
  const part = (claims: object): string => Buffer.from(JSON.stringify(claims)).toString('base64url');
  return `${part({ alg: 'RS256' })}.${part({ exp: Math.floor(end / 1_000) })}.signature-of-nobody`;
}

const TOKEN = tokenUntil(Date.now() + 300 * DAY_MS);
const OLD_TOKEN = tokenUntil(Date.now() + 20 * DAY_MS);
const COUNT = 24;
const THERE = 16;
const OTHERS = 500;

let kvcore: KvcoreSandbox;
let running: RunningService;

beforeAll(async () => {
  kvcore = await startKvcoreSandbox({ apiKeys: [TOKEN, OLD_TOKEN] });
  const [owner] = kvcore.records('users');
  kvcore.seed('contacts', [
    ...Array.from({ length: THERE }, (_, at) => ({
      first_name: 'Kept',
      last_name: `Number ${at}`,
      email: `Office.${at}@example.com`,
      assigned_agent_id: Number(owner?.id),
      rating: 3,
    })),
    ...Array.from({ length: OTHERS }, (_, at) => ({
      first_name: 'Other',
      last_name: `Number ${at}`,
      email: `other.${at}@example.com`,
    })),
    { first_name: 'Longer', last_name: 'Address', email: 'office.23@example.com.au', assigned_agent_id: 1 },
  ]);
  kvcore.archive(String(kvcore.records('contacts')[7]?.id));
  running = await startRunningService({
    KVCORE_BASE_URL: `${kvcore.url}/v2/public`,
    ALLOWED_INSTANCE_HOSTS: new URL(kvcore.url).host,
  });
});
afterAll(async () => {
  await running.stop();
  await kvcore.close();
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

const changes = (...sent: readonly object[]) =>
  running.call('POST', '/api/changes', sent, { scopes: ['changes:write'] });
const byEmail = (email: string) => kvcore.records('contacts').filter((held) => held['email'] === email);
const path = '/api/integrations/crm/kvcore';
const calls = (name: string): number => kvcore.counts()[name] ?? 0;

it('a first full sync looks at whole pages, and finds who is there', async () => {
  const office = Array.from({ length: COUNT }, (_, at) =>
    contact(`c-${at}`, 1, { name: `Kept Number ${at}`, emails: [`office.${at}@example.com`] }),
  );
  await changes(...office);
  const connected = await running.call('POST', `${path}/connect`, { credentials: { apiToken: TOKEN } });
  expect([connected.status, connected.body]).toEqual([
    201,
    expect.objectContaining({
      provider: 'kvcore',
      health: expect.objectContaining({ state: 'healthy', reason: null }),
      syncConfig: expect.objectContaining({ syncContacts: true, syncProperties: false, syncDeals: false }),
    }),
  ]);
  const searched = calls('GET /contacts');
  const read = calls('GET /contact/:id');
  await running.call('POST', `${path}/sync`, undefined, { headers: { prefer: 'wait=0' } });
  await eventually(() => expect(kvcore.records('contacts')).toHaveLength(COUNT + OTHERS + 1), 60_000);
  // Two pages, a look each minute, and a search for none.
  expect(calls('GET /contacts') - searched).toBeLessThanOrEqual(5);
  await eventually(() => expect(byEmail('office.23@example.com')).toHaveLength(1), 60_000);
  expect(calls('GET /contact/:id') - read).toBeLessThanOrEqual(THERE + 2);
  expect(kvcore.records('contacts')[7]).toMatchObject({ status: 6 });
  const [made] = byEmail('office.23@example.com');
  expect(made).toMatchObject({
    assigned_agent_id: Number(kvcore.records('users')[0]?.id),
    external_vendor_id: expect.stringMatching(/^zena-[0-9a-f]{32}$/),
    deal_type: 'seller',
  });
}, 120_000);

it('an edit is one call; a note waits until the contact takes it', async () => {
  kvcore.configure({ notesAfterMs: 4_000 });
  await changes(contact('n-1', 1, { name: 'Nora Note', relationshipNotes: ['Likes #gardens'] }));
  await eventually(() => expect(kvcore.records('notes')).toHaveLength(1), 60_000);
  expect(kvcore.records('notes')[0]).toMatchObject({ details: 'Likes ＃gardens' });
  const record = await running.call('GET', `${path}/records/contact/n-1`);
  expect(JSON.stringify(record.body)).not.toContain('REFUSED');
  const before = calls('PUT /contact/:id');
  await changes(contact('n-1', 2, { name: 'Nora Knot', relationshipNotes: ['Likes #gardens'] }));
  await eventually(() => expect(byEmail('n-1@example.com')).toMatchObject([{ last_name: 'Knot' }]), 30_000);
  expect(calls('PUT /contact/:id') - before).toBe(1);
}, 120_000);

it('somebody without an e-mail is refused in words, before any call', async () => {
  const before = kvcore.requests().length;
  await changes(contact('m-1', 1, { name: 'Mute', emails: [] }));
  await eventually(async () => {
    const record = await running.call('GET', `${path}/records/contact/m-1`);
    expect(JSON.stringify(record.body)).toContain('EMAIL_REQUIRED');
  });
  expect(
    kvcore
      .requests()
      .slice(before)
      .filter(({ method }) => method !== 'GET'),
  ).toEqual([]);
});

it('a token that ends within 30 days is told of', async () => {
  const again = await running.call('POST', `${path}/connect`, { credentials: { apiToken: OLD_TOKEN } });
  expect(again.body).toMatchObject({
    status: 'active',
    health: { state: 'healthy', reason: 'CREDENTIALS_EXPIRE', whoCanFix: 'user' },
  });
});

it('listings and transactions go where the connection asks for them', async () => {
  const patched = await running.call('PATCH', path, { syncProperties: true, syncDeals: true });
  expect(patched.status).toBe(200);
  await changes(
    changeJson('property', 'p-1', 1, {
      address: '12 High Street, Otahuhu',
      vendors: [],
      buyers: [],
      milestones: [],
      riskOverview: 'low',
    }),
    changeJson('deal', 'd-1', 1, {
      propertyId: 'p-1',
      stage: 'offer',
      riskLevel: 'high',
      riskFlags: [],
      nextAction: null,
      nextActionOwner: null,
      summary: 'Going well',
      contacts: ['n-1'],
    }),
  );
  await eventually(() => expect(kvcore.records('transactions')).toHaveLength(1), 60_000);
  const [listing] = kvcore.records('manuallistings');
  expect(kvcore.records('transactions')).toMatchObject([
    {
      name: '12 High Street, Otahuhu',
      listing_id: Number(listing?.id),
      contact_ids: [Number(byEmail('n-1@example.com')[0]?.id)],
    },
  ]);
});
