import type { Json } from '../../../src/domain/json.ts';
import { idOf, itemsOf, type Answer, type Call } from './vaultre-caller.ts';

/** One call of the tour and how it ended. */
export interface Stop {
  readonly name: string;
  readonly wanted: number;
  readonly answer: Answer;
}

const CLASSES = ['residential', 'land', 'commercial', 'rural', 'business', 'livestock', 'clearingSales'];

const WHOLE_CONTACT = {
  title: 'Ms',
  firstName: 'Zena',
  lastName: 'Nguyen',
  greeting: 'Zena',
  company: 'Acme Pty Ltd',
  emails: ['zena@example.com', 'z.nguyen@example.org'],
  phoneNumbers: [
    { number: '0412 345 678', typeCode: 'M' },
    { number: '07 3000 1234', typeCode: 'H', type: 'Home', comment: 'after six' },
  ],
  onDoNotCallList: true,
  unsubscribe: { email: true, sms: false, letters: false },
  accessBy: [{ id: 911 }],
  editableBy: [{ id: 911 }],
  sourceOfEnquiry: { id: 501 },
  marketingUsers: [{ id: 1, user: { id: 911 } }],
  customUnsubscribe: [{ id: 601 }],
  entityType: { id: 2 },
};

/** Calls every route that the sandbox has, as a client would who reads the vendor's documents. */
export async function tourVaultre(call: Call): Promise<readonly Stop[]> {
  const stops: Stop[] = [];
  const go = async (wanted: number, method: string, path: string, body?: Json): Promise<Answer> => {
    const answer = await call(method, path, body === undefined ? {} : { body });
    stops.push({ name: `${method} ${path}`, wanted, answer });
    return answer;
  };
  for (const path of ['/scopes', '/account', '/user', '/responseCodes', '/suburbs'])
    await go(200, 'GET', path);
  for (const path of LISTS) await go(200, 'GET', `${path}?page=1&pagesize=2`);
  const [sandgate] = itemsOf(await go(200, 'GET', '/suggest/suburb?term=Sandgate&exactMatch=true'));
  const suburb = { id: Number(sandgate?.['id']) };
  const contact = await tourContacts(go, suburb);
  for (const name of CLASSES) await tourSale(go, name, suburb, contact);
  await go(200, 'GET', '/search/properties/address?term=12%20Risk%20Road%20Sandgate');
  await go(200, 'GET', '/properties?pagesize=3&sort=modified&sortOrder=desc');
  await go(200, 'GET', `/properties/sale?status=listing,appraisal&suburbs=${suburb.id}`);
  await go(200, 'GET', '/properties/externalRefs/lookup?externalReference=Z-1');
  await go(204, 'DELETE', `/contacts/${contact}`);
  await go(404, 'GET', `/contacts/${contact}`);
  return stops;
}

const LISTS = [
  '/account/users',
  '/account/branches',
  '/categories/contact',
  '/categories/contact/groups',
  '/categories/property',
  '/types/contactnotes',
  '/types/propertynotes',
  '/types/propertyClass',
  '/types/propertyType',
  '/types/entityTypes',
  '/types/methodOfSale',
  '/types/customUnsubscribe',
];

type Go = (wanted: number, method: string, path: string, body?: Json) => Promise<Answer>;

async function tourContacts(go: Go, suburb: { readonly id: number }): Promise<number> {
  await go(200, 'GET', '/account/enquirySources?sort=name');
  await go(200, 'GET', '/categories/contact/201');
  const address = { unitNumber: '5', streetNumber: '12', street: 'Risk Road', suburb };
  const whole = idOf(
    await go(201, 'POST', '/contacts', { ...WHOLE_CONTACT, address, postalAddress: address }),
  );
  await go(201, 'POST', '/contacts', { firstName: 'Ann', lastName: 'Other' });
  await go(200, 'GET', '/contacts?pagesize=1&sort=modified&sortOrder=desc');
  await go(200, 'GET', '/contacts?modifiedSince=2020-01-01T00%3A00%3A00%2B00%3A00&archived=false');
  await go(200, 'GET', `/contacts/${whole}`);
  await go(200, 'PUT', `/contacts/${whole}`, { ...UPDATE, company: '' });
  for (const term of ['email?term=zena%40example.com', 'phone?term=0412345678', 'name?term=Nguyen']) {
    await go(200, 'GET', `/search/contacts/${term}`);
  }
  await go(200, 'GET', '/search/contacts?name=Nguyen&email=nobody%40example.com&fuzzy=false');
  await go(400, 'GET', '/search/contacts?name=abc');
  await go(400, 'POST', '/contacts', { emails: [], firstName: 'Un', address: { suburb: { id: 1 } } });
  const items = [{ id: 201 }, { id: 202 }];
  await go(200, 'PUT', `/contacts/${whole}/categories`, { items });
  await go(200, 'POST', `/contacts/${whole}/categories`, { items: [{ id: 203 }] });
  await go(200, 'PUT', `/contacts/${whole}/categories/remove`, { items: [{ id: 202 }] });
  await go(200, 'GET', `/contacts/${whole}/categories`);
  await go(200, 'GET', `/contacts?categories=201,207`);
  const note = idOf(
    await go(201, 'POST', `/contacts/${whole}/notes`, { body: 'Rang twice', type: { id: 302 } }),
  );
  await go(201, 'POST', '/contacts/notes', { notes: [{ contact: { id: whole }, body: 'One of many' }] });
  await go(200, 'GET', `/contacts/${whole}/notes?sort=inserted&types=302`);
  await go(200, 'GET', `/contacts/${whole}/notes/${note}`);
  await go(200, 'PUT', `/contacts/${whole}/notes/${note}`, { body: 'Rang three times' });
  await go(204, 'DELETE', `/contacts/${whole}/notes/${note}`);
  await go(200, 'GET', `/contacts/${whole}/merged`);
  return whole;
}

const UPDATE = { firstName: 'Zena', lastName: 'Nguyen-Jones', emails: ['zena@example.com'] };

async function tourSale(go: Go, name: string, suburb: { readonly id: number }, owner: number): Promise<void> {
  const base = `/properties/${name}/sale`;
  const address = { streetNumber: '12', street: 'Risk Road', suburb };
  const body = {
    address,
    status: 'appraisal',
    heading: 'By the sea',
    landArea: { value: 600, units: 'sqm' },
  };
  const priced = {
    searchPrice: 900_000.5,
    type: { id: 101 },
    contactStaff: [{ id: 911 }],
    accessBy: [{ id: 911 }],
  };
  const made = await go(201, 'POST', base, {
    ...body,
    ...priced,
    authorityStart: '2026-11-30T00:00:00+10:00',
  });
  const id = idOf(made);
  const { saleLifeId } = made.body as { saleLifeId: number };
  await go(200, 'GET', `${base}?status=appraisal&sort=modified&propertyIds=${id}`);
  await go(200, 'GET', `${base}/${id}`);
  await go(200, 'GET', `${base}/${id}/${saleLifeId}`);
  await go(200, 'PUT', `${base}/${id}`, { address, heading: 'By the bay', methodOfsale: { id: 2 } });
  await go(200, 'GET', `/properties/${id}`);
  for (const people of ['owners', 'purchasers']) {
    const life = `/properties/${id}/sale/${saleLifeId}/${people}`;
    await go(200, 'POST', life, { id: owner });
    await go(200, 'PUT', life, { items: [{ id: owner }] });
    await go(200, 'GET', `${life}?pagesize=10`);
    await go(204, 'DELETE', `${life}/${owner}`);
  }
  const note = idOf(
    await go(201, 'POST', `/properties/${id}/notes`, { body: 'Board is up', type: { id: 401 } }),
  );
  await go(200, 'GET', `/properties/${id}/notes?pagesize=5`);
  await go(200, 'GET', `/properties/${id}/notes/${note}`);
  await go(204, 'DELETE', `/properties/${id}/notes/${note}`);
  await go(200, 'PUT', `/properties/${id}/sale/statusChange/listing`);
  await go(400, 'PUT', `/properties/${id}/sale/statusChange/listing`);
  await go(400, 'PUT', `${base}/${id}`, { status: 'prospect' });
  await go(200, 'GET', `/propertyOffers?type=sale&saleLifeId=${saleLifeId}`);
  if (name === 'livestock') await go(204, 'DELETE', `/properties/${id}`);
}
