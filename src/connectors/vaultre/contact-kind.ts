import { compareEmail } from '../../domain/canonical/email-address.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../../domain/remote-record.ts';
import type { ConnectorKind, CrmHttp, UpdateWrite } from '../connector.port.ts';
import { ASSUMED_CLEARED_TEXT, ASSUMED_PUT } from './assumed.ts';
import { emailsIn, hasSameName, phonesIn } from './contact-keys.ts';
import { contactMapping } from './contact-mapping.ts';
import { type HeldId, heldIds, withExactIds, mergedIds } from './exact-ids.ts';
import { isSamePhone } from './phone-type.ts';
import { notesPart } from './notes-part.ts';
import { bodyOf, contactRest } from './project-record.ts';
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

const TEXTS = ['firstName', 'lastName'] as const;

/** Contacts: their core, the categories that they are filed under, and notes. */
export function contactKind(isPlaceholder: IsPlaceholder): ConnectorKind {
  return {
    ...contactMapping(isPlaceholder),
    parts: {
      core: {
        writes: ASSUMED_PUT,
        readsFirst: true,
        create: (http, { fields }) => create(http, fields),
        update,
      },
      others: [
        { does: 'replaces', name: 'categories', fields: ['categories'], write: writeCategories },
        notesPart((remoteId) => ['contacts', remoteId]),
      ],
    },
    agrees: hasSameName,
    find,
    read,
    async delete(http, remoteId) {
      return await done(http, { verb: 'delete', method: 'DELETE', path: ['contacts', remoteId] });
    },
    changes,
  };
}

async function create(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  const body = withoutEmpty(coreOf(fields));
  const outcome = await http.request({
    verb: 'create',
    method: 'POST',
    path: ['contacts'],
    body: withExactIds(body),
  });
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
  const core = coreOf(fields);
  const cleared = TEXTS.filter((name) => changed.includes(name) && fields[name] === '');
  const body: JsonObject = {
    ...bodyOf(rest),
    ...withoutEmptyTexts(core),
    ...Object.fromEntries(cleared.map((name) => [name, ASSUMED_CLEARED_TEXT])),
  };
  const path = ['contacts', remoteId];
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

/** What the core carries, in the form in which it is sent. */
function coreOf({ firstName, lastName, emails, phoneNumbers, onDoNotCallList, unsubscribe }: CrmFields) {
  return {
    firstName: firstName ?? '',
    lastName: lastName ?? '',
    emails: emails ?? [],
    phoneNumbers: listIn({ phoneNumbers: phoneNumbers ?? [] }, 'phoneNumbers').map(sentPhone),
    onDoNotCallList: onDoNotCallList === true,
    unsubscribe: sentFlags(unsubscribe ?? null),
  };
}

function sentPhone(phone: Json): JsonObject {
  const texts = ['number', 'typeCode', 'type', 'comment'].flatMap((name): [string, Json][] => {
    const text = textIn(phone, name);
    return text === '' ? [] : [[name, text]];
  });
  return Object.fromEntries(texts);
}

function sentFlags(flags: Json): JsonObject {
  const has = (name: string): boolean => isObject(flags) && flags[name] === true;
  return { email: has('email'), sms: has('sms'), letters: has('letters') };
}

function withoutEmptyTexts(body: JsonObject): JsonObject {
  return Object.fromEntries(Object.entries(body).filter(([, value]) => value !== ''));
}

function withoutEmpty(body: JsonObject): JsonObject {
  const isEmptyList = (value: Json): boolean => Array.isArray(value) && value.length === 0;
  return Object.fromEntries(
    Object.entries(withoutEmptyTexts(body)).filter(([, value]) => !isEmptyList(value)),
  );
}

/** What an answer tells of the mapped fields, in the form in which they are sent. */
function fieldsIn(body: Json): CrmFields {
  return {
    firstName: textIn(body, 'firstName'),
    lastName: textIn(body, 'lastName'),
    emails: listIn(body, 'emails').filter((email) => typeof email === 'string'),
    phoneNumbers: listIn(body, 'phoneNumbers').map(sentPhone),
    onDoNotCallList: isObject(body) && body['onDoNotCallList'] === true,
    unsubscribe: sentFlags(isObject(body) ? (body['unsubscribe'] ?? null) : null),
  };
}

/** As they stand there right now: what people filed it under stays. */
async function writeCategories(
  http: CrmHttp,
  remoteId: string,
  { fields, held }: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const listed = await readCategories(http, remoteId);
  if (listed.kind !== 'applied') return listed;
  const there = listed.value;
  const next = mergedIds(there, idsIn(held), idsIn(fields));
  if (next !== null) {
    const written = await done(http, {
      verb: 'update',
      method: 'PUT',
      path: ['contacts', remoteId, 'categories'],
      body: withExactIds({ items: next.map((id) => ({ id })) }),
    });
    if (written.kind !== 'applied') return written;
  }
  return { kind: 'applied', value: { id: remoteId, version: null, fields: { categories: next ?? there } } };
}

function idsIn(fields: CrmFields): readonly HeldId[] {
  return heldIds(listIn(fields, 'categories'));
}

async function readCategories(http: CrmHttp, remoteId: string): Promise<CallOutcome<readonly HeldId[]>> {
  const path = ['contacts', remoteId, 'categories'];
  const outcome = await listAll(http, { verb: 'list', path, isOfRecord: true });
  return outcome.kind === 'applied' ? { kind: 'applied', value: idsOf(outcome.value) } : outcome;
}

async function read(http: CrmHttp, remoteId: string, only?: 'core'): Promise<CallOutcome<RemoteHit>> {
  const outcome = await readObject(http, ['contacts', remoteId]);
  if (outcome.kind !== 'applied') return outcome;
  const { body, id } = outcome.value;
  // Another record's content must never be taken for this one's: one that was merged into another answers so.
  if (id !== remoteId)
    return { kind: 'gone', code: 'MERGED', detail: 'The CRM answered with another record.' };
  const hit = { ...hitOf(id, body), rest: contactRest(body) };
  if (only === 'core') return { kind: 'applied', value: hit };
  const categories = await readCategories(http, remoteId);
  if (categories.kind !== 'applied') return categories;
  return { kind: 'applied', value: { ...hit, fields: { ...hit.fields, categories: categories.value } } };
}

function hitOf(id: string, body: Json): RemoteHit {
  return { ...remoteOf(id, body), createdAt: timeIn(body, 'inserted'), fields: fieldsIn(body) };
}

async function find(http: CrmHttp, { value }: SoughtKey): Promise<CallOutcome<readonly RemoteHit[]>> {
  const { email, phone } = value;
  if (email !== undefined) return await findByEmail(http, email.trim());
  return phone === undefined ? { kind: 'applied', value: [] } : await findByPhone(http, phone.trim());
}

async function findByEmail(http: CrmHttp, email: string): Promise<CallOutcome<readonly RemoteHit[]>> {
  const sought = compareEmail(email);
  const isIt = (fields: CrmFields): boolean => emailsIn(fields).some((each) => compareEmail(each) === sought);
  const path = ['search', 'contacts', 'email'];
  const asGiven = await search(http, path, { term: email }, isIt);
  if (asGiven.kind !== 'applied' || asGiven.value.length > 0 || sought === email) return asGiven;
  return await search(http, path, { term: sought }, isIt);
}

/** As it is written; then by its last figures among whatever else people put between them. */
async function findByPhone(http: CrmHttp, phone: string): Promise<CallOutcome<readonly RemoteHit[]>> {
  const isIt = (fields: CrmFields): boolean => phonesIn(fields).some((other) => isSamePhone(other, phone));
  const asGiven = await search(http, ['search', 'contacts', 'phone'], { term: phone }, isIt);
  if (asGiven.kind !== 'applied' || asGiven.value.length > 0) return asGiven;
  const figures = phone.replace(/\D/gu, '').slice(-LAST_FIGURES);
  if (figures.length < LEAST_FIGURES) return asGiven;
  // Any of what is asked for is enough there, unless it is told otherwise.
  return await search(http, ['search', 'contacts'], { phone: figures, fuzzy: 'false' }, isIt);
}

const LAST_FIGURES = 8;
/** A search by less is refused. */
const LEAST_FIGURES = 4;

async function search(
  http: CrmHttp,
  path: readonly string[],
  query: Readonly<Record<string, string>>,
  isIt: (fields: CrmFields) => boolean,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const outcome = await listAll(http, { verb: 'find', path, query });
  if (outcome.kind !== 'applied') return outcome;
  const hits = outcome.value.map((item) => ({ id: idIn(item), item }));
  if (hits.some(({ id }) => id === null)) return unexpected('a search', 200);
  const same = hits.map(({ id, item }) => foundOf(id ?? '', item)).filter(({ fields }) => isIt(fields));
  return tooManyHits(hits.length) ?? { kind: 'applied', value: oldestFirst(same) };
}

/** A search shows a contact in part. */
function foundOf(id: string, item: Json): RemoteHit {
  const { firstName, lastName, emails, phoneNumbers } = fieldsIn(item);
  const fields = { firstName, lastName, emails, phoneNumbers } as CrmFields;
  return { id, version: null, createdAt: null, fields };
}

async function changes(
  http: CrmHttp,
  since: number,
  limit: number,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const query = { modifiedSince: wireTime(since), sort: 'modified', sortOrder: 'asc' };
  const outcome = await listAll(http, { verb: 'list', path: ['contacts'], query, most: limit });
  if (outcome.kind !== 'applied') return notAnAbsence(outcome);
  const hits = outcome.value.flatMap((item) => {
    const id = idIn(item);
    return id === null ? [] : [hitOf(id, item)];
  });
  return { kind: 'applied', value: hits };
}
