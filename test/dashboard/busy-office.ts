import { contactBody, dealBody, propertyBody } from '../support/builders.ts';
import type { Office } from './office.ts';

export const ALICE = contactBody({
  name: 'Alice Ngata',
  emails: ['alice.ngata@example.test'],
  phones: ['021 555 0142'],
});
export const QUEEN_STREET = propertyBody({ address: '12 Queen Street, Ponsonby' });

const PEOPLE = [
  'Ben Carter',
  'Chloe Tan',
  'Daniel O’Brien',
  'Emma Wilson',
  'Farid Haddad',
  'Grace Liu',
  'Henry Park',
];
const PLACES = [
  '3/41 Victoria Avenue, Remuera',
  '8 Harbour View Road, Devonport',
  '150 Great North Road, Grey Lynn',
];

/** What a real office looks like on a weekday: most of it in order, something under way, something refused. */
export async function fillOffice(office: Office): Promise<void> {
  const { connectionId } = await office.connect();
  await office.api.store.connections.touchLastSync(connectionId, Date.now() - 2_000);
  for (const [index, name] of PEOPLE.entries()) {
    await office.add(`c-${index}`, contactBody({ name }), {
      state: 'linked',
      remoteId: String(4_400 + index),
    });
  }
  for (const [index, address] of PLACES.entries()) {
    await office.add(`p-${index}`, propertyBody({ address }), {
      state: 'linked',
      remoteId: String(910 + index),
    });
  }
  await office.add('c-alice', ALICE, {
    state: 'linked',
    remoteId: '4471',
    fields: {
      firstName: 'Alice',
      lastName: 'Ngata',
      email: 'alice.ngata@example.test',
      phone: '021 555 0142',
      type: 'buyer',
      notes: 'Met at the open home.\nLooking for three bedrooms.',
    },
  });
  await office.add('p-queen', QUEEN_STREET, {
    state: 'dead',
    dead: {
      code: 'REJECTED',
      detail: 'The CRM refused the record.',
      fields: [{ field: 'address', message: 'A suburb is required.' }],
    },
  });
  await office.add('d-1', dealBody({ summary: 'Ngata, 12 Queen Street' }), {
    state: 'waiting',
    until: Date.now() + 600_000,
  });
  await fillTimeline(office);
}

async function fillTimeline(office: Office): Promise<void> {
  const at = Date.now();
  const ben = contactBody({ name: PEOPLE[0] ?? '' });
  const place = propertyBody({ address: PLACES[0] ?? '' });
  const deal = dealBody({ summary: 'Ngata, 12 Queen Street' });
  await office.happens('c-alice', ALICE, {
    at: at - 3_000_000,
    code: 'adopted',
    detail: 'Found by its e-mail.',
    latencyMs: 412,
  });
  await office.happens('p-0', place, {
    at: at - 1_800_000,
    code: 'created',
    changed: ['address', 'vendors'],
    latencyMs: 640,
  });
  await office.happens('c-0', ben, {
    at: at - 900_000,
    code: 'superseded',
    detail: 'Another contact with the same e-mail changed later and speaks for the CRM record they share.',
    latencyMs: null,
  });
  await office.happens('p-queen', QUEEN_STREET, {
    at: at - 610_000,
    code: 'rejected',
    detail: 'The CRM refused the record.',
    errors: [{ field: 'address', message: 'A suburb is required.' }],
    latencyMs: null,
  });
  await office.happens('d-1', deal, {
    at: at - 600_000,
    code: 'waiting_for_reference',
    detail: 'Waits for a record that it refers to.',
    latencyMs: null,
  });
  await office.happens('c-alice', ALICE, {
    at: at - 65_000,
    code: 'retrying',
    reason: 'HTTP_503',
    detail: 'The CRM answered 503.',
    latencyMs: null,
  });
  await office.happens('c-alice', ALICE, {
    at: at - 5_000,
    code: 'updated',
    detail: 'Updated in the CRM.',
    changed: ['phone', 'notes'],
    latencyMs: 184,
  });
  await office.happens('p-2', propertyBody({ address: PLACES[2] ?? '' }), {
    at: at - 2_000,
    code: 'updated',
    detail: 'Updated in the CRM.',
    changed: ['riskOverview', 'milestones', 'buyers', 'vendors', 'address'],
    latencyMs: 1_420,
  });
}
