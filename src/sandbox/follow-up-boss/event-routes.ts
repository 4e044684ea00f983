import type { Json, JsonObject } from '../../domain/json.ts';
import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import { isJsonObject } from '../kit/http/json-object.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import type { FubAccount, FubCaller } from './fub-caller.ts';
import { isInTime, listReply, type Query } from './fub-page.ts';
import { textOf, textsOf, timeText } from './fub-record.ts';
import { invalid, missing } from './fub-reply.ts';
import type { FubRoutes } from './fub-route.ts';
import { checkPerson, distinctTags } from './person-body.ts';
import { duplicateOf, makePerson } from './people-routes.ts';
import { personWire } from './person-wire.ts';

/** What `/events` does: leads come in by it, and properties are known by it alone. */
export function eventRoutes(account: FubAccount): FubRoutes {
  const { store, settings } = account;

  function take(body: JsonObject, caller: FubCaller): HttpReply {
    const person = body['person'];
    if (!isJsonObject(person)) return invalid('Field person is required.');
    if (settings().leadFlow === 'archived') return emptyReply(204);
    const { id, ...details } = person;
    // Whom a lead makes is from where the lead is.
    const source = textOf(body['source']);
    const sourced = (fields: JsonObject): JsonObject =>
      details['source'] === undefined && source !== '' ? { ...fields, source } : fields;
    const checked = checkPerson(details, account, true);
    if (!checked.ok) return invalid(checked.message);
    const known = id === undefined ? duplicateOf(account, checked.fields)?.person : personById(id);
    if (known === null) return missing('Person');
    const held =
      known === undefined
        ? makePerson(account, sourced(checked.fields), caller)
        : fill(known, checked.fields);
    store.create('events', { ...body, personId: Number(held.id), person: { id: Number(held.id) } });
    return jsonReply(known === undefined ? 201 : 200, personWire(held, account));
  }

  function personById(id: Json): StoredRecord | null {
    const found = store.lookUp('people', String(Number(id)));
    return found.kind === 'found' ? found.record : null;
  }

  /** Tags are added, and what was empty is filled. */
  function fill(known: StoredRecord, told: JsonObject): StoredRecord {
    const isEmpty = (value: Json | undefined): boolean =>
      value === undefined || value === null || value === '' || (Array.isArray(value) && value.length === 0);
    const filled = Object.entries(told).filter(([name]) => isEmpty(known.fields[name]));
    const tags = distinctTags([...textsOf(known.fields['tags']), ...textsOf(told['tags'])]);
    return store.write('people', known.id, { ...known.fields, ...Object.fromEntries(filled), tags }) ?? known;
  }

  const wire = ({ id, fields, createdAt, updatedAt }: StoredRecord): JsonObject => ({
    id: Number(id),
    created: timeText(createdAt),
    updated: timeText(updatedAt),
    ...fields,
  });

  return {
    'POST /events': ({ body, caller }) => take(body, caller),
    'GET /events': ({ query, address }) =>
      listReply(
        store.all('events').filter((event) => isAsked(event, query)),
        { collection: 'events', query, address, deepOffset: settings().deepOffset, wire },
      ),
    'GET /events/:id': ({ params: [id = ''] }) => {
      const found = store.lookUp('events', id);
      return found.kind === 'found' ? jsonReply(200, wire(found.record)) : missing('Event');
    },
  };
}

function isAsked(event: StoredRecord, query: Query): boolean {
  const { property, personId, type } = event.fields;
  const street = isJsonObject(property) ? textOf(property['street']) : null;
  const { propertyAddress } = query;
  return (
    (query['personId'] === undefined || Number(query['personId']) === Number(personId)) &&
    (query['type'] === undefined || query['type'] === type) &&
    (query['hasProperty'] !== 'true' || street !== null) &&
    (propertyAddress === undefined || (street ?? '').toLowerCase().includes(propertyAddress.toLowerCase())) &&
    isInTime(event, query)
  );
}
