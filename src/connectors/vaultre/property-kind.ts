import { fullAddress } from '../../domain/canonical/full-address.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../../domain/remote-record.ts';
import type { ConnectorKind, CrmHttp, LaterPart, UpdateWrite } from '../connector.port.ts';
import { ASSUMED_CLEARED_TEXT, ASSUMED_NEW_CLASS, ASSUMED_NEW_SALE_STATUS, ASSUMED_PUT } from './assumed.ts';
import { type HeldId, heldIds, withExactIds, mergedIds } from './exact-ids.ts';
import { notesPart } from './notes-part.ts';
import { bodyOf, projectAddress, saleRest } from './project-record.ts';
import { propertyIdOf, propertyIdText } from './property-id.ts';
import { isAt } from './property-keys.ts';
import { propertyMapping } from './property-mapping.ts';
import {
  createWithoutId,
  done,
  idIn,
  isObject,
  listAll,
  listIn,
  notAnAbsence,
  idsOf,
  readObject,
  tellsAnError,
  textIn,
  timeIn,
  unexpected,
  oldestFirst,
  remoteOf,
  tooManyHits,
  wireTime,
} from './vaultre-answers.ts';

const PEOPLE = ['owners', 'purchasers'] as const;
type People = (typeof PEOPLE)[number];

/** Properties and their sales: the address, who sells and buys, and notes. */
export const propertyKind: ConnectorKind = {
  ...propertyMapping,
  parts: {
    core: {
      writes: ASSUMED_PUT,
      readsFirst: true,
      create: (http, { fields }) => create(http, fields),
      update,
    },
    others: [...PEOPLE.map(peoplePart), notesPart((remoteId) => ['properties', propertyIdOf(remoteId).id])],
  },
  find,
  read,
  async delete(http, remoteId) {
    const path = ['properties', propertyIdOf(remoteId).id];
    return await done(http, { verb: 'delete', method: 'DELETE', path });
  },
  changes,
};

async function create(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  const lotNumber = textIn(fields, 'lotNumber');
  const body: JsonObject = {
    address: fields['address'] ?? {},
    ...(lotNumber !== '' && { lotNumber }),
    status: ASSUMED_NEW_SALE_STATUS,
  };
  const path = ['properties', ASSUMED_NEW_CLASS, 'sale'];
  const outcome = await http.request({ verb: 'create', method: 'POST', path, body: withExactIds(body) });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: told } = outcome.value;
  const id = tellsAnError(told) ? null : idIn(told);
  if (id === null) return createWithoutId(status);
  return { kind: 'applied', value: { ...remoteOf(id, told), fields: fieldsIn(told), origin: 'created' } };
}

async function update(
  http: CrmHttp,
  remoteId: string,
  { fields, changed, rest }: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const { id, propertyClass } = propertyIdOf(remoteId);
  const { address = null } = fields;
  const lotNumber = textIn(fields, 'lotNumber');
  const isCleared = lotNumber === '' && changed.includes('lotNumber');
  const body: JsonObject = {
    ...bodyOf(rest),
    ...(address !== null && { address }),
    ...(lotNumber !== '' && { lotNumber }),
    ...(isCleared && { lotNumber: ASSUMED_CLEARED_TEXT }),
  };
  const path = ['properties', propertyClass, 'sale', id];
  const outcome = await http.request({ verb: 'update', method: 'PUT', path, body: withExactIds(body) });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: told } = outcome.value;
  if (tellsAnError(told) || Array.isArray(told)) return unexpected('an update', status);
  const isWhole = idIn(told) !== null;
  return {
    kind: 'applied',
    value: isWhole
      ? { ...remoteOf(remoteId, told), fields: fieldsIn(told) }
      : { id: remoteId, version: null },
  };
}

function fieldsIn(body: Json): CrmFields {
  const address = isObject(body) ? projectAddress(body['address'] ?? null) : null;
  return { address, lotNumber: textIn(body, 'lotNumber') };
}

/** Owners or purchasers of the sale that the property has now. As they stand there right now: whom people entered stays. */
function peoplePart(name: People): LaterPart {
  return {
    does: 'replaces',
    name,
    fields: [name],
    async write(http, remoteId, { fields, held }) {
      const { id } = propertyIdOf(remoteId);
      const property = await readObject(http, ['properties', id]);
      if (property.kind !== 'applied') return property;
      const life = idIn({ id: property.value.body['saleLifeId'] ?? null });
      if (life === null) return unexpected('a property without a sale', property.value.status);
      const listed = await readPeople(http, { id, life, name });
      if (listed.kind !== 'applied') return listed;
      const next = mergedIds(listed.value, idsIn(held, name), idsIn(fields, name));
      if (next !== null) {
        const items = next.map((each) => ({ id: each }));
        const path = ['properties', id, 'sale', life, name];
        const written = await done(http, {
          verb: 'update',
          method: 'PUT',
          path,
          body: withExactIds({ items }),
        });
        if (written.kind !== 'applied') return written;
      }
      return {
        kind: 'applied',
        value: { id: remoteId, version: null, fields: { [name]: next ?? listed.value } },
      };
    },
  };
}

function idsIn(fields: CrmFields, name: People): readonly HeldId[] {
  return heldIds(listIn(fields, name));
}

async function readPeople(
  http: CrmHttp,
  { id, life, name }: { readonly id: string; readonly life: string; readonly name: People },
): Promise<CallOutcome<readonly HeldId[]>> {
  const path = ['properties', id, 'sale', life, name];
  const outcome = await listAll(http, { verb: 'list', path, isOfRecord: true });
  return outcome.kind === 'applied' ? { kind: 'applied', value: idsOf(outcome.value) } : outcome;
}

async function read(http: CrmHttp, remoteId: string, only?: 'core'): Promise<CallOutcome<RemoteHit>> {
  const { id, propertyClass } = propertyIdOf(remoteId);
  const outcome = await readObject(http, ['properties', propertyClass, 'sale', id]);
  if (outcome.kind !== 'applied') return outcome;
  const { body, id: told } = outcome.value;
  if (told !== id) return { kind: 'gone', code: 'MERGED', detail: 'The CRM answered with another record.' };
  const hit: RemoteHit = {
    ...remoteOf(remoteId, body),
    createdAt: timeIn(body, 'inserted'),
    fields: fieldsIn(body),
    rest: saleRest(body, propertyClass),
  };
  const life = idIn({ id: body['saleLifeId'] ?? null });
  if (only === 'core' || life === null) return { kind: 'applied', value: hit };
  const people: Record<string, Json> = {};
  for (const name of PEOPLE) {
    const listed = await readPeople(http, { id, life, name });
    if (listed.kind !== 'applied') return listed;
    people[name] = listed.value;
  }
  return { kind: 'applied', value: { ...hit, fields: { ...hit.fields, ...people } } };
}

/** By the street as it is written; then by number and name alone, since nobody knows how a street's type is searched. */
async function find(http: CrmHttp, { value }: SoughtKey): Promise<CallOutcome<readonly RemoteHit[]>> {
  const { street = '', suburb = '' } = value;
  let outcome: CallOutcome<readonly RemoteHit[]> = { kind: 'applied', value: [] };
  for (const term of searchesFor(street)) {
    outcome = await search(http, term, { street, suburb });
    if (outcome.kind !== 'applied' || outcome.value.length > 0) break;
  }
  return outcome;
}

function searchesFor(street: string): readonly string[] {
  const written = street.replace(/,/g, ' ').replace(/\s+/g, ' ').trim();
  const [house = '', ...words] = written.split(' ');
  const short = [house.split('/').at(-1) ?? house, ...words.slice(0, -1)].join(' ');
  const others = words.length > 1 && /\d/.test(house) ? [short] : [fullAddress(street)];
  return [...new Set([written, ...others])].filter((term) => term !== '');
}

async function search(
  http: CrmHttp,
  term: string,
  sought: { readonly street: string; readonly suburb: string },
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const path = ['search', 'properties', 'address'];
  const outcome = await listAll(http, { verb: 'find', path, query: { term } });
  if (outcome.kind !== 'applied') return outcome;
  const hits = outcome.value.map(foundOf);
  if (hits.includes(null)) return unexpected('a search', 200);
  const same = hits.filter((hit) => hit !== null).filter(({ fields }) => isAt(fields, sought));
  return tooManyHits(hits.length) ?? { kind: 'applied', value: oldestFirst(same) };
}

/** Found by a search, which shows no lot; one that isn't for sale is none of ours to take. */
function foundOf(item: Json): RemoteHit | null {
  const id = idIn(item);
  if (id === null || !isObject(item)) return null;
  const propertyClass = textIn(item['class'], 'internalName') || ASSUMED_NEW_CLASS;
  const { address } = fieldsIn(item);
  const isForSale = idIn({ id: item['saleLifeId'] ?? null }) !== null;
  return {
    id: propertyIdText({ id, propertyClass }),
    version: null,
    createdAt: null,
    fields: isForSale ? { address: address ?? null } : {},
  };
}

async function changes(
  http: CrmHttp,
  since: number,
  limit: number,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const query = { modifiedSince: wireTime(since), sort: 'modified', sortOrder: 'asc' };
  const outcome = await listAll(http, { verb: 'list', path: ['properties'], query, most: limit });
  if (outcome.kind !== 'applied') return notAnAbsence(outcome);
  const hits = outcome.value.flatMap((item): RemoteHit[] => {
    const id = idIn(item);
    if (id === null || !isObject(item)) return [];
    const propertyClass = textIn(item['class'], 'internalName') || ASSUMED_NEW_CLASS;
    const remoteId = propertyIdText({ id, propertyClass });
    return [{ ...remoteOf(remoteId, item), createdAt: timeIn(item, 'inserted'), fields: fieldsIn(item) }];
  });
  return { kind: 'applied', value: hits };
}
