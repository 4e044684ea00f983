import { afterAll, beforeAll, expect, it } from '@jest/globals';
import { startFubSandbox, type FubSandbox } from '../../src/sandbox/follow-up-boss/fub-sandbox.ts';
import { changeJson } from '../support/change-json.ts';
import { eventually, startRunningService, type RunningService } from '../support/running-service.ts';

let fub: FubSandbox;
let running: RunningService;

beforeAll(async () => {
  fub = await startFubSandbox();
  fub.seed('people', [
    {
      firstName: 'Mary',
      lastName: 'Jones',
      emails: [{ value: 'mary@example.com' }, { value: 'mary@work.example' }],
      phones: [{ value: '(202) 555-0143', type: 'home' }],
      tags: ['Zillow'],
      background: 'Met at an open home',
    },
  ]);
  running = await startRunningService({
    FUB_BASE_URL: `${fub.url}/v1`,
    ALLOWED_INSTANCE_HOSTS: new URL(fub.url).host,
    FUB_SYSTEM: 'Zena-CRM-Sync',
    FUB_SYSTEM_KEY: 'known',
  });
});
afterAll(async () => {
  await running.stop();
  await fub.close();
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
    buyers: [],
    milestones: [],
    riskOverview: null,
  });
const deal = (version: number, fields: object = {}) =>
  changeJson('deal', 'd-1', version, {
    propertyId: 'p-1',
    stage: 'offer',
    riskLevel: 'high',
    riskFlags: [],
    nextAction: 'Call the solicitor',
    nextActionOwner: null,
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
const person = (name: string) => fub.records('people').find(({ firstName }) => firstName === name);
const deals = () => fub.records('deals');
const path = '/api/integrations/crm/follow_up_boss';

it('an office’s people and deals come to Follow Up Boss, and stay as its people keep them', async () => {
  const connected = await running.call('POST', `${path}/connect`, { credentials: { apiKey: 'sandbox-key' } });
  expect([connected.status, connected.body]).toEqual([
    201,
    expect.objectContaining({ provider: 'follow_up_boss', accountName: 'Sandbox Realty' }),
  ]);

  await changes(
    contact('c-1', 1, {
      name: 'Mary Jones',
      emails: ['MARY@example.com', 'mary@home.example'],
      relationshipNotes: ['Has a dog', 'Wants a garden'],
      doNotContact: ['sms'],
    }),
    contact('c-2', 1, { relationshipNotes: ['Sells in May'] }),
    property(1, '12 High Street, Otahuhu'),
    deal(1),
  );
  const synced = await running.call('POST', `${path}/sync`);
  expect(synced.body).toMatchObject({ success: true, contactsSynced: 2, dealsSynced: 1, skipped: 1 });

  const ofHouse = await running.call('GET', `${path}/records/property/p-1`);
  expect(JSON.stringify(ofHouse.body)).toContain('"code":"unsupported"');
  expect(JSON.stringify(ofHouse.body)).not.toContain('not_synced');
  expect(fub.records('people')).toHaveLength(2);
  expect(person('Mary')).toMatchObject({
    emails: [{ value: 'mary@example.com' }, { value: 'mary@work.example' }, { value: 'mary@home.example' }],
    phones: [{ value: '(202) 555-0143', type: 'home' }, { value: '+1 202 555 0190' }],
    tags: ['Zillow', 'Seller'],
    background: 'Met at an open home',
  });
  expect(person('Ada')).toMatchObject({ lastName: 'Lane', tags: ['Seller'], assignedUserId: 1 });
  expect(
    fub
      .records('notes')
      .map(({ body }) => body)
      .sort(),
  ).toEqual(['Has a dog', 'Sells in May', 'Wants a garden']);
  expect(deals()).toMatchObject([
    {
      name: '12 High Street, Otahuhu',
      stageId: 2,
      description: 'Going well\nRisk: high\nNext action: Call the solicitor',
      peopleIds: [Number(person('Mary')?.id), Number(person('Ada')?.id)],
      userIds: [1],
    },
  ]);
  const headers = fub.requests().map((request) => request.headers['x-system']);
  expect(new Set(headers)).toEqual(new Set(['Zena-CRM-Sync']));
});

it('nobody is made of a contact of which nothing but the role is known', async () => {
  await changes(contact('c-9', 1, { name: ' ', emails: [], phones: [] }));
  await eventually(async () =>
    expect((await running.call('GET', `${path}/records/contact/c-9`)).body).toMatchObject({
      state: 'unlinked',
      data: [{ code: 'nothing_to_deliver' }],
    }),
  );
  expect(fub.records('people')).toHaveLength(2);
  await changes(removed('contact', 'c-9', 2));
});

it('a preview of what stands there foresees nothing to be sent, and calls nobody', async () => {
  const before = fub.requests().length;
  const preview = await running.call('POST', `${path}/sync?dryRun=true`);
  expect(preview.body).toMatchObject({ unchanged: 3, wouldUpdate: 0, wouldCreateOrAdopt: 0 });
  expect(fub.requests()).toHaveLength(before);
});

it('an edit costs one call, of a list two, and a note is added once', async () => {
  const before = fub.requests().length;
  // Looks at what people changed, once a minute for all, and facts of the account aren't the edit's.
  const shared = ['people', 'users', 'pipelines', 'dealCustomFields', 'deals'].map(
    (name) => `GET /v1/${name}`,
  );
  const since = () =>
    fub
      .requests()
      .slice(before)
      .map(({ method, path: at }) => `${method} ${at}`)
      .filter((call) => !shared.includes(call));
  await changes(contact('c-2', 2, { name: 'Ada Lowe', relationshipNotes: ['Sells in May'] }));
  await eventually(() => expect(person('Ada')).toMatchObject({ lastName: 'Lowe' }));
  const id = String(person('Ada')?.id);
  expect(since()).toEqual([`PUT /v1/people/${id}`]);
  await changes(
    contact('c-2', 3, { name: 'Ada Lowe', relationshipNotes: ['Sells in May', 'Moves in June'] }),
  );
  await eventually(() => expect(fub.records('notes')).toHaveLength(4));
  expect(since()).toEqual([`PUT /v1/people/${id}`, 'POST /v1/notes']);
});

it('a limit in the middle of a person makes no second one, and its notes come once each', async () => {
  const fault = {
    kind: 'status',
    status: 429,
    headers: { 'retry-after': '1' },
    body: { errorMessage: 'Slow' },
  } as const;
  fub.misbehave({ times: 1, match: { method: 'POST', path: '/notes' }, fault });
  await changes(contact('c-3', 1, { name: 'Cy Park', relationshipNotes: ['One', 'Two'] }));
  const notes = () => fub.records('notes').filter(({ personId }) => personId === Number(person('Cy')?.id));
  await eventually(() => expect(notes().map(({ body }) => body)).toEqual(['One', 'Two']));
  expect(fub.records('people').filter(({ firstName }) => firstName === 'Cy')).toHaveLength(1);
});

it('what people add and change stays', async () => {
  const id = String(person('Mary')?.id);
  fub.editRecord('people', id, { tags: ['Zillow', 'Seller', 'Hot'], background: 'Knows the agent' });
  fub.relate(id, { relationshipId: 7, email: 'sam@example.com' });
  await changes(
    contact('c-1', 2, {
      name: 'Mary Jones',
      role: 'buyer',
      emails: ['mary@example.com', 'mary@new.example'],
      relationshipNotes: ['Has a dog', 'Wants a garden'],
    }),
  );
  await eventually(() =>
    expect(person('Mary')).toMatchObject({
      emails: [
        { value: 'mary@example.com' },
        { value: 'mary@work.example' },
        { value: 'mary@new.example' },
        { value: 'sam@example.com', relationshipId: 7 },
      ],
      tags: ['Zillow', 'Buyer', 'Hot'],
      background: 'Knows the agent',
    }),
  );
});

it('somebody whom Follow Up Boss says it has already is theirs: completed, and never thrown away', async () => {
  fub.seed('people', [
    { firstName: 'Dot', lastName: 'Hill', emails: [{ value: 'dot@old.example' }], tags: ['Hot'] },
  ]);
  const dot = { name: 'Dot Hill', emails: ['dot@new.example', 'dot@old.example'], phones: [] };
  await changes(contact('c-4', 1, dot));
  await eventually(() =>
    expect(fub.records('people').filter(({ firstName }) => firstName === 'Dot')).toMatchObject([
      { emails: [{ value: 'dot@old.example' }, { value: 'dot@new.example' }], tags: ['Hot', 'Seller'] },
    ]),
  );
  await changes(removed('contact', 'c-4', 2));
  await running.call('POST', `${path}/sync`);
  expect(person('Dot')?.['stage'] ?? 'Lead').toBe('Lead');
});

it('a deal follows its property’s address', async () => {
  await changes(property(2, '14 Low Road, Otahuhu'));
  await eventually(() => expect(deals()).toMatchObject([{ name: '14 Low Road, Otahuhu' }]));
});

it('a delete throws away what was made here, and nothing else', async () => {
  await changes(removed('deal', 'd-1', 2), removed('contact', 'c-1', 3), removed('contact', 'c-2', 4));
  await eventually(() => expect(person('Ada')).toMatchObject({ stage: 'Trash' }));
  await eventually(() => expect(deals()).toMatchObject([{ status: 'Deleted' }]));
  expect(person('Mary')?.['stage'] ?? 'Lead').toBe('Lead');
});
