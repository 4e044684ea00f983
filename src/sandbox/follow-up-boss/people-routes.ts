import type { Json, JsonObject } from '../../domain/json.ts';
import { jsonReply, type HttpReply } from '../kit/http/http-reply.ts';
import type { StoredRecord } from '../kit/records/record-store.ts';
import { userName, type FubAccount, type FubCaller } from './fub-caller.ts';
import { listReply, type Query } from './fub-page.ts';
import { objectsOf, textOf, textsOf, valuesOf } from './fub-record.ts';
import { deletedReply, HIDDEN, invalid, missing } from './fub-reply.ts';
import type { FubRoutes } from './fub-route.ts';
import { checkPerson, distinctTags } from './person-body.ts';
import { findPeople, isTrash, isVisible, peopleWith } from './person-search.ts';
import { personWire } from './person-wire.ts';

/** What `/people` does. */
export function peopleRoutes(account: FubAccount): FubRoutes {
  const { store, settings } = account;

  function withPerson(id: string, caller: FubCaller, then: (held: StoredRecord) => HttpReply): HttpReply {
    const told = store.lookUp('people', id);
    // Merged into another, who answers for it.
    const found = told.kind === 'moved' ? store.lookUp('people', told.id) : told;
    if (found.kind !== 'found') return missing('Person');
    return isVisible(found.record, caller) ? then(found.record) : HIDDEN;
  }

  function create(body: JsonObject, query: Query, caller: FubCaller): HttpReply {
    const checked = checkPerson(body, account, true);
    if (!checked.ok) return invalid(checked.message);
    if (query['deduplicate'] === 'true' || query['deduplicate'] === '1') {
      const known = duplicateReply(account, checked.fields, caller);
      if (known !== null) return known;
    }
    const made = makePerson(account, checked.fields, caller);
    const { createAnswer } = settings();
    return jsonReply(201, createAnswer === 'id' ? { id: Number(made.id) } : personWire(made, account));
  }

  function update(held: StoredRecord, body: JsonObject, query: Query): HttpReply {
    const checked = checkPerson(body, account, false);
    if (!checked.ok) return invalid(checked.message);
    const fields: Record<string, Json> = { ...checked.fields };
    for (const list of ['emails', 'phones'] as const) {
      const given = fields[list];
      if (given === undefined) continue;
      const entries = keptRelationships(objectsOf(given), objectsOf(held.fields[list]));
      if (entries === null) return invalid('Field relationshipId cannot be changed.');
      fields[list] = entries;
    }
    if (query['mergeTags'] === 'true' && fields['tags'] !== undefined)
      fields['tags'] = distinctTags([...textsOf(held.fields['tags']), ...textsOf(fields['tags'])]);
    const merged = Object.entries({ ...held.fields, ...fields });
    const kept = merged.filter(([name, value]) => !(name.startsWith('custom') && value === null));
    const stored = store.write('people', held.id, Object.fromEntries(kept)) ?? held;
    return jsonReply(200, personWire(stored, account));
  }

  return {
    'GET /people': ({ query, caller, address }) =>
      listReply(findPeople(account, caller, query), {
        collection: 'people',
        query,
        address,
        deepOffset: settings().deepOffset,
        wire: (record) => personWire(record, account, query['fields']),
      }),
    'GET /people/checkDuplicate': ({ query }) => checkDuplicate(account, query),
    'GET /people/:id': ({ params: [id = ''], query, caller }) =>
      withPerson(id, caller, (held) => jsonReply(200, personWire(held, account, query['fields']))),
    'POST /people': ({ body, query, caller }) => create(body, query, caller),
    'PUT /people/:id': ({ params: [id = ''], body, query, caller }) =>
      withPerson(id, caller, (held) => update(held, body, query)),
    'DELETE /people/:id': ({ params: [id = ''], caller }) =>
      withPerson(id, caller, (held) => {
        for (const note of store.all('notes'))
          if (Number(note.fields['personId']) === Number(held.id)) store.remove('notes', note.id);
        store.remove('people', held.id);
        return deletedReply(settings().deleteStatus);
      }),
  };
}

/** Somebody new. Whom an agent makes is theirs. */
export function makePerson(account: FubAccount, fields: JsonObject, caller: FubCaller): StoredRecord {
  const { createdAt, ...kept } = fields;
  const given = typeof createdAt === 'string' ? Date.parse(createdAt) : Number.NaN;
  const person = {
    createdVia: 'API',
    ...kept,
    stage: textOf(kept['stage']) || 'Lead',
    assignedUserId: kept['assignedUserId'] ?? Number(caller.user.id),
  };
  return account.store.create('people', person, Number.isNaN(given) ? undefined : given);
}

/** The first of the account who has one of the e-mails or phones, also one whom the key can't see. */
export function duplicateOf(account: FubAccount, fields: JsonObject) {
  const found = [
    ...valuesOf(fields['emails']).flatMap((email) =>
      peopleWith(account, 'email', email, 'now').map((person) => ({ person, by: 'email' })),
    ),
    ...valuesOf(fields['phones']).flatMap((phone) =>
      peopleWith(account, 'phone', phone, 'now').map((person) => ({ person, by: 'phone' })),
    ),
  ];
  return found.find(({ person }) => !isTrash(person)) ?? found[0] ?? null;
}

function duplicateReply(account: FubAccount, fields: JsonObject, caller: FubCaller): HttpReply | null {
  const { hiddenDuplicate, trashedDuplicate, createAnswer } = account.settings();
  const found = duplicateOf(account, fields);
  if (found === null) return null;
  if (isTrash(found.person) && trashedDuplicate === 'created') return null;
  if (!isVisible(found.person, caller) && hiddenDuplicate !== 'existing')
    return hiddenDuplicate === 'forbidden' ? HIDDEN : null;
  const { person } = found;
  return jsonReply(200, createAnswer === 'id' ? { id: Number(person.id) } : personWire(person, account));
}

/** Account-wide, and without an id. */
function checkDuplicate(account: FubAccount, { email, phone }: Query): HttpReply {
  if (email === undefined && phone === undefined) return invalid('Either email or phone must be provided.');
  const found = duplicateOf(account, {
    emails: email === undefined ? [] : [{ value: email }],
    phones: phone === undefined ? [] : [{ value: phone }],
  });
  if (found === null) return jsonReply(200, { found: false, matchedBy: null, assignedTo: null });
  const assigned = Number(found.person.fields['assignedUserId'] ?? 0);
  return jsonReply(200, {
    found: true,
    matchedBy: found.by,
    assignedTo: userName(account, assigned === 0 ? null : assigned),
  });
}

/** An entry of a relationship stays one; null: the body makes it another's. */
function keptRelationships(given: readonly JsonObject[], held: readonly JsonObject[]): JsonObject[] | null {
  const ofValue = new Map(
    held
      .filter(({ relationshipId }) => relationshipId !== undefined)
      .map(({ value, relationshipId }) => [textOf(value), relationshipId ?? null] as const),
  );
  const kept = given.map((entry) => {
    const known = ofValue.get(textOf(entry['value']));
    const told = entry['relationshipId'];
    if (told !== undefined && Number(told) !== Number(known ?? Number.NaN)) return null;
    return known === undefined ? entry : { ...entry, relationshipId: known };
  });
  return kept.includes(null) ? null : (kept as JsonObject[]);
}
