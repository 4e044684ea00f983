import type { JsonObject } from '../../domain/json.ts';
import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { isModified, unreadTime } from './modified-between.ts';
import { made, readBody, written } from './read-body.ts';
import {
  failure,
  idsOf,
  invalid,
  missing,
  page,
  sorted,
  success,
  type Handler,
  type Routes,
  type Sorts,
  type VaultreAccount,
  type VaultreCall,
} from './vaultre-call.ts';
import { PROPERTY_CLASSES, PROPERTY_MEMBERS, type PropertyClass } from './vaultre-forms.ts';
import { classOf, displayAddressOf, saleLifeOf, statusOf, textIn } from './vaultre-record.ts';
import { suburbOf } from './suburb-table.ts';
import { wireAnySale, wireProperty, wireSale, wireWholeProperty, wireWholeSale } from './vaultre-wire.ts';

/** Statuses that the API may move to `listing`. */
const BEFORE_LISTING = ['prospect', 'appraisal'];

const SORTS: Sorts<StoredRecord> = {
  inserted: ({ createdAt }) => createdAt,
  modified: ({ updatedAt }) => updatedAt,
  suburb: ({ fields }) => suburbOf(fields)?.name ?? '',
  searchPrice: ({ fields }) => Number(fields['searchPrice'] ?? 0),
  landArea: ({ fields }) => Number((fields['landArea'] as JsonObject | undefined)?.['value'] ?? 0),
  floorArea: ({ fields }) => Number((fields['floorArea'] as JsonObject | undefined)?.['value'] ?? 0),
};

/** Properties and their sales. */
export function propertyRoutes(account: VaultreAccount): Routes {
  const { store, settings } = account;
  const withProperty = propertyFinder(account);
  const all = (): StoredRecord[] => store.all('properties');

  return {
    'GET /properties': listOf(account, all, (record) => wireProperty(record, settings())),
    'GET /properties/sale': listOf(account, all, (record) => wireAnySale(record, settings())),
    'GET /properties/{id}': withProperty((held) => jsonReply(200, wireWholeProperty(held, settings()))),
    'DELETE /properties/{id}': withProperty(({ id }) => {
      store.remove('properties', id);
      return emptyReply(204);
    }),
    'PUT /properties/{id}/sale/statusChange/listing': withProperty((held) => {
      if (!BEFORE_LISTING.includes(statusOf(held.fields))) {
        return failure(400, 'STATUS_NOT_CHANGED', 'Status could not be changed.');
      }
      store.write('properties', held.id, { ...held.fields, status: 'listing' });
      return success('Status changed successfully.');
    }),
    'GET /properties/externalRefs/lookup': (call) => lookUp(account, call),
    ...Object.fromEntries(PROPERTY_CLASSES.flatMap((name) => Object.entries(saleRoutes(account, name)))),
  };
}

function listOf(
  { settings }: VaultreAccount,
  records: () => readonly StoredRecord[],
  shown: (record: StoredRecord) => JsonObject,
): Handler {
  return (call) => {
    const { query } = call;
    const suburbs = idsOf(query['suburbs']);
    const statuses = query['status']?.split(',');
    const ids = idsOf(query['propertyIds']);
    const wrong = unreadTime(query);
    if (wrong !== null) return invalid([wrong]);
    const found = records()
      .filter((record) => isModified(record, query))
      .filter(({ id }) => ids === null || ids.includes(Number(id)))
      .filter(({ fields }) => suburbs === null || suburbs.includes(suburbOf(fields)?.id ?? 0))
      .filter(({ fields }) => statuses === undefined || isIn(statusOf(fields), statuses));
    const inOrder = sorted(found, query, SORTS);
    if (inOrder === null) return invalid(['sort is not one of the list']);
    return page(inOrder.map(shown), call, settings());
  };
}

function isIn(status: string, asked: readonly string[]): boolean {
  const either = asked.includes('listingOrConditional') ? ['listing', 'conditional'] : [];
  return [...asked, ...either].includes(status);
}

/** What one class of property is sold by. */
function saleRoutes(account: VaultreAccount, name: PropertyClass): Routes {
  const { store, settings } = account;
  const members = PROPERTY_MEMBERS[name];
  const whole = (record: StoredRecord, status = 200): HttpReply =>
    jsonReply(status, wireWholeSale(record, settings()));
  const ofClass = (): StoredRecord[] =>
    store.all('properties').filter(({ fields }) => classOf(fields) === name);
  const withProperty = propertyFinder(account);
  const withSale = (then: (held: StoredRecord, call: VaultreCall) => HttpReply): Handler =>
    withProperty((held, call) => (classOf(held.fields) === name ? then(held, call) : missing(settings())));

  function create({ body }: VaultreCall): HttpReply {
    const read = readBody(body, members, settings());
    if (!read.ok) return read.reply;
    if (displayAddressOf(read.fields) === '') return invalid(['address must not be empty']);
    return whole(store.create('properties', { class: name, status: 'prospect', ...made(read.fields) }), 201);
  }

  function update(held: StoredRecord, { body }: VaultreCall): HttpReply {
    const read = readBody(body, members, settings());
    if (!read.ok) return read.reply;
    if (read.fields['status'] !== undefined && !BEFORE_LISTING.includes(statusOf(held.fields))) {
      return failure(400, 'STATUS_NOT_CHANGED', 'Status could not be changed.');
    }
    const fields = written(held.fields, read.fields, members, settings());
    return whole(store.write('properties', held.id, fields) ?? held);
  }

  const base = `/properties/${name}/sale`;
  return {
    [`GET ${base}`]: listOf(account, ofClass, (record) => wireSale(record, settings())),
    [`POST ${base}`]: create,
    [`GET ${base}/{id}`]: withSale((held) => whole(held)),
    [`PUT ${base}/{id}`]: withSale(update),
    [`GET ${base}/{id}/{lifeid}`]: withSale((held, { params }) =>
      String(saleLifeOf(held)) === params['lifeid'] ? whole(held) : missing(settings()),
    ),
  };
}

type OfProperty = (held: StoredRecord, call: VaultreCall) => HttpReply;

/** Finds the property of a path, by whichever name its id has there. */
export function propertyFinder({ store, settings }: VaultreAccount) {
  return (then: OfProperty) =>
    (call: VaultreCall): HttpReply => {
      const found = store.lookUp('properties', call.params['propertyid'] ?? call.params['id'] ?? '');
      return found.kind === 'found' ? then(found.record, call) : missing(settings());
    };
}

/** By a reference of somebody else's: nothing in the API writes one. */
function lookUp({ store, settings }: VaultreAccount, call: VaultreCall): HttpReply {
  const sought = call.query['externalReference'] ?? '';
  if (sought === '') return invalid(['externalReference is required']);
  const found = store.all('properties').filter(({ fields }) => {
    const references = fields['externalRefs'];
    return (
      textIn(fields, 'referenceID') === sought || (Array.isArray(references) && references.includes(sought))
    );
  });
  return page(
    found.map((record) => wireProperty(record, settings())),
    call,
    settings(),
  );
}
