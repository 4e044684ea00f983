import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { CrmAnswer, CrmHttp, CrmRequest } from '../connector.port.ts';
import { NOTES_WAIT_FOR_ASSIGNMENT, SAYS_EXPIRED } from './assumed.ts';
import { failedAnswers } from '../failed-answers.ts';

export const {
  inAnotherShape: unreadable,
  createWithoutId,
  notAnAbsence,
} = failedAnswers('Follow Up Boss', { keepsWhose: true });

/** As many as one request lists. */
export const PAGE_SIZE = 100;
/** Far more than one key, or one person's notes, fill. */
const MOST_PAGES = 50;
/** Of all pages of a listing together. */
const MOST_LISTED_BYTES = 16 * 1_024 * 1_024;
const LONGEST_TOKEN = 4_096;
const LONGEST_TEXT = 512 * 1_024;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An id as text; null: it is none. */
export function readId(value: Json | undefined): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value);
  return typeof value === 'string' && value !== '' && value.length <= 64 ? value : null;
}

/** An id in the form in which bodies take it. */
export function sentId(id: string): Json {
  return /^\d{1,15}$/.test(id) ? Number(id) : id;
}

export function readText(value: Json | undefined): string {
  return typeof value === 'string' && value.length <= LONGEST_TEXT ? value : '';
}

export function readObjects(value: Json | undefined): readonly JsonObject[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((item): item is JsonObject => isObject(item))
    : [];
}

export function readTexts(value: Json | undefined): readonly string[] {
  return Array.isArray(value)
    ? (value as readonly Json[]).filter((item): item is string => typeof item === 'string')
    : [];
}

/** Epoch ms; null: it tells no time. */
export function readTime(value: Json | undefined): number | null {
  const millis = typeof value === 'string' ? Date.parse(value) : Number.NaN;
  return Number.isFinite(millis) ? millis : null;
}

/** One page of a listing. */
export interface Page {
  readonly items: readonly JsonObject[];
  readonly total: number | null;
  readonly next: string | null;
  readonly bytes: number;
}

/** The array is called as `_metadata.collection` says. Null: this is no listing. */
export function readPage({ status, body, bytes }: CrmAnswer): Page | null {
  if (status !== 200 || !isObject(body) || !isObject(body['_metadata'])) return null;
  const { collection, total, next } = body['_metadata'];
  const items = typeof collection === 'string' ? body[collection] : undefined;
  if (!Array.isArray(items) || !(items as readonly Json[]).every(isObject)) return null;
  const isLast = next === undefined || next === null || next === false || next === '';
  // What is no mark of a page is not the end of a listing.
  if (!isLast && typeof next !== 'string' && typeof next !== 'number') return null;
  const token = isLast ? '' : String(next);
  if (token.length > LONGEST_TOKEN) return null;
  const count = Number(total ?? Number.NaN);
  return {
    items: items as readonly JsonObject[],
    total: Number.isFinite(count) ? count : null,
    next: token === '' ? null : token,
    bytes: bytes ?? 0,
  };
}

/** What is made of a listing: a page more, or it is enough. */
export type TakePage = (page: Page) => 'more' | 'enough' | Failure;

/** Walks a listing page by page, by the vendor's own marks. Cut short it is a failure: it must not be read as all that there is. */
export async function walk(
  http: CrmHttp,
  request: Pick<CrmRequest, 'verb' | 'path' | 'query'>,
  take: TakePage,
): Promise<CallOutcome<null>> {
  let next: string | null = null;
  let bytes = 0;
  const seen = new Set<string>();
  for (let pages = 0; pages < MOST_PAGES && bytes < MOST_LISTED_BYTES; pages += 1) {
    const query = { ...request.query, limit: String(PAGE_SIZE), ...(next !== null && { next }) };
    const outcome = await http.request({ ...request, method: 'GET', query });
    if (outcome.kind !== 'applied') return notAnAbsence(outcome);
    const page = readPage(outcome.value);
    if (page === null) return unreadable('a listing', outcome.value.status);
    const taken = take(page);
    if (typeof taken !== 'string') return taken;
    if (taken === 'enough' || page.next === null) return { kind: 'applied', value: null };
    if (seen.has(page.next)) break;
    seen.add(page.next);
    next = page.next;
    bytes += page.bytes;
  }
  return unreadable('a listing without an end', 200);
}

/** Everything of a listing. */
export async function readAll(
  http: CrmHttp,
  request: Pick<CrmRequest, 'verb' | 'path' | 'query'>,
): Promise<CallOutcome<readonly JsonObject[]>> {
  const all: JsonObject[] = [];
  const walked = await walk(http, request, ({ items }) => {
    all.push(...items);
    return 'more';
  });
  return walked.kind === 'applied' ? { kind: 'applied', value: all } : walked;
}

/** An error in a success's clothes. */
export function tellsAnError(body: Json): boolean {
  return isObject(body) && body['id'] === undefined && ['errorMessage', 'error'].some((name) => !!body[name]);
}

/**
 * What an answer means, where Follow Up Boss says more than its status: whose a 403 is, and that a note came too early. Everything else is as
 * the host has it (429 with `Retry-After`, 401, 404, 400, 5xx).
 */
export function classifyFubAnswer(answer: CrmAnswer, { path, verb, method }: CrmRequest): Failure | null {
  const [resource] = path;
  if (answer.status === NOTES_WAIT_FOR_ASSIGNMENT && resource === 'notes' && method === 'POST') {
    const detail = 'The person is not there for notes yet: Follow Up Boss is assigning them.';
    return { kind: 'retry_later', code: 'NOT_ASSIGNED_YET', detail, status: answer.status, whose: 'record' };
  }
  if (answer.status !== 403 || answer.headers['retry-after'] !== undefined || !isObject(answer.body))
    return null;
  const { errorMessage, error } = answer.body;
  const said = `${readText(errorMessage)} ${readText(error)}`;
  if (/registered systems/i.test(said)) {
    const detail =
      'Only a system that is registered at Follow Up Boss may do this: FUB_SYSTEM and FUB_SYSTEM_KEY.';
    return rejected('NOT_REGISTERED', detail, 'application');
  }
  if (SAYS_EXPIRED.test(said)) {
    const detail = 'The Follow Up Boss account has expired.';
    return { kind: 'unauthorised', code: 'ACCOUNT_EXPIRED', detail, status: 403, whose: 'account' };
  }
  // Of a listing or of the key itself, it is about more than one record: the host asks what `/identity` says.
  const isOfOneRecord =
    (resource === 'people' || resource === 'deals' || resource === 'notes') && verb !== 'list';
  if (!isOfOneRecord || verb === 'find') return null;
  return rejected(
    'ACCESS_FORBIDDEN',
    'The key’s user may not see or change this record in Follow Up Boss.',
    'record',
  );
}

function rejected(code: string, detail: string, whose: 'record' | 'application'): Failure {
  return { kind: 'rejected', code, detail, status: 403, fields: [], whose };
}
