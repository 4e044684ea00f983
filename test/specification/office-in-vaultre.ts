import type { VaultreInProcess } from '../../src/sandbox/vaultre/vaultre-sandbox.ts';
import { changeJson } from '../support/change-json.ts';
import { eventually, type RunningService } from '../support/running-service.ts';

const CRM = '/api/integrations/crm/mri_vault';
const SANDGATE = { id: 10_001 };
type Kind = 'contact' | 'property' | 'deal';
type Told = readonly [kind: Kind, id: string, body: Readonly<Record<string, unknown>> | null];

const person = (name: string, email: string, over: object = {}) => ({
  name,
  emails: [email],
  phones: ['0412 345 678'],
  role: 'buyer',
  relationshipNotes: [`met ${name}`],
  doNotContact: ['email', 'post'],
  ...over,
});
const house = (address: string, over: object = {}) => ({
  address,
  vendors: ['c-1'],
  buyers: ['c-2'],
  milestones: [{ type: 'listed', date: '2026-05-01', notes: null }],
  riskOverview: 'Termites',
  ...over,
});
const sale = (stage: string) => ({
  propertyId: 'p-1',
  stage,
  riskLevel: 'low',
  riskFlags: ['finance'],
  contacts: ['c-1'],
  nextAction: 'Call',
  nextActionOwner: null,
  summary: null,
});

/** An office's records, made, adopted, changed each part by itself, and deleted, with what people enter in between. */
export async function deliverOffice(
  running: Pick<RunningService, 'call'>,
  crm: Pick<VaultreInProcess, 'records' | 'seed' | 'editRecord' | 'settings'>,
): Promise<void> {
  let version = 0;
  const say = async (...changes: readonly Told[]): Promise<void> => {
    version += 1;
    const events = changes.map(([kind, id, body]) => ({
      ...changeJson(kind, id, version, body ?? {}),
      ...(body === null && { operation: 'DELETE', [kind]: null }),
    }));
    const taken = await running.call('POST', '/api/changes', events, { scopes: ['changes:write'] });
    if (taken.status !== 202) throw new Error(JSON.stringify(taken.body));
    await converged(running);
  };

  const credentials = { accessToken: 'sandbox-key', apiVersion: 'vaultre-1.3' };
  const connected = await running.call('POST', `${CRM}/connect`, { credentials });
  if (connected.status !== 201) throw new Error(JSON.stringify(connected.body));
  seedPeoples(crm);
  await say(
    ['contact', 'c-1', person('Ada Lovelace', 'ada@example.test')],
    ['contact', 'c-2', person('Grace Hopper', 'grace@example.test', { role: 'vendor' })],
    ['contact', 'c-3', person('Alan Turing', 'alan@example.test', { phones: ['+61 499 111 222'] })],
    ['property', 'p-1', house('5/12 Risk Road, Sandgate QLD 4017')],
    ['property', 'p-2', house('7 Bay Terrace, Sandgate QLD 4017')],
    ['deal', 'd-1', sale('appraisal')],
  );
  await say(
    ['contact', 'c-1', person('Ada', 'ada@example.test', { role: 'agent', relationshipNotes: ['moved'] })],
    [
      'contact',
      'c-2',
      person('Grace Murray Hopper', 'grace@example.test', { phones: [], doNotContact: null }),
    ],
    ['property', 'p-1', house('5/14 Risk Road, Sandgate QLD 4017', { vendors: [], riskOverview: null })],
    ['property', 'p-2', house('9 Bay Terrace, Sandgate QLD 4017', { buyers: ['c-1', 'c-3'] })],
    ['deal', 'd-1', sale('listed')],
  );
  await say(['deal', 'd-1', sale('under contract')]);
  await say(
    ['contact', 'c-2', null],
    ['contact', 'c-3', null],
    ['property', 'p-2', null],
    ['deal', 'd-1', null],
  );
  const synced = await running.call('POST', `${CRM}/sync`);
  if (synced.status !== 200) throw new Error(JSON.stringify(synced.body));
}

/** What stands there before: with everything that people can enter. */
function seedPeoples(crm: Pick<VaultreInProcess, 'seed'>): void {
  const address = { level: '2', streetNumber: '1', street: 'High St', suburb: SANDGATE };
  crm.seed('contacts', [
    {
      title: 'Dr',
      firstName: 'Grace',
      lastName: 'Hopper',
      greeting: 'Grace',
      partnerFirstName: 'Vincent',
      company: 'Navy',
      position: 'Admiral',
      address,
      postalAddress: address,
      abn: '1',
      categories: [209],
      emails: ['grace@example.test', 'admiral@example.test'],
      phoneNumbers: [{ number: '07 3000 1234', typeCode: 'W', type: 'Work', comment: 'mornings' }],
      accessBy: [{ id: 911 }],
      editableBy: [{ id: 911 }],
      sourceOfEnquiry: { id: 501 },
      marketingUsers: [{ id: 1, user: { id: 911 } }],
      customUnsubscribe: [{ id: 601 }],
    },
    { firstName: 'Alan', lastName: 'Turing', phoneNumbers: [{ number: '0499 111 222', typeCode: 'M' }] },
  ]);
  crm.seed('properties', [
    {
      class: 'land',
      status: 'listing',
      heading: 'By the bay',
      lotNumber: '7',
      type: { id: 112 },
      landArea: { value: 600, units: 'sqm' },
      searchPrice: 900_000,
      contactStaff: [{ id: 911 }],
      accessBy: [{ id: 911 }],
      auctionDetails: { venue: 'On site' },
      address: { streetNumber: '7', street: 'Bay Tce', suburb: SANDGATE },
    },
    {
      class: 'residential',
      status: 'listing',
      heading: 'By the sea',
      bed: 3,
      methodOfsale: { id: 2 },
      branch: { id: 71 },
      rates: { water: { value: 1.5, period: 'pq' } },
      internalRemarks: 'Keys',
      address: { unitNumber: '5', streetNumber: '12', street: 'Risk Rd', suburb: SANDGATE },
    },
  ]);
}

async function converged(running: Pick<RunningService, 'call'>): Promise<void> {
  await eventually(async () => {
    const { body } = await running.call('GET', '/api/integrations/crm/user');
    const { counts } = (body as { integrations: { counts: { due: number; waiting: number } }[] })
      .integrations[0] as { counts: { due: number; waiting: number } };
    if (counts.due + counts.waiting > 0) throw new Error(`not yet: ${JSON.stringify(counts)}`);
  }, 90_000);
}
