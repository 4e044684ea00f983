import { describe, expect, it } from '@jest/globals';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import {
  createVaultreSandbox,
  startVaultreSandbox,
  type VaultreSandboxOptions,
} from '../../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { checkedCaller } from './closed-forms.ts';
import { idOf, itemsOf, vaultreCaller } from './vaultre-caller.ts';
import { tourVaultre } from './vaultre-tour.ts';

function open(options: VaultreSandboxOptions = {}) {
  const sandbox = createVaultreSandbox({ clock: createVirtualClock(), ...options });
  return { sandbox, call: checkedCaller(sandbox) };
}

const RISK_ROAD = { streetNumber: '12', street: 'Risk Road', suburb: { id: 10_001 } };

describe('a local VaultRE', () => {
  it('answers every route as its documents say, in the forms that they give', async () => {
    const stops = await tourVaultre(open().call);
    expect(stops.filter(({ wanted, answer }) => wanted !== answer.status)).toEqual([]);
    expect(stops.length).toBeGreaterThan(200);
  });

  it.each(['contacts', 'properties'])('refuses a time of %s that isn’t one', async (list) => {
    const call = vaultreCaller(createVaultreSandbox());
    expect((await call('GET', `/${list}?modifiedSince=yesterday`)).status).toBe(400);
    expect((await call('GET', `/${list}?modifiedSince=2018-05-22T01:12:59%2B00:00`)).status).toBe(200);
    expect((await call('GET', `/${list}?modifiedSince=2018-05-22T01:12:59+00:00`)).status).toBe(200);
  });

  it('does so over sockets', async () => {
    const sandbox = await startVaultreSandbox();
    try {
      const call = vaultreCaller({ url: sandbox.url, fetch: (url, request) => fetch(url, request) });
      const { body } = await call('GET', '/types/propertyType?pagesize=5');
      const { next } = (body as { urls: { next: string } }).urls;
      const answer = await fetch(next, {
        headers: { authorization: 'Bearer sandbox-key', 'x-api-key': 'sandbox-integrator-key' },
      });
      expect((await answer.json()) as object).toMatchObject({ totalItems: 17, totalPages: 4 });
    } finally {
      await sandbox.close();
    }
  });

  it('refuses a wrong access token with 401, and a wrong integrator key with 403', async () => {
    const { call, sandbox } = open();
    expect(await call('GET', '/scopes', { token: 'other' })).toMatchObject({
      status: 401,
      body: { message: 'Unauthorized' },
    });
    expect((await call('GET', '/scopes', { token: null, key: null })).status).toBe(401);
    expect(await call('GET', '/scopes', { key: 'other' })).toMatchObject({
      status: 403,
      body: { message: 'Forbidden' },
    });
    expect((await call('GET', '/scopes', { key: null })).status).toBe(403);
    sandbox.revokeKey('sandbox-key');
    expect((await call('GET', '/scopes')).status).toBe(401);
  });

  it('refuses what the token may not do with 403 and an error of the API', async () => {
    const { call } = open({ refused: ['DELETE /contacts/{id}', '/propertyOffers'] });
    const id = idOf(await call('POST', '/contacts', { body: { firstName: 'Ann' } }));
    expect(await call('DELETE', `/contacts/${id}`)).toMatchObject({
      status: 403,
      body: { success: false, code: 'NO_PERMISSION' },
    });
    expect((await call('GET', `/contacts/${id}`)).status).toBe(200);
    expect((await call('GET', '/propertyOffers?type=sale')).status).toBe(403);
    expect((await call('GET', '/propertyOffers/1')).status).toBe(403);
  });

  it('searches several things at once on any of them, unless fuzzy is false', async () => {
    const { call } = open();
    await call('POST', '/contacts', {
      body: { firstName: 'Ann', lastName: 'Nguyen', emails: ['a@example.com'] },
    });
    await call('POST', '/contacts', {
      body: { firstName: 'Bob', lastName: 'Brown', emails: ['b@example.com'] },
    });
    const both = '/search/contacts?name=Nguyen&email=b%40example.com';
    expect(itemsOf(await call('GET', both))).toHaveLength(2);
    expect(itemsOf(await call('GET', `${both}&fuzzy=false`))).toHaveLength(0);
  });

  it('finds e-mails and phones as a whole', async () => {
    const { call } = open();
    const phoneNumbers = [{ number: '0412 345 678', typeCode: 'M' }];
    const id = idOf(await call('POST', '/contacts', { body: { emails: ['Ann@Example.com'], phoneNumbers } }));
    expect(itemsOf(await call('GET', '/search/contacts/email?term=ann%40example.com'))).toMatchObject([
      { id },
    ]);
    expect(itemsOf(await call('GET', '/search/contacts/email?term=ann%40example'))).toEqual([]);
    expect(itemsOf(await call('GET', '/search/contacts/phone?term=0412345678'))).toMatchObject([{ id }]);
    expect(itemsOf(await call('GET', '/search/contacts/phone?term=345678'))).toEqual([]);
  });

  it('finds a contact after the search lag, and by its list at once', async () => {
    const clock = createVirtualClock();
    const { call } = open({ searchLagMs: 2_000, clock });
    await call('POST', '/contacts', { body: { firstName: 'Ann', emails: ['a@example.com'] } });
    const search = '/search/contacts/email?term=a%40example.com';
    expect(itemsOf(await call('GET', search))).toEqual([]);
    expect(itemsOf(await call('GET', '/contacts'))).toHaveLength(1);
    await clock.advance(2_000);
    expect(itemsOf(await call('GET', search))).toHaveLength(1);
  });

  it('knows the suburbs by name and postcode', async () => {
    const { call } = open();
    const found = itemsOf(await call('GET', '/suggest/suburb?term=Sandgate'));
    expect(found).toMatchObject([
      { id: 10_001, name: 'Sandgate', postcode: '4017', state: { abbreviation: 'QLD' } },
      { name: 'Sandgate', postcode: '2304', state: { abbreviation: 'NSW' } },
    ]);
    expect(itemsOf(await call('GET', '/suggest/suburb?term=4017'))).toHaveLength(5);
    expect((await call('GET', '/suburbs')).body).toContainEqual(found[0]);
  });

  it('shows a property by its class, and its sale in full', async () => {
    const { call } = open();
    const made = await call('POST', '/properties/land/sale', { body: { address: RISK_ROAD } });
    const id = idOf(made);
    expect(made.body).toMatchObject({
      class: { internalName: 'land' },
      displayAddress: '12 Risk Road, Sandgate QLD 4017',
      saleLifeId: id + 1_000_000,
      status: 'prospect',
      address: { suburb: { name: 'Sandgate', postcode: '4017' } },
    });
    expect((await call('GET', `/properties/residential/sale/${id}`)).status).toBe(404);
    const term = encodeURIComponent('12 risk road, sandgate');
    expect(itemsOf(await call('GET', `/search/properties/address?term=${term}`))).toMatchObject([{ id }]);
  });
});

describe('what the documents leave open', () => {
  const contact = { firstName: 'Ann', lastName: 'Lee', company: 'Acme', emails: ['a@example.com'] };

  it.each([
    ['merge', 'Acme'],
    ['replace', undefined],
  ] as const)('a PUT that leaves out a field: %s', async (putMode, company) => {
    const { call } = open({ putMode });
    const id = idOf(await call('POST', '/contacts', { body: contact }));
    await call('PUT', `/contacts/${id}/categories`, { body: { items: [{ id: 201 }] } });
    const { body } = await call('PUT', `/contacts/${id}`, { body: { firstName: 'Anne' } });
    expect((body as { company?: string }).company).toBe(company);
    expect(body).toMatchObject({ firstName: 'Anne' });
    // What no PUT of a contact names stays.
    expect(itemsOf(await call('GET', `/contacts/${id}/categories`))).toHaveLength(1);
  });

  it('an empty text, null, and what is shown of a member without a value', async () => {
    const { call, sandbox } = open();
    const id = idOf(await call('POST', '/contacts', { body: contact }));
    const put = async (company: string | null) =>
      (await vaultreCaller(sandbox)('PUT', `/contacts/${id}`, { body: { company } })) as {
        status: number;
        body: { company?: string | null };
      };
    expect((await put(null)).status).toBe(400);
    sandbox.configure({ nulls: 'ignored', emptyText: 'ignored' });
    expect((await put(null)).body.company).toBe('Acme');
    expect((await put('')).body.company).toBe('Acme');
    sandbox.configure({ emptyText: 'clears' });
    expect((await put('')).body.company).toBeUndefined();
    sandbox.configure({ unset: 'null' });
    expect((await put('')).body.company).toBeNull();
  });

  it('a member that the specification does not name', async () => {
    const { call, sandbox } = open();
    const body = { firstName: 'Ann', favouriteColour: 'red' };
    const plain = vaultreCaller(sandbox);
    expect((await plain('POST', '/contacts', { body })).status).toBe(201);
    sandbox.configure({ strict: true });
    expect((await plain('POST', '/contacts', { body })).status).toBe(400);
    expect((await call('POST', '/contacts', { body: { firstName: 'Ann' } })).status).toBe(201);
  });
});

it('limits an integrator to ten a second and ten thousand a day, over all tokens, where that is asked for', async () => {
  const clock = createVirtualClock();
  const { call } = open({
    clock,
    apiKeys: ['one', 'other'],
    rateLimit: { requestsPerSecond: 10, requestsPerDay: 25 },
  });
  const ask = async (token: string) => await call('GET', '/scopes', { token });
  const second = async () =>
    await Promise.all([...Array(12).keys()].map((at) => ask(at % 2 ? 'one' : 'other')));
  expect((await second()).map(({ status }) => status)).toEqual([...Array<number>(10).fill(200), 429, 429]);
  expect(await ask('one')).toMatchObject({ status: 429, body: { message: 'Too Many Requests' } });
  await clock.advance(1_000);
  await second();
  await clock.advance(1_000);
  const third = await second();
  expect(third.filter(({ status }) => status === 200)).toHaveLength(5);
  expect(third.at(-1)?.body).toEqual({ message: 'Limit Exceeded' });
  expect(third.at(-1)?.headers.get('retry-after')).toBeNull();
  await clock.advance(86_400_000);
  expect((await ask('one')).status).toBe(200);
});

it('takes a merged contact out, and puts the other into its place', async () => {
  const { call, sandbox } = open();
  const [kept, gone] = [
    idOf(await call('POST', '/contacts', { body: { firstName: 'Ann', emails: ['a@example.com'] } })),
    idOf(await call('POST', '/contacts', { body: { lastName: 'Lee', emails: ['b@example.com'] } })),
  ];
  const made = await call('POST', '/properties/residential/sale', { body: { address: RISK_ROAD } });
  const owners = `/properties/${idOf(made)}/sale/${(made.body as { saleLifeId: number }).saleLifeId}/owners`;
  await call('PUT', owners, { body: { items: [{ id: gone }] } });
  expect(sandbox.mergeContacts(String(kept), String(gone))).toBe(true);
  expect((await call('GET', `/contacts/${gone}`)).status).toBe(404);
  expect(itemsOf(await call('GET', owners))).toMatchObject([
    { id: kept, emails: ['a@example.com', 'b@example.com'] },
  ]);
  expect(itemsOf(await call('GET', `/contacts/${kept}/merged`))).toEqual([{ id: gone }]);
});

it('holds what it is sent against the forms of this folder', async () => {
  const { sandbox } = open();
  const call = checkedCaller(sandbox);
  await expect(call('POST', '/contacts', { body: { firstName: 'Ann', remoteId: 'z1' } })).rejects.toThrow(
    'additional properties',
  );
});
