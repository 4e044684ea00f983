import type { CallOutcome } from '../../domain/outcome.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../../domain/remote-record.ts';
import type { CrmHttp, ListedPage, UpdateWrite } from '../connector.port.ts';
import { MADE_JUST_NOW_MS, NO_NAME } from './assumed.ts';
import { hasEmail, searchesFor } from './contact-mapping.ts';
import { agentIn, contactBody, readContact, readContactId } from './contact-wire.ts';
import {
  createWithoutId,
  isObject,
  notAnAbsence,
  readAll,
  readPageAt,
  readTime,
  tellsAnError,
  unreadable,
} from './wire.ts';
import type { JsonObject } from '../../domain/json.ts';

const LIST = 'contacts';
const ONE = 'contact';

/** Archived ones are people's all the same: somebody who is among them isn't made a second time. */
const ALSO_ARCHIVED = { includeArchived: '1' } as const;

/** Whose search finds more than that of one e-mail takes the oldest of them. */
const MOST_READ = 5;
/** A search by the beginning of an e-mail finds no more than that. */
const MOST_FOUND = 2_000;

export async function createContact(http: CrmHttp, fields: CrmFields): Promise<CallOutcome<CreatedRecord>> {
  const named = contactBody(fields, () => true);
  const body = {
    ...named,
    first_name: named['first_name'] ?? NO_NAME,
    last_name: named['last_name'] ?? NO_NAME,
  };
  const outcome = await http.request({ verb: 'create', method: 'POST', path: [ONE], body });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: answer } = outcome.value;
  const made = readContact(answer);
  if (made === null) return createWithoutId(status);
  const { id, version, fields: held } = made;
  return {
    kind: 'applied',
    value: { id, version, fields: held, origin: wasThereBefore(answer) ? 'existing' : 'created' },
  };
}

/** Should it ever take somebody with the same e-mail instead of making one, that one is people's. */
function wasThereBefore(answer: unknown): boolean {
  if (!isObject(answer as JsonObject)) return false;
  const { created_at: created, updated_at: updated } = answer as JsonObject;
  const [made, changed] = [readTime(created), readTime(updated)];
  return made !== null && changed !== null && changed - made > MADE_JUST_NOW_MS;
}

/** Sends what changed alone. */
export async function updateContact(
  http: CrmHttp,
  remoteId: string,
  { fields, changed }: UpdateWrite,
): Promise<CallOutcome<RemoteRecord>> {
  const isChanged = (name: string): boolean => changed.includes(name) && name !== 'assigned_agent_id';
  const sent = contactBody(fields, isChanged);
  // Where nothing is left to send it is said again, for who shares the contact.
  const body =
    Object.keys(sent).length > 0
      ? sent
      : contactBody(fields, (name) => name === 'first_name' || name === 'last_name');
  const outcome = await http.request({ verb: 'update', method: 'PUT', path: [ONE, remoteId], body });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body: answer } = outcome.value;
  if (Array.isArray(answer) || tellsAnError(answer)) return unreadable('an update', status);
  const told = readContact(answer);
  if (told === null)
    return { kind: 'applied', value: readContactId(answer) ?? { id: remoteId, version: null } };
  return { kind: 'applied', value: { id: told.id, version: told.version, fields: told.fields } };
}

export async function readContactById(http: CrmHttp, remoteId: string): Promise<CallOutcome<RemoteHit>> {
  const outcome = await http.request({ verb: 'read', method: 'GET', path: [ONE, remoteId] });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const hit = outcome.value.status === 200 ? readContact(outcome.value.body) : null;
  if (hit === null) return unreadable('a read', outcome.value.status);
  // Another's content must never be taken for this one's: one that was merged into another may answer so.
  if (hit.id !== remoteId)
    return { kind: 'gone', code: 'MERGED', detail: 'kvCORE answered with another contact.' };
  return { kind: 'applied', value: hit };
}

export async function deleteContact(http: CrmHttp, remoteId: string): Promise<CallOutcome<null>> {
  const outcome = await http.request({ verb: 'delete', method: 'DELETE', path: [ONE, remoteId] });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  return tellsAnError(body) ? unreadable('a delete', status) : { kind: 'applied', value: null };
}

/**
 * Contacts with just this e-mail, archived ones, too, and of the agent's own alone where it is told who that is. Each is read: a row of the
 * listing shows a part of it, and names nobody by first and last name.
 */
export async function findContacts(
  http: CrmHttp,
  key: SoughtKey,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  for (const email of searchesFor(key)) {
    const found = await readAll(
      http,
      { verb: 'find', path: [LIST], query: { 'filter[email]': email, ...ALSO_ARCHIVED } },
      MOST_FOUND,
    );
    if (found.kind !== 'applied') return found;
    const rows = rowsOf(http, found.value);
    if (rows === null) return unreadable('a search', 200);
    const matching = rows.filter(({ fields }) => hasEmail(fields, key));
    if (matching.length > 0) return await readEach(http, oldestFirst(matching).slice(0, MOST_READ), key);
  }
  return { kind: 'applied', value: [] };
}

async function readEach(
  http: CrmHttp,
  rows: readonly RemoteHit[],
  key: SoughtKey,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const hits: RemoteHit[] = [];
  for (const { id } of rows) {
    const read = await readContactById(http, id);
    if (read.kind === 'gone') continue;
    if (read.kind !== 'applied') return read;
    // An index that is behind shows an e-mail that isn't there any more.
    if (hasEmail(read.value.fields, key)) hits.push(read.value);
  }
  return { kind: 'applied', value: hits };
}

/** Those whom the key may take: another agent's contact is not this one's, whatever its e-mail. Null: one can't be read. */
function rowsOf(http: CrmHttp, items: readonly JsonObject[]): readonly RemoteHit[] | null {
  const own = http.own?.credentials['agentId'];
  const rows: RemoteHit[] = [];
  for (const item of items) {
    const row = readContact(item);
    if (row === null) return null;
    const agent = agentIn(item);
    if (own === undefined || agent === null || agent === own) rows.push(row);
  }
  return rows;
}

/** Everybody whom the key may take, a page at a time. */
export async function listContacts(http: CrmHttp, page: number): Promise<CallOutcome<ListedPage>> {
  const outcome = await readPageAt(http, { verb: 'list', path: [LIST], query: ALSO_ARCHIVED }, page);
  if (outcome.kind !== 'applied') return outcome;
  const { items, isLast, total } = outcome.value;
  const hits = rowsOf(http, items);
  return hits === null
    ? unreadable('a listing', 200)
    : { kind: 'applied', value: { hits, listed: items.length, total, isLast } };
}

/** Rows alone: what they don't show is read where it matters. */
export async function changedContacts(
  http: CrmHttp,
  since: number,
  limit: number,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const from = String(Math.max(0, Math.floor(since / 1_000)));
  const found = await readAll(
    http,
    { verb: 'list', path: [LIST], query: { 'filter[updated_at]': from, ...ALSO_ARCHIVED } },
    limit,
  );
  if (found.kind !== 'applied') return found;
  const hits = found.value.map(readContact);
  return hits.some((hit) => hit === null)
    ? unreadable('a listing', 200)
    : { kind: 'applied', value: hits.filter((hit) => hit !== null) };
}

function oldestFirst(hits: readonly RemoteHit[]): RemoteHit[] {
  const ageOf = ({ createdAt }: RemoteHit): number => createdAt ?? Number.POSITIVE_INFINITY;
  return [...hits].sort((one, other) => {
    const [a, b] = [ageOf(one), ageOf(other)];
    return a === b ? Number(one.id) - Number(other.id) : a - b;
  });
}
