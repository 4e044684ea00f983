import { afterEach, describe, expect, it } from '@jest/globals';
import type { Contact, Deal, EntityBody, Property } from '../../../src/domain/entity.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import type { VaultreSandboxOptions } from '../../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { wrongInSent } from '../../sandbox/vaultre/closed-forms.ts';
import { openVaultreAccount, type VaultreTestAccount } from './vaultre-account.ts';

let account: VaultreTestAccount | null = null;
afterEach(() => account?.close());
function open(options: VaultreSandboxOptions = {}, keys = {}): VaultreTestAccount {
  account = openVaultreAccount(options, keys);
  return account;
}

const contact = (over: Partial<Contact> = {}): EntityBody => ({
  kind: 'contact',
  contact: {
    name: 'Ada Lovelace',
    emails: ['ada@example.test'],
    phones: ['0412 345 678'],
    role: 'buyer',
    relationshipNotes: [],
    doNotContact: null,
    attributes: {},
    ...over,
  },
});
const property = (address: string, over: Partial<Property> = {}): EntityBody => ({
  kind: 'property',
  property: { address, vendors: [], buyers: [], milestones: [], riskOverview: null, attributes: {}, ...over },
});
const deal = (over: Partial<Deal> = {}): EntityBody => ({
  kind: 'deal',
  deal: {
    propertyId: 'p-1',
    stage: 'offer',
    riskLevel: '',
    riskFlags: [],
    nextAction: null,
    nextActionOwner: null,
    summary: null,
    contacts: [],
    attributes: {},
    ...over,
  },
});

function valueOf<T>(outcome: CallOutcome<T>): T {
  if (outcome.kind !== 'applied') throw new Error(JSON.stringify(outcome));
  return outcome.value;
}

describe('what is sent of a record', () => {
  it('is every e-mail and phone, opt-outs as flags, and the role as a category', async () => {
    const emails = ['n/a', 'ada@example.test', 'a.l@example.test'];
    const phones = ['+64 21 555 0100', '07 3000 1234'];
    const drafted = await open().draft(
      contact({
        emails,
        phones,
        role: 'Vendors',
        doNotContact: ['sms', 'post'],
        relationshipNotes: ['One', ''],
      }),
    );
    expect(drafted.fields).toEqual({
      firstName: 'Ada',
      lastName: 'Lovelace',
      emails: ['ada@example.test', 'a.l@example.test'],
      phoneNumbers: [
        { number: '+64 21 555 0100', typeCode: 'M' },
        { number: '07 3000 1234', typeCode: 'H' },
      ],
      onDoNotCallList: false,
      unsubscribe: { email: false, sms: true, letters: true },
      categories: [],
      notes: ['One'],
    });
    expect(drafted.remarks.map(({ field, code }) => [field, code])).toEqual([
      ['emails', 'no_email'],
      ['categories', 'not_carried'],
    ]);
    expect((await open().draft(contact({ role: 'Vendor' }))).fields['categories']).toEqual([202]);
  });

  it('is an address in its parts, its suburb by the id that VaultRE has for it', async () => {
    const { fields } = await open().draft(property('Level 3, 5/12 Risk Rd, Sandgate QLD 4017'));
    expect(fields['address']).toEqual({
      level: '3',
      unitNumber: '5',
      streetNumber: '12',
      street: 'Risk Rd',
      suburb: { id: 10_001 },
    });
    const other = await open().draft(property('12 Risk Rd, Sandgate NSW 2304'));
    expect(other.fields['address']).not.toMatchObject({ suburb: { id: 10_001 } });
    const nz = await open().draft(property('14 Rata Street, Ponsonby, Auckland 1011'));
    expect(nz.fields['address']).toMatchObject({ street: 'Rata Street', suburb: { id: expect.any(Number) } });
  });

  it('is refused where the suburb is not there, or nobody can tell what is what, with what would do', async () => {
    const [unknown] = (await open().draft(property('1 Risk Road, Atlantis QLD 4999'))).refusals;
    expect(unknown).toMatchObject({
      field: 'address',
      code: 'SUBURB_UNKNOWN',
      missingIn: 'suburb:atlantis|4999',
    });
    expect(unknown?.detail).toContain('"Atlantis" at 4999');
    const [unclear] = (await open().draft(property('the old mill'))).refusals;
    expect(unclear).toMatchObject({ field: 'address', code: 'ADDRESS_NOT_CLEAR' });
    expect(unclear?.detail).toContain('12 Risk Road, Sandgate QLD 4017');
    expect((await open().draft(property(''))).refusals).toEqual([]);
  });

  it('is of a deal its stage where that can be set, and one note of all that it says', async () => {
    const resolve = () => '2000001';
    const listed = await open().draft(deal({ stage: 'Listed', riskLevel: 'low', summary: 'Two\nlines' }), {
      resolve,
    });
    expect(listed.fields).toEqual({
      propertyId: '2000001',
      listed: true,
      notes: ['Zena deal: Listed\nRisk: low\nSummary: Two lines'],
    });
    expect(listed.remarks).toEqual([]);
    const offer = await open().draft(deal({ contacts: ['c-1'] }), { resolve });
    expect(offer.fields['listed']).toBe(false);
    expect(offer.remarks.map(({ field }) => field)).toEqual(['listed', 'contacts']);
    const mapped = await open().draft(deal({ stage: 'On market' }), {
      resolve,
      stages: { 'on market': 'listing' },
    });
    expect(mapped.fields['listed']).toBe(true);
    const refusal = async (propertyId: string | null) =>
      (await open().draft(deal({ propertyId }), { resolve: () => null })).refusals[0];
    const missing = { field: 'propertyId', code: 'PROPERTY_MISSING' };
    const [none, away] = [/names no property; it is sent once it does\.$/, /once its property is there\.$/];
    expect(await refusal(null)).toMatchObject({ ...missing, detail: expect.stringMatching(none) });
    expect(await refusal('p-1')).toMatchObject({ ...missing, detail: expect.stringMatching(away) });
  });
});

describe('looking for a record', () => {
  const people = [
    { firstName: 'Bob', lastName: 'Brown', emails: ['ADA@example.test.au'], phoneNumbers: [] },
    {
      firstName: 'Ada',
      lastName: 'Lovelace',
      emails: ['Ada@Example.test'],
      phoneNumbers: [{ number: '(04) 1234-5678' }],
    },
    { firstName: 'Ada', lastName: 'Byron', emails: [], phoneNumbers: [{ number: '0412345678' }] },
  ];

  it.each([{ emailSearch: 'exact' }, { emailSearch: 'insensitive' }] as const)(
    'finds a contact by its e-mail, however letters are compared: %j',
    async (settings) => {
      const { sandbox, kind, http, draft } = open(settings);
      const [, ada] = sandbox.seed('contacts', people);
      const { keys } = await draft(contact({ emails: ['Ada@Example.test'] }));
      expect(keys.map(({ strength }) => strength)).toEqual(['good', 'needs_agreement']);
      const [email] = keys;
      const hits = valueOf(await kind('contact').find(http, email ?? fail()));
      expect(hits.map(({ id }) => id)).toEqual([ada?.id]);
    },
  );

  it.each([{ phoneSearch: 'exact' }, { phoneSearch: 'digits' }] as const)(
    'finds one by its phone, however it is written, where the name agrees: %j',
    async (settings) => {
      const { sandbox, kind, http, draft } = open(settings);
      sandbox.seed('contacts', people);
      const { keys, fields } = await draft(contact({ phones: ['+61 412 345 678'] }));
      const hits = valueOf(await kind('contact').find(http, keys[1] ?? fail()));
      expect(hits.map((hit) => kind('contact').agrees?.(hit.fields, fields))).toEqual([true, false]);
      expect(
        sandbox.requests().some(({ query }) => query['phone'] !== undefined && query['fuzzy'] !== 'false'),
      ).toBe(false);
    },
  );

  it.each([{ addressSearch: 'words' }, { addressSearch: 'beginning' }] as const)(
    'finds a property by its street and suburb, of whichever class: %j',
    async (settings) => {
      const { sandbox, kind, http, draft } = open(settings);
      const address = { unitNumber: '5', streetNumber: '12', street: 'Risk Rd', suburb: { id: 10_001 } };
      const [, land] = sandbox.seed('properties', [
        { address: { ...address, suburb: { id: 10_002 } } },
        { address, class: 'land' },
        { address: { ...address, unitNumber: '6' } },
      ]);
      const { keys } = await draft(property('Unit 5, 12 Risk Rd, Sandgate QLD 4017'));
      const hits = valueOf(await kind('property').find(http, keys[0] ?? fail()));
      expect(hits.map(({ id }) => id)).toEqual([`land-${String(land?.id)}`]);
    },
  );

  it('takes a failed look-up for no answer, never for none', async () => {
    const { sandbox, kind, http, draft } = open({ missingStatus: 404 });
    sandbox.misbehave({
      match: { path: '/search' },
      fault: { kind: 'status', status: 404, body: { message: 'x' } },
    });
    const { keys } = await draft(contact());
    expect(await kind('contact').find(http, keys[0] ?? fail())).toMatchObject({
      kind: 'retry_later',
      code: 'LOOK_UP_FAILED',
    });
  });
});

function fail(): never {
  throw new Error('no key');
}

describe('an update', () => {
  const whole = {
    title: 'Dr',
    firstName: 'Ada',
    lastName: 'Byron',
    company: 'Engines',
    archived: false,
    greeting: 'Ada',
    address: { streetNumber: '1', street: 'High St', suburb: { id: 10_001 } },
    emails: ['ada@example.test'],
    phoneNumbers: [{ number: '0412 345 678', typeCode: 'M', comment: 'mornings' }],
    accessBy: [{ id: 911 }],
    sourceOfEnquiry: { id: 501 },
    customUnsubscribe: [{ id: 601 }],
    marketingUsers: [{ id: 1, user: { id: 911 } }],
  };

  it.each([
    { putMode: 'replace', unset: 'null' },
    { putMode: 'merge', unset: 'absent' },
  ] as const)('sends back all that was read, in the vendor’s form alone: %j', async (settings) => {
    const { sandbox, kind, http, draft } = open({ ...settings, strict: true });
    const [made] = sandbox.seed('contacts', [whole]);
    const id = made?.id ?? '';
    const read = valueOf((await kind('contact').read?.(http, id, 'core')) ?? fail());
    const { fields } = await draft(contact());
    const merged = { ...fields, phoneNumbers: read.fields['phoneNumbers'] ?? [] };
    const write = { fields: merged, changed: ['lastName'], held: read.fields, rest: read.rest ?? null };
    valueOf(await kind('contact').parts.core.update(http, id, write));
    expect(sandbox.records('contacts')[0]).toMatchObject({ ...whole, lastName: 'Lovelace' });
    const put = sandbox.requests().find(({ method }) => method === 'PUT');
    expect(wrongInSent('PUT', `/contacts/${id}`, put?.body ?? null)).toEqual([]);
    expect(JSON.stringify(put?.body)).not.toContain('null');
  });

  it('of the core alone costs two calls, and shows categories only where they are asked for', async () => {
    const { sandbox, kind, http } = open();
    const [made] = sandbox.seed('contacts', [{ ...whole, categories: [209] }]);
    const core = valueOf((await kind('contact').read?.(http, made?.id ?? '', 'core')) ?? fail());
    expect(core.fields['categories']).toBeUndefined();
    expect(sandbox.requests()).toHaveLength(1);
    const all = valueOf((await kind('contact').read?.(http, made?.id ?? '')) ?? fail());
    expect(all.fields['categories']).toEqual([209]);
  });

  it('of categories and owners keeps what people put there meanwhile', async () => {
    const { sandbox, kind, http } = open();
    const [ada, bob] = sandbox.seed('contacts', [{ ...whole, categories: [201, 209] }, { lastName: 'Bob' }]);
    const part = kind('contact').parts.others?.[0];
    if (part?.does !== 'replaces') throw new Error('is no such part');
    const held = { categories: [201] };
    valueOf(
      await part.write(http, ada?.id ?? '', { fields: { categories: [202] }, changed: ['categories'], held }),
    );
    expect(sandbox.records('contacts')[0]).toMatchObject({ categories: [209, 202] });
    const [house] = sandbox.seed('properties', [{ owners: [Number(bob?.id)] }]);
    const owners = kind('property').parts.others?.[0];
    if (owners?.does !== 'replaces') throw new Error('is no such part');
    const write = { fields: { owners: [Number(ada?.id)] }, changed: ['owners'], held: { owners: [] } };
    valueOf(await owners.write(http, house?.id ?? '', write));
    expect(sandbox.records('properties')[0]).toMatchObject({ owners: [Number(bob?.id), Number(ada?.id)] });
    const before = sandbox.requests().length;
    valueOf(await owners.write(http, house?.id ?? '', { ...write, held: write.fields }));
    // It stands there: nothing is written.
    expect(
      sandbox
        .requests()
        .slice(before)
        .some(({ method }) => method === 'PUT'),
    ).toBe(false);
  });

  it('of a deal never touches the sale that came after its own', async () => {
    const { sandbox, kind, http, draft } = open();
    const [house] = sandbox.seed('properties', [{ status: 'appraisal' }]);
    const { fields } = await draft(deal({ stage: 'listed' }), { resolve: () => house?.id ?? '' });
    const made = valueOf(await kind('deal').parts.core.create(http, { fields }));
    const other = valueOf(await kind('deal').parts.core.create(http, { fields }));
    expect(other.id).not.toBe(made.id);
    sandbox.editRecord('properties', house?.id ?? '', { saleLifeId: 77, status: 'appraisal' });
    const status = kind('deal').parts.others?.[0];
    if (status?.does !== 'replaces') throw new Error('is no such part');
    valueOf(await status.write(http, made.id, { fields, changed: ['listed'], held: {} }));
    expect(sandbox.records('properties')[0]).toMatchObject({ status: 'appraisal' });
  });
});

describe('what an answer means', () => {
  it.each([
    [{}, { token: 'another-token' }, { kind: 'unauthorised', status: 401 }],
    [{}, { key: 'another-key' }, { kind: 'unauthorised', code: 'INTEGRATOR_KEY_REFUSED', status: 403 }],
    [{ refused: ['/contacts'] }, {}, { kind: 'rejected', code: 'ACCESS_FORBIDDEN', whose: 'record' }],
  ])('tells keys from rights: %j %j', async (settings, keys, wanted) => {
    const { kind, http } = open(settings, keys);
    const fields = { firstName: 'Ada', emails: [], phoneNumbers: [] };
    expect(await kind('contact').parts.core.create(http, { fields })).toMatchObject(wanted);
  });

  it('tells the day’s limit from the second’s', () => {
    const { classify } = open().connector;
    const request = { verb: 'read', method: 'GET', path: [] } as const;
    const headers = { date: 'Mon, 30 Nov 2026 23:00:00 GMT' };
    expect(classify?.({ status: 429, headers, body: { message: 'Limit Exceeded' } }, request)).toMatchObject({
      kind: 'rate_limited',
      code: 'DAILY_QUOTA_USED',
      retryAfterMs: 3_600_000,
    });
    expect(classify?.({ status: 429, headers, body: { message: 'Too Many Requests' } }, request)).toBeNull();
    expect(classify?.({ status: 429, headers, body: null }, request)).toBeNull();
  });

  it('names what a token may not read at connect', async () => {
    for (const path of [
      '/contacts',
      '/categories/contact',
      '/properties',
      '/suggest/suburb',
      '/search/contacts/email',
    ]) {
      const { connector, http } = open({ refused: [path] });
      expect(await connector.account.identify(http, {})).toMatchObject({
        kind: 'unauthorised',
        code: 'PERMISSION_MISSING',
        detail: expect.stringContaining(`GET ${path})`),
      });
    }
    const { connector, http } = open();
    expect(await connector.account.identify(http, {})).toEqual({
      kind: 'applied',
      value: { accountKey: 'vaultre 603', label: 'Sandgate Sandbox Realty', actsAs: 'Sam Sandbox' },
    });
  });

  it.each([400, 403] as const)(
    'ends loudly where a missing record is answered with %i',
    async (missingStatus) => {
      const { kind, http } = open({ missingStatus });
      expect(await kind('contact').read?.(http, '1')).toMatchObject({
        kind: 'retry_later',
        code: 'LOOK_UP_FAILED',
      });
      expect(await kind('contact').delete?.(http, '1')).toMatchObject({ kind: 'rejected' });
    },
  );
});

it('takes what is meant for it, and checks it', () => {
  const { connector } = open();
  expect(connector.takes?.({ apiVersion: 'vaultre-1.3' })).toBe(true);
  expect(connector.takes?.({ instanceUrl: 'https://ap-southeast-2.api.vaultre.com.au/api/v1.3' })).toBe(true);
  expect(connector.takes?.({ instanceUrl: 'https://office.example.com', apiKey: 'x' })).toBe(false);
  expect(connector.takes?.({ instanceUrl: 'https://evilvaultre.com.au' })).toBe(false);
  expect(connector.account.parse({ accessToken: 'a\nb', apiKey: 'x', apiVersion: '2' })).toMatchObject({
    ok: false,
    errors: [{ field: 'apiKey' }, { field: 'accessToken' }, { field: 'apiVersion' }],
  });
});
