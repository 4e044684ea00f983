import type { Json } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../../domain/remote-record.ts';
import type { AppendingPart, CrmHttp, UpdateWrite } from '../connector.port.ts';
import { ESCAPED_IN_NOTES, NEWEST_CHANGE_FIRST, SEES_EVERYBODY, TRASH_STAGE } from './assumed.ts';
import { carriedLists, listsIn } from './carry-lists.ts';
import {
  emailsOf,
  hasKey,
  isSamePerson,
  mentionsKey,
  NOTES,
  searchesFor,
  sharesEmail,
} from './person-mapping.ts';
import { isTrashed, readPerson, readPersonId } from './person-wire.ts';
import {
  createWithoutId,
  isObject,
  notAnAbsence,
  readAll,
  readText,
  sentId,
  readTime,
  tellsAnError,
  unreadable,
  walk,
} from './wire.ts';

const PEOPLE = 'people';
const ALL_FIELDS = { fields: 'allFields' } as const;

/**
 * Makes a person, unless Follow Up Boss knows somebody with one of the e-mails or phones: that one is taken, untouched, where it is the same
 * person. Who only has the same phone (a household's) is somebody else, and is no reason not to make this one.
 */
export async function createPerson(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  const first = await post(http, fields, true);
  if (first.kind !== 'applied' || first.value.origin === 'created') return first;
  const found = await whoIs(http, first.value);
  if (found.kind !== 'applied') return found;
  const isOther = !sharesEmail(found.value, fields) && !isSamePerson(found.value, fields);
  return isOther ? await postBeside(http, fields) : first;
}

/** The one that shares the phone was named; somebody who has one of the e-mails may be there all the same. */
async function postBeside(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  for (const email of emailsOf(fields)) {
    const key: SoughtKey = { kind: 'contact', value: { email }, hash: '', formerHashes: [] };
    const known = await findPeople(http, key);
    if (known.kind !== 'applied') return known;
    const [theirs] = known.value;
    if (theirs === undefined) continue;
    const { id, version, fields: held } = theirs;
    return { kind: 'applied', value: { id, version, fields: held, origin: 'existing' } };
  }
  return await post(http, fields, false);
}

/** The person that was there already: read where the answer didn't say enough of them. Nothing was made, so that it may all begin anew. */
async function whoIs(http: CrmHttp, { id, fields }: CreatedRecord): Promise<CallOutcome<CrmFields>> {
  if (fields?.['emails'] !== undefined && fields['firstName'] !== undefined)
    return { kind: 'applied', value: fields };
  const read = await readPersonById(http, id);
  return read.kind === 'applied' ? { kind: 'applied', value: read.value.fields } : notAnAbsence(read);
}

async function post(
  http: CrmHttp,
  fields: CrmFields,
  deduplicate: boolean,
): Promise<CallOutcome<CreatedRecord>> {
  const outcome = await http.request({
    verb: 'create',
    method: 'POST',
    path: [PEOPLE],
    ...(deduplicate && { query: { deduplicate: 'true' } }),
    body: writtenFields(fields, (name, value) => !isNothing(value) && name !== NOTES),
  });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  const remote = readPerson(body);
  if (remote === null) return createWithoutId(status);
  const { id, version, fields: held } = remote;
  // Anything but 201 is somebody who may have been there before: never ours to take away.
  const origin = status === 201 || !deduplicate ? 'created' : 'existing';
  return { kind: 'applied', value: { id, version, fields: held, origin } };
}

/**
 * Sends what changed alone. A list is replaced whole by a PUT: one that wasn't read for this write is read first, and what others have added
 * to it since is carried along.
 */
export async function updatePerson(
  http: CrmHttp,
  remoteId: string,
  write: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const changed = new Set(write.changed);
  let { fields } = write;
  if (write.rest == null && listsIn(write.changed).length > 0) {
    const now = await readPersonById(http, remoteId);
    if (now.kind !== 'applied') return now;
    fields = { ...fields, ...carriedLists(write, now.value.fields) };
  }
  const isSent = (name: string): boolean => changed.has(name) && name !== NOTES && name !== 'assignedUserId';
  const sent = writtenFields(fields, isSent);
  // Where nothing differs it is said again, for who shares the person: a name is never a list that others write into.
  const body =
    Object.keys(sent).length > 0
      ? sent
      : writtenFields(fields, (name) => name === 'firstName' || name === 'lastName');
  const outcome = await http.request({ verb: 'update', method: 'PUT', path: [PEOPLE, remoteId], body });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: answer } = outcome.value;
  if (Array.isArray(answer) || tellsAnError(answer)) return unreadable('an update', status);
  const told = readPerson(answer);
  const answered = told?.id ?? readPersonId(answer)?.id ?? remoteId;
  // Who it was merged into took it: from now on that one is meant.
  if (answered !== remoteId) return MERGED;
  return {
    kind: 'applied',
    value: { id: remoteId, version: told?.version ?? null, ...(told !== null && { fields: told.fields }) },
  };
}

const MERGED: Failure = {
  kind: 'gone',
  code: 'MERGED',
  detail: 'Follow Up Boss answered with another person.',
};

export async function readPersonById(http: CrmHttp, remoteId: string): Promise<CallOutcome<RemoteHit>> {
  const outcome = await http.request({
    verb: 'read',
    method: 'GET',
    path: [PEOPLE, remoteId],
    query: ALL_FIELDS,
  });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const hit = outcome.value.status === 200 ? readPerson(outcome.value.body) : null;
  if (hit === null) return unreadable('a read', outcome.value.status);
  // Another person's content must never be taken for this one's: one that was merged into another answers so.
  if (hit.id !== remoteId) return MERGED;
  return { kind: 'applied', value: hit };
}

/** The reversible delete. */
export async function trashPerson(http: CrmHttp, remoteId: string): Promise<CallOutcome<null>> {
  const outcome = await http.request({
    verb: 'delete',
    method: 'PUT',
    path: [PEOPLE, remoteId],
    body: { stage: TRASH_STAGE },
  });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  const isTold = isObject(body) && body['stage'] !== undefined;
  return tellsAnError(body) || (isTold && !isTrashed(body))
    ? unreadable('a delete', status)
    : { kind: 'applied', value: null };
}

/**
 * People with an e-mail or a phone. Somebody in Trash isn't taken: they stay thrown away; nor is somebody whose relationship has it. Where nobody
 * is found whom the key can see, it is asked whether there is one whom it can't: such a person is another agent's, and isn't made again.
 */
export async function findPeople(http: CrmHttp, key: SoughtKey): Promise<CallOutcome<readonly RemoteHit[]>> {
  let isAccountedFor = false;
  for (const query of searchesFor(key)) {
    const found = await readAll(http, {
      verb: 'find',
      path: [PEOPLE],
      query: { ...query, includeTrash: 'true', ...ALL_FIELDS },
    });
    if (found.kind !== 'applied') return found;
    const people = found.value.map((item) => ({ hit: readPerson(item), isTrashed: isTrashed(item) }));
    if (people.some(({ hit }) => hit === null)) return unreadable('a search', 200);
    const matching = people.filter(({ hit }) => hit !== null && hasKey(hit.fields, key));
    const hits = matching.flatMap((person) => (person.hit === null || person.isTrashed ? [] : [person.hit]));
    if (hits.length > 0) return { kind: 'applied', value: oldestFirst(hits) };
    isAccountedFor ||= people.some(({ hit }) => hit !== null && mentionsKey(hit.fields, key));
  }
  return isAccountedFor ? { kind: 'applied', value: [] } : await nobodyUnlessHidden(http, key);
}

async function nobodyUnlessHidden(
  http: CrmHttp,
  { value }: SoughtKey,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const asked = await http.request({
    verb: 'find',
    method: 'GET',
    path: [PEOPLE, 'checkDuplicate'],
    query: value,
  });
  if (asked.kind !== 'applied') return notAnAbsence(asked);
  const { body, status } = asked.value;
  if (!isObject(body) || typeof body['found'] !== 'boolean')
    return unreadable('a search for duplicates', status);
  if (!body['found']) return { kind: 'applied', value: [] };
  return await hidden(http, readText(body['assignedTo']));
}

/** Who sees everybody, or is who the person is assigned to, only sees them late. */
async function hidden(http: CrmHttp, assignedTo: string): Promise<CallOutcome<readonly RemoteHit[]>> {
  const asked = await http.request({ verb: 'find', method: 'GET', path: ['identity'] });
  if (asked.kind !== 'applied') return notAnAbsence(asked);
  const user = isObject(asked.value.body) ? asked.value.body['user'] : null;
  const seesAll = isObject(user) && (user['isOwner'] === true || SEES_EVERYBODY.test(readText(user['role'])));
  const isTheirs = isObject(user) && assignedTo !== '' && readText(user['name']) === assignedTo;
  if (seesAll || isTheirs) {
    const detail = 'Follow Up Boss knows such a person, and its search does not show them yet.';
    return { kind: 'retry_later', code: 'NOT_SHOWN_YET', detail, status: 200, whose: 'record' };
  }
  return {
    kind: 'rejected',
    code: 'OWNED_BY_ANOTHER',
    detail:
      'Follow Up Boss has this person already, with another agent, and the key’s user can’t see them: they are not made a second time. ' +
      'Connect with the key of somebody who sees them, or have them shared with you there.',
    status: null,
    fields: [],
    whose: 'record',
  };
}

/** By when they were last changed, the latest first, back to `since`. */
export async function changedPeople(
  http: CrmHttp,
  since: number,
  limit: number,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const hits: RemoteHit[] = [];
  // Times are told to the second.
  const from = Math.floor(since / 1_000) * 1_000;
  let latest = Number.POSITIVE_INFINITY;
  const walked = await walk(
    http,
    {
      verb: 'list',
      path: [PEOPLE],
      query: { sort: NEWEST_CHANGE_FIRST, includeTrash: 'true', ...ALL_FIELDS },
    },
    ({ items }) => {
      for (const item of items) {
        const hit = readPerson(item);
        const updated = readTime(item['updated']);
        // Out of order, it can't be told where to stop.
        if (hit === null || updated === null || updated > latest) return unreadable('a listing', 200);
        latest = updated;
        if (updated < from) return 'enough';
        hits.push(hit);
      }
      return hits.length > limit ? unreadable('a listing of too many', 200) : 'more';
    },
  );
  return walked.kind === 'applied' ? { kind: 'applied', value: hits } : walked;
}

function writtenFields(fields: CrmFields, isSent: (name: string, value: Json) => boolean): CrmFields {
  return Object.fromEntries(Object.entries(fields).filter(([name, value]) => isSent(name, value)));
}

function isNothing(value: Json): boolean {
  return value === null || (Array.isArray(value) && value.length === 0);
}

function oldestFirst(hits: readonly RemoteHit[]): RemoteHit[] {
  const ageOf = ({ createdAt }: RemoteHit): number => createdAt ?? Number.POSITIVE_INFINITY;
  return [...hits].sort((one, other) => {
    const [a, b] = [ageOf(one), ageOf(other)];
    return a === b ? Number(one.id) - Number(other.id) : a - b;
  });
}

/** Each note of Zena's is one of the person's there. */
export const notesPart: AppendingPart = {
  does: 'appends',
  name: NOTES,
  field: NOTES,
  async append(http, remoteId, item) {
    const body = { personId: sentId(remoteId), body: item };
    const outcome = await http.request({ verb: 'create', method: 'POST', path: ['notes'], body });
    return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
  },
  async list(http, remoteId) {
    const query = { personId: remoteId };
    const found = await readAll(http, { verb: 'find', path: ['notes'], query });
    if (found.kind !== 'applied') return found;
    const theirs = found.value.filter(
      ({ personId }) => personId === undefined || String(personId as number) === remoteId,
    );
    return { kind: 'applied', value: theirs.map(({ body }) => plainNote(readText(body))) };
  },
};

/** As it was written, where it comes back as a page's text. */
function plainNote(body: string): string {
  return body
    .replace(/<br\s*\/?>/gi, '\n')
    .replace(/&(?:[a-z]+|#\d+);/gi, (entity) => ESCAPED_IN_NOTES[entity.toLowerCase()] ?? entity);
}
