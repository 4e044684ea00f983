import type { EntityKind } from '../../domain/entity.ts';
import type { Json } from '../../domain/json.ts';
import type { IsPlaceholder } from '../../domain/canonical/placeholder-emails.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type {
  CreatedRecord,
  CrmFields,
  RemoteHit,
  RemoteRecord,
  SoughtKey,
} from '../../domain/remote-record.ts';
import type { ConnectorKind, CrmHttp } from '../connector.port.ts';
import { vaultMapping } from './mapping.ts';
import { searchesFor, vaultKeyComparer } from './vault-key.ts';
import { COLLECTIONS, isObject, oldestFirst, readHit, readRemote } from './wire.ts';
import { failedAnswers } from '../failed-answers.ts';

const { inAnotherShape: unreadable, createWithoutId, notAnAbsence } = failedAnswers('The CRM');

/** Far more pages than what one office changes in some minutes fills. */
const MOST_PAGES = 200;
/** Of all pages of a listing together. */
const MOST_LISTED_BYTES = 16 * 1_024 * 1_024;
const LONGEST_CURSOR = 2_048;
/** No key is shared by so many: a search that finds more has not looked for the key. */
const MOST_HITS = 500;

/** Whether the CRM takes the key. */
export async function authenticate(http: CrmHttp): Promise<CallOutcome<true>> {
  const outcome = await http.request({ verb: 'verify', method: 'GET', path: ['auth', 'verify'] });
  return outcome.kind === 'applied' ? { kind: 'applied', value: true } : notAnAbsence(outcome);
}

/** One kind of record in the vault dialect: the same verbs below three collections. */
export function vaultKind(kind: EntityKind, isPlaceholder?: IsPlaceholder): ConnectorKind {
  return {
    ...vaultMapping(kind, isPlaceholder),
    parts: {
      core: {
        writes: 'unknown',
        create: (http, { fields }) => create(http, kind, fields),
        update: (http, remoteId, { fields }) => update(http, kind, remoteId, fields),
      },
    },
    find: (http, key) => find(http, kind, key),
    read: (http, remoteId) => read(http, kind, remoteId),
    delete: (http, remoteId) => remove(http, kind, remoteId),
    changes: (http, since, limit) => changedSince(http, kind, since, limit),
  };
}

async function create(
  http: CrmHttp,
  kind: EntityKind,
  fields: CrmFields,
): Promise<CallOutcome<CreatedRecord>> {
  const path = [COLLECTIONS[kind]];
  const outcome = await http.request({ verb: 'create', method: 'POST', path, body: fields });
  if (outcome.kind !== 'applied') return outcome;
  const remote = readRemote(outcome.value.body);
  return remote === null
    ? createWithoutId(outcome.value.status)
    : { kind: 'applied', value: { ...remote, ...toldBy(outcome.value.body), origin: 'created' } };
}

async function update(
  http: CrmHttp,
  kind: EntityKind,
  remoteId: string,
  fields: CrmFields,
): Promise<CallOutcome<RemoteRecord>> {
  const path = [COLLECTIONS[kind], remoteId];
  const outcome = await http.request({ verb: 'update', method: 'PUT', path, body: fields });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  if (tellsAnError(body)) return unreadable('an update', status);
  if (Array.isArray(body)) return unreadable('an update', status);
  // 204 and bodies without an id are as good: the id is the one that was addressed.
  const remote = readRemote(body) ?? { id: remoteId, version: null };
  return { kind: 'applied', value: { ...remote, ...toldBy(body) } };
}

async function read(http: CrmHttp, kind: EntityKind, remoteId: string): Promise<CallOutcome<RemoteHit>> {
  const path = [COLLECTIONS[kind], remoteId];
  const outcome = await http.request({ verb: 'read', method: 'GET', path });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const hit = outcome.value.status === 200 ? readHit(outcome.value.body) : null;
  if (hit === null) return unreadable('a read', outcome.value.status);
  // Another record's content must never be taken for this one's: one that was merged into another answers so.
  if (hit.id !== remoteId)
    return { kind: 'gone', code: 'MERGED', detail: 'The CRM answered with another record.' };
  return { kind: 'applied', value: hit };
}

async function remove(http: CrmHttp, kind: EntityKind, remoteId: string): Promise<CallOutcome<null>> {
  const path = [COLLECTIONS[kind], remoteId];
  const outcome = await http.request({ verb: 'delete', method: 'DELETE', path });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  return tellsAnError(body) ? unreadable('a delete', status) : { kind: 'applied', value: null };
}

/** The value as it is, then in other forms while those differ and nothing was found. */
async function find(
  http: CrmHttp,
  kind: EntityKind,
  key: SoughtKey,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  let outcome: CallOutcome<readonly RemoteHit[]> = { kind: 'applied', value: [] };
  for (const query of searchesFor(kind, key.value)) {
    outcome = await search(http, kind, query, key);
    if (outcome.kind !== 'applied' || outcome.value.length > 0) break;
  }
  return outcome;
}

async function search(
  http: CrmHttp,
  kind: EntityKind,
  query: Readonly<Record<string, string>>,
  key: SoughtKey,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const outcome = await http.request({
    verb: 'find',
    method: 'GET',
    path: [COLLECTIONS[kind], 'search'],
    query,
  });
  if (outcome.kind !== 'applied') return notAnAbsence(outcome);
  const { status, body } = outcome.value;
  if (Array.isArray(body) && body.length > MOST_HITS) return tooMany(status);
  const hits = status === 200 ? readHits(body) : null;
  if (hits === null) return unreadable('a search', status);
  const isSame = vaultKeyComparer(kind, key.value);
  return { kind: 'applied', value: oldestFirst(hits.filter((hit) => carriesKey(hit, key, isSame))) };
}

/**
 * A hit that carries the key and differs in its canonical form is no hit; one that does not carry it is taken at the CRM's word. By
 * value, not by hash: an intent of an older store has a hash of another form.
 */
function carriesKey(
  { fields }: RemoteHit,
  { value }: SoughtKey,
  isSame: (fields: CrmFields) => boolean,
): boolean {
  const names = Object.keys(value);
  return names.some((name) => fields[name] === undefined || fields[name] === null) || isSame(fields);
}

function readHits(body: Json): RemoteHit[] | null {
  if (!Array.isArray(body)) return null;
  const hits = body.map(readHit);
  return hits.includes(null) ? null : (hits as RemoteHit[]);
}

async function changedSince(
  http: CrmHttp,
  kind: EntityKind,
  since: number,
  limit: number,
): Promise<CallOutcome<readonly RemoteHit[]>> {
  const hits: RemoteHit[] = [];
  const cursors = new Set<string>();
  let bytes = 0;
  const query: Record<string, string> = { modifiedSince: new Date(since).toISOString() };
  for (let pages = 0; pages < MOST_PAGES && hits.length < limit && bytes < MOST_LISTED_BYTES; pages += 1) {
    const outcome = await http.request({ verb: 'list', method: 'GET', path: [COLLECTIONS[kind]], query });
    if (outcome.kind !== 'applied') return notAnAbsence(outcome);
    const { status, body } = outcome.value;
    const page = status === 200 && isObject(body) ? readHits(body['items'] ?? null) : null;
    const cursor = isObject(body) ? readCursor(body['nextCursor']) : undefined;
    if (page === null || cursor === undefined) return unreadable('a listing', status);
    for (const hit of page) hits.push(hit);
    bytes += outcome.value.bytes ?? 0;
    if (cursor === null) return { kind: 'applied', value: hits };
    // It goes round.
    if (cursors.has(cursor)) break;
    cursors.add(cursor);
    query['cursor'] = cursor;
  }
  // A listing that was cut short must not be read as 'that is all there is'.
  return unreadable('a listing without an end', 200);
}

/** Null: there is no further page. Undefined: this says neither yes nor no. */
function readCursor(value: Json | undefined): string | null | undefined {
  if (value === undefined || value === null || value === '') return null;
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.length <= LONGEST_CURSOR ? value : undefined;
}

/** What the answer to a write says that the record holds now. */
function toldBy(body: Json): { readonly fields?: CrmFields } {
  return isObject(body) && readHit(body) !== null ? { fields: body } : {};
}

/** An error in a success's clothes: 200 with `{"error": …}`. */
function tellsAnError(body: Json): boolean {
  if (!isObject(body) || readRemote(body) !== null) return false;
  return body['success'] === false || ['error', 'errors'].some((name) => !isEmpty(body[name]));
}

function isEmpty(value: Json | undefined): boolean {
  return value == null || value === false || value === '' || (Array.isArray(value) && value.length === 0);
}

function tooMany(status: number): Failure {
  const detail = `The CRM found more than ${MOST_HITS} records with one key, so it has not looked for the key.`;
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail, status };
}
