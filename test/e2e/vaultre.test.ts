import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import type { Json, JsonObject } from '../../src/domain/json.ts';
import { startVaultreSandbox, type VaultreSandbox } from '../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { wrongInSent } from '../sandbox/vaultre/closed-forms.ts';
import { changeJson } from '../support/change-json.ts';
import {
  eventually as within,
  startRunningService,
  type RunningService,
} from '../support/running-service.ts';

const CRM = '/api/integrations/crm/mri_vault';
const SANDGATE = { id: 10_001 };
const [BUYER, VENDOR, VIP] = [201, 202, 209];

const person = (name: string, email: string, over: object = {}) => ({
  name,
  emails: [email],
  phones: ['0412 345 678'],
  role: 'buyer',
  relationshipNotes: ['met at an open home'],
  doNotContact: null,
  ...over,
});

const house = (address: string, over: object = {}) => ({
  address,
  vendors: [],
  buyers: [],
  milestones: [],
  riskOverview: null,
  ...over,
});

const sale = (propertyId: string, stage: string, over: object = {}) => ({
  propertyId,
  stage,
  riskLevel: 'low',
  riskFlags: [],
  contacts: [],
  nextAction: null,
  nextActionOwner: null,
  summary: null,
  ...over,
});

const eventually = <T>(check: () => T | Promise<T>): Promise<T> => within(check, 8_000);

let crm: VaultreSandbox;
let running: RunningService;
const versions = new Map<string, number>();

beforeAll(async () => {
  // Strict: what the specification doesn't name is refused. Replacing: what isn't sent is lost.
  crm = await startVaultreSandbox({ strict: true, putMode: 'replace' });
  running = await startRunningService({
    VAULTRE_API_KEY: 'sandbox-integrator-key',
    VAULTRE_BASE_URL: `${crm.url}/api/v1.3`,
    ALLOWED_INSTANCE_HOSTS: new URL(crm.url).host,
  });
});
afterAll(async () => {
  await running.stop();
  await crm.close();
});

type Kind = 'contact' | 'property' | 'deal';

async function say(kind: Kind, id: string, body: Readonly<Record<string, unknown>> | null): Promise<void> {
  const version = (versions.get(id) ?? 0) + 1;
  versions.set(id, version);
  const deleted = { operation: 'DELETE', [kind]: null };
  const change = { ...changeJson(kind, id, version, body ?? {}), ...(body === null && deleted) };
  const answer = await running.call('POST', '/api/changes', [change], { scopes: ['changes:write'] });
  expect(answer).toMatchObject({ status: 202, body: { accepted: 1 } });
}

const called = (lastName: string): JsonObject | undefined =>
  crm.records('contacts').find((contact) => contact['lastName'] === lastName);
const notesOf = (owner: 'contactId' | 'propertyId', id: Json | undefined): Json[] =>
  crm
    .records(owner === 'contactId' ? 'contactNotes' : 'propertyNotes')
    .filter((note) => String(note[owner] as number) === id)
    .map((note) => note['body'] ?? null);

const writes = (): number =>
  crm.requests().filter(({ method, status }) => method !== 'GET' && Number(status) < 300).length;

async function timelineOf(kind: Kind, id: string): Promise<string> {
  const { body } = await running.call('GET', `${CRM}/records/${kind}/${id}`);
  return JSON.stringify(body);
}

describe('an office in VaultRE', () => {
  it('is connected by its access token, and named as its agency is', async () => {
    const credentials = { accessToken: 'sandbox-key', apiVersion: 'vaultre-1.3' };
    const answer = await running.call('POST', `${CRM}/connect`, { credentials });
    expect(answer).toMatchObject({
      status: 201,
      body: { provider: 'mri_vault', status: 'active', accountName: 'Sandgate Sandbox Realty' },
    });
    expect(JSON.stringify(answer.body)).not.toContain('sandbox-key');
  });

  it('refuses to connect a token that may not read what is needed, and names it', async () => {
    crm.configure({ refused: ['/properties'] });
    const credentials = { accessToken: 'sandbox-key', apiVersion: 'vaultre-1.3' };
    const as = { userId: 'user-2' };
    const answer = await running.call('POST', `${CRM}/connect`, { credentials }, as);
    crm.configure({ refused: [] });
    expect(answer.status).toBe(400);
    expect(JSON.stringify(answer.body)).toContain('GET /properties');
  });

  it('brings contacts, properties and deals there', async () => {
    await say(
      'contact',
      'c-ada',
      person('Ada Lovelace', 'ada@example.test', { doNotContact: ['email', 'phone'] }),
    );
    await say('contact', 'c-bob', person('Bob Brown', 'bob@example.test', { role: 'vendor', phones: [] }));
    await say(
      'property',
      'p-1',
      house('5/12 Risk Rd, Sandgate QLD 4017', { vendors: ['c-bob'], riskOverview: 'Termites' }),
    );
    await say('deal', 'd-1', sale('p-1', 'listed', { nextAction: 'Call the vendor', contacts: ['c-ada'] }));
    await eventually(async () => {
      const ada = called('Lovelace');
      const bob = called('Brown');
      expect(ada).toMatchObject({
        firstName: 'Ada',
        emails: ['ada@example.test'],
        phoneNumbers: [{ number: '0412 345 678', typeCode: 'M' }],
        onDoNotCallList: true,
        unsubscribe: { email: true, sms: false, letters: false },
        categories: [BUYER],
      });
      expect(bob).toMatchObject({ categories: [VENDOR] });
      expect(notesOf('contactId', ada?.['id'])).toEqual(['met at an open home']);
      const [property] = crm.records('properties');
      expect(property).toMatchObject({
        address: { unitNumber: '5', streetNumber: '12', street: 'Risk Rd', suburb: SANDGATE },
        owners: [Number(bob?.['id'])],
        status: 'listing',
      });
      expect(notesOf('propertyId', property?.id)).toEqual([
        'Risk: Termites',
        'Zena deal: listed\nRisk: low\nNext action: Call the vendor',
      ]);
    });
    expect(crm.records('propertyOffers')).toEqual([]);
    expect(await timelineOf('deal', 'd-1')).toContain('A sale in VaultRE has no people');
  });

  it('says what it did, and does nothing a second time', async () => {
    const first = await running.call('POST', `${CRM}/sync`);
    expect(first).toMatchObject({
      status: 200,
      body: { status: 'completed', contactsSynced: 2, propertiesSynced: 1, dealsSynced: 1 },
    });
    const before = writes();
    const second = await running.call('POST', `${CRM}/sync`);
    expect(second.body).toMatchObject({ unchanged: 4, created: 0, updated: 0 });
    expect(writes()).toBe(before);
  });

  it('asks for two calls an edit of the core, and for one a note', async () => {
    const callsOf = async (over: object, name: string): Promise<string[]> => {
      const before = crm.requests().length;
      await say(
        'contact',
        'c-bob',
        person(name, 'bob@example.test', { role: 'vendor', phones: [], ...over }),
      );
      await eventually(async () => {
        expect(await timelineOf('contact', 'c-bob')).toContain(
          `"version":${versions.get('c-bob') ?? 0},"lane"`,
        );
      });
      return crm
        .requests()
        .slice(before)
        .map(({ route }) => route);
    };
    expect(await callsOf({}, 'Robert Brown')).toEqual(['GET /contacts/{id}', 'PUT /contacts/{id}']);
    const notes = ['met at an open home', 'has a dog'];
    expect(await callsOf({ relationshipNotes: notes }, 'Robert Brown')).toEqual([
      'POST /contacts/{id}/notes',
    ]);
  });

  it('says of nobody that they changed a number, to which VaultRE itself adds what kind it is', async () => {
    const una = (name: string, phones: readonly string[]) =>
      person(name, 'fone@example.test', { phones, relationshipNotes: [] });
    const delivered = async (): Promise<void> => {
      await eventually(async () => {
        expect(await timelineOf('contact', 'c-una')).toContain(
          `"version":${versions.get('c-una') ?? 0},"lane"`,
        );
      });
    };
    for (const [name, phones] of [
      ['Una Fone', ['0412 000 111']],
      ['Una Fone', ['0412 000 111', '07 3000 9999']],
      ['Una Lind', ['0412 000 111', '07 3000 9999']],
      ['Una Lind', ['07 3000 9999']],
      ['Una Bell', ['07 3000 9999']],
    ] as const) {
      await say('contact', 'c-una', una(name, phones));
      await delivered();
    }
    expect(called('Bell')).toMatchObject({ phoneNumbers: [{ number: '07 3000 9999', typeCode: 'H' }] });
    expect(await timelineOf('contact', 'c-una')).not.toContain('changed_in_crm');
    await say('contact', 'c-una', null);
    await eventually(() => expect(called('Bell')).toBeUndefined());
  });

  it('keeps what people entered with every later update', async () => {
    const ada = called('Lovelace');
    const id = String(ada?.['id']);
    crm.editRecord('contacts', id, {
      company: 'Analytical Engines',
      address: { streetNumber: '1', street: 'High Street', suburb: SANDGATE },
      accessBy: [{ id: 911 }],
      emails: ['countess@example.test', 'ada@example.test'],
      phoneNumbers: [
        { number: '07 3000 1234', typeCode: 'W', comment: 'mornings' },
        { number: '0412 345 678', typeCode: 'M', comment: 'no texts' },
      ],
      unsubscribe: { email: true, sms: true, letters: false },
      categories: [BUYER, VIP],
    });
    await say(
      'contact',
      'c-ada',
      person('Ada King', 'ada@example.test', {
        role: 'vendor',
        relationshipNotes: ['met at an open home', 'wants a garden'],
      }),
    );
    await eventually(() => {
      expect(crm.records('contacts').find((contact) => contact.id === id)).toMatchObject({
        lastName: 'King',
        company: 'Analytical Engines',
        address: { streetNumber: '1', street: 'High Street', suburb: SANDGATE },
        accessBy: [{ id: 911 }],
        emails: ['countess@example.test', 'ada@example.test'],
        phoneNumbers: [
          { number: '07 3000 1234', typeCode: 'W', comment: 'mornings' },
          { number: '0412 345 678', typeCode: 'M', comment: 'no texts' },
        ],
        // Once set, a wish to be left alone stays, whatever Zena says.
        onDoNotCallList: true,
        unsubscribe: { email: true, sms: true, letters: false },
        categories: [VIP, VENDOR],
      });
      expect(notesOf('contactId', id)).toEqual(['met at an open home', 'wants a garden']);
    });
  });

  it('keeps owners whom people entered, and what they wrote of a property', async () => {
    const [property] = crm.records('properties');
    const id = property?.id ?? '';
    const ada = Number(called('King')?.['id']);
    const bob = Number(called('Brown')?.['id']);
    const [friend] = crm.seed('contacts', [{ firstName: 'Fred', lastName: 'Friend' }]);
    crm.editRecord('properties', id, {
      owners: [bob, Number(friend?.id)],
      heading: 'By the sea',
      bed: 3,
      authorityStart: '2026-11-30T00:00:00+10:00',
      contactStaff: [{ id: 911 }],
    });
    await say(
      'property',
      'p-1',
      house('5/14 Risk Road, Sandgate QLD 4017', { vendors: ['c-ada'], riskOverview: 'Termites' }),
    );
    await eventually(() => {
      expect(crm.records('properties')[0]).toMatchObject({
        id,
        address: { unitNumber: '5', streetNumber: '14', street: 'Risk Road', suburb: SANDGATE },
        owners: [Number(friend?.id), ada],
        heading: 'By the sea',
        bed: 3,
        authorityStart: '2026-11-30T00:00:00+10:00',
        contactStaff: [{ id: 911 }],
        status: 'listing',
      });
    });
  });

  it('notes each change of a deal once, and never touches a status that it can not set', async () => {
    const [property] = crm.records('properties');
    crm.editRecord('properties', property?.id ?? '', { status: 'conditional' });
    await say('deal', 'd-1', sale('p-1', 'under contract', { nextAction: 'Send the contract' }));
    await eventually(() => {
      expect(notesOf('propertyId', property?.id).at(-1)).toBe(
        'Zena deal: under contract\nRisk: low\nNext action: Send the contract',
      );
    });
    expect(crm.records('properties')[0]).toMatchObject({ status: 'conditional' });
    await eventually(async () => {
      expect(await timelineOf('deal', 'd-1')).toContain('lets no program set the stage');
    });
    // A second deal of the same sale is another one.
    await say('deal', 'd-2', sale('p-1', 'offer'));
    await eventually(() => {
      expect(notesOf('propertyId', property?.id)).toHaveLength(4);
    });
  });

  it('takes over whom people have, by e-mail, phone and address, and doubles nobody', async () => {
    crm.seed('contacts', [
      {
        firstName: 'Grace',
        lastName: 'Hopper',
        emails: ['Grace@Example.test'],
        company: 'Navy',
        categories: [VIP],
      },
      { firstName: 'Alan', lastName: 'Turing', phoneNumbers: [{ number: '0499 111 222', typeCode: 'M' }] },
    ]);
    crm.seed('properties', [
      {
        class: 'land',
        status: 'appraisal',
        address: { streetNumber: '7', street: 'Bay Tce', suburb: SANDGATE },
        heading: 'Land',
      },
    ]);
    await say('contact', 'c-grace', person('Grace Hopper', 'grace@example.test', { phones: [] }));
    await say(
      'contact',
      'c-alan',
      person('Alan Turing', 'alan@example.test', { phones: ['+61 499 111 222'] }),
    );
    await say('property', 'p-2', house('7 Bay Terrace, Sandgate QLD 4017', { buyers: ['c-grace'] }));
    await eventually(() => {
      expect(crm.records('contacts').filter(({ lastName }) => lastName === 'Hopper')).toMatchObject([
        { company: 'Navy', categories: [VIP, BUYER], emails: ['Grace@Example.test'] },
      ]);
      const [alan, ...others] = crm.records('contacts').filter(({ lastName }) => lastName === 'Turing');
      expect(others).toEqual([]);
      expect(alan).toMatchObject({ emails: ['alan@example.test'] });
      const grace = Number(called('Hopper')?.['id']);
      const land = crm.records('properties').filter((property) => property['class'] === 'land');
      expect(land).toMatchObject([{ heading: 'Land', purchasers: [grace], status: 'appraisal' }]);
    });
    expect(crm.records('properties')).toHaveLength(2);
  });

  it('refuses an address without a suburb that VaultRE knows, before anything is sent, and says what would do', async () => {
    const made = (): unknown => crm.counts()['POST /properties/residential/sale'];
    const before = made();
    await say('property', 'p-3', house('1 Nowhere Street, Atlantis QLD 4999'));
    await eventually(async () => {
      expect(await timelineOf('property', 'p-3')).toContain('knows no suburb');
    });
    expect(made()).toBe(before);
    await say('property', 'p-3', house('1 Nowhere Street, Sandgate QLD 4017'));
    await eventually(() => {
      expect(crm.records('properties')).toHaveLength(3);
    });
  });

  it('deletes what it made, unless people work in it', async () => {
    await say(
      'contact',
      'c-gone',
      person('Una Gone', 'una@example.test', { phones: [], relationshipNotes: [] }),
    );
    await eventually(() => expect(called('Gone')).toBeDefined());
    await say('contact', 'c-gone', null);
    await eventually(() => expect(called('Gone')).toBeUndefined());
    await say('contact', 'c-ada', null);
    await say('contact', 'c-grace', null);
    await say('deal', 'd-2', null);
    await eventually(async () => {
      expect(await timelineOf('contact', 'c-ada')).toContain('kept');
    });
    expect(called('King')).toBeDefined();
    expect(called('Hopper')).toBeDefined();
  });

  it('sent nothing but what the vendor’s forms name, and no id of Zena’s', () => {
    const sent = crm.requests().filter(({ method }) => method !== 'GET');
    expect(sent.length).toBeGreaterThan(20);
    const wrong = sent.flatMap(({ method, path, body }) =>
      body === null ? [] : wrongInSent(method, path.slice('/api/v1.3'.length), body),
    );
    expect(wrong).toEqual([]);
    expect(sent.filter(({ status }) => Number(status) >= 400)).toEqual([]);
    expect(JSON.stringify(sent.map(({ path, body }) => [path, body]))).not.toMatch(/[cpd]-(?:ada|bob|1|2)/);
    expect(crm.requests().some(({ path }) => path.includes('propertyOffers'))).toBe(false);
  });
});
