import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { RemoteHit, RemoteRecord } from '../../domain/remote-record.ts';
import type { CrmAnswer, CrmHttp, CrmRequest } from '../connector.port.ts';
import { ASSUMED_PAGE_SIZE } from './assumed.ts';
import { type HeldId, heldId } from './exact-ids.ts';
import { failedAnswers } from '../failed-answers.ts';

export const { inAnotherShape: unexpected, createWithoutId, notAnAbsence } = failedAnswers('The CRM');

/** Far more than what one record has of anything, or an office changes in some minutes. */
const MOST_PAGES = 200;
const LONGEST_TEXT = 512 * 1_024;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** The id of an object as text; null: it has none. */
export function idIn(value: Json | undefined): string | null {
  const id = isObject(value) ? value['id'] : undefined;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return String(id);
  return typeof id === 'string' && /^\d{1,19}$/.test(id) ? id : null;
}

export function textIn(value: Json | undefined, name: string): string {
  const text = isObject(value) ? value[name] : undefined;
  return typeof text === 'string' && text.length <= LONGEST_TEXT ? text : '';
}

export function listIn(value: Json | undefined, name: string): readonly Json[] {
  const list = isObject(value) ? value[name] : undefined;
  return Array.isArray(list) ? (list as readonly Json[]) : [];
}

/** Ids of a list of objects. */
export function idsOf(list: readonly Json[]): readonly HeldId[] {
  return list.map(idIn).flatMap((id) => (id === null ? [] : [heldId(id)]));
}

export function timeIn(value: Json | undefined, name: string): number | null {
  const time = Date.parse(textIn(value, name));
  return Number.isFinite(time) ? time : null;
}

/** An error in a success's clothes: `{"success": false}` with 200. */
export function tellsAnError(body: Json): boolean {
  return isObject(body) && body['success'] === false;
}

/** One object, read by its id: `gone` stays what it is. */
export async function readObject(
  http: CrmHttp,
  path: readonly string[],
): Promise<CallOutcome<{ readonly body: JsonObject; readonly id: string; readonly status: number }>> {
  const outcome = await http.request({ verb: 'read', method: 'GET', path });
  if (outcome.kind !== 'applied') return outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
  const { status, body } = outcome.value;
  const id = idIn(body);
  return status === 200 && isObject(body) && id !== null && !tellsAnError(body)
    ? { kind: 'applied', value: { body, id, status } }
    : unexpected('a read', status);
}

/** A write that answers whether it was done, and nothing else. */
export async function done(http: CrmHttp, request: CrmRequest): Promise<CallOutcome<null>> {
  const outcome = await http.request(request);
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  return tellsAnError(body) ? unexpected('a write', status) : { kind: 'applied', value: null };
}

interface Listing {
  readonly verb: 'find' | 'list';
  readonly path: readonly string[];
  readonly query?: Readonly<Record<string, string>>;
  /** No more than so many are wanted. */
  readonly most?: number;
  /** A list of what a record has tells whether the record is there. */
  readonly isOfRecord?: boolean;
}

/** All items of a list, page by page. One that was cut short is never taken for all that there is. */
export async function listAll(
  http: CrmHttp,
  { verb, path, query = {}, most = Number.POSITIVE_INFINITY, isOfRecord = false }: Listing,
): Promise<CallOutcome<readonly Json[]>> {
  const all: Json[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const outcome = await http.request({
      verb,
      method: 'GET',
      path,
      query: { ...query, page: String(page), pagesize: String(ASSUMED_PAGE_SIZE) },
    });
    if (outcome.kind !== 'applied')
      return isOfRecord && outcome.kind === 'gone' ? outcome : notAnAbsence(outcome);
    const items = itemsIn(outcome.value);
    if (items === null) return unexpected('a list', outcome.value.status);
    all.push(...items);
    if (all.length >= most || !hasMore(outcome.value.body, page, items.length)) {
      return { kind: 'applied', value: all.slice(0, most) };
    }
  }
  return unexpected('a list without an end', 200);
}

function itemsIn({ status, body }: CrmAnswer): readonly Json[] | null {
  if (status !== 200 || !isObject(body) || tellsAnError(body)) return null;
  const items = body['items'];
  return Array.isArray(items) ? (items as readonly Json[]) : null;
}

/** Some lists tell how many pages there are, others only the next one's address. */
function hasMore(body: Json, page: number, items: number): boolean {
  if (items === 0 || !isObject(body)) return false;
  const { totalPages, urls } = body;
  if (typeof totalPages === 'number') return page < totalPages;
  return isObject(urls ?? null) && textIn(urls, 'next') !== '';
}

/** No key is shared by so many: a search that finds more has not looked for the key. */
const MOST_HITS = 500;

export function remoteOf(id: string, body: Json): RemoteRecord {
  return { id, version: textIn(body, 'modified') || null };
}

export function tooManyHits(count: number): Failure | null {
  if (count <= MOST_HITS) return null;
  const detail = `The CRM found more than ${MOST_HITS} records with one key, so it has not looked for the key.`;
  return { kind: 'retry_later', code: 'ANSWER_UNEXPECTED', detail, status: 200 };
}

/** The oldest first; ids grow, so where no times are told the least. */
export function oldestFirst(hits: readonly RemoteHit[]): readonly RemoteHit[] {
  return [...hits].sort(
    (one, other) =>
      (one.createdAt ?? Number.POSITIVE_INFINITY) - (other.createdAt ?? Number.POSITIVE_INFINITY) ||
      BY_NUMBER.compare(one.id, other.id),
  );
}

const BY_NUMBER = new Intl.Collator('en', { numeric: true });

/** `2018-05-22T01:12:59+00:00`. */
export function wireTime(millis: number): string {
  return new Date(millis).toISOString().replace(/\.\d+Z$/, '+00:00');
}
