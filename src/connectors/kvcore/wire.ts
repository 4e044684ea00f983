import type { Json, JsonObject } from '../../domain/json.ts';
import type { CallOutcome } from '../../domain/outcome.ts';
import type { CrmAnswer, CrmHttp, CrmRequest } from '../connector.port.ts';
import { ZONE_OF_TIMES } from './assumed.ts';
import { failedAnswers } from '../failed-answers.ts';

export const {
  inAnotherShape: unreadable,
  createWithoutId,
  notAnAbsence,
} = failedAnswers('kvCORE', { keepsWhose: true });

/** As many as one request lists. */
export const PAGE_SIZE = 500;
/** Far more than one office's contacts fill. */
const MOST_PAGES = 400;
const LONGEST_TEXT = 512 * 1_024;

export function isObject(value: Json | undefined): value is JsonObject {
  return typeof value === 'object' && value !== null && !Array.isArray(value);
}

/** An id as text; null: it is none. Numbers may come as texts. */
export function readId(value: Json | undefined): string | null {
  if (typeof value === 'number' && Number.isSafeInteger(value) && value > 0) return String(value);
  return typeof value === 'string' && value !== '' && value !== '0' && value.length <= 64 ? value : null;
}

/** An id in the form in which bodies take it. */
export function sentId(id: string): Json {
  return /^\d{1,15}$/.test(id) ? Number(id) : id;
}

export function readText(value: Json | undefined): string {
  if (typeof value === 'number') return String(value);
  return typeof value === 'string' && value.length <= LONGEST_TEXT ? value : '';
}

/** 1, "1", "Y", true; null: it says nothing. */
export function readFlag(value: Json | undefined): boolean | null {
  if (value === undefined || value === null || value === '') return null;
  return value === true || value === 1 || /^(?:1|y|yes|true)$/i.test(readText(value));
}

/** A list, or one text with commas. */
export function readTexts(value: Json | undefined): readonly string[] {
  const items = Array.isArray(value) ? (value as readonly Json[]).map(readText) : readText(value).split(',');
  return items.map((item) => item.trim()).filter((item) => item !== '');
}

const DAY_AND_TIME = /^(\d{4}-\d\d-\d\d)[ T](\d\d:\d\d:\d\d)(?:\.\d+)?(Z|[+-]\d\d:?\d\d)?$/;
/** Seconds of the years 2001 to 2286. */
const UNIX_SECONDS = /^\d{10}$/;

/** Epoch ms, of a text without a zone, of seconds, of a full time; null: never, or none of them. */
export function readTime(value: Json | undefined): number | null {
  const text = readText(value).trim();
  if (UNIX_SECONDS.test(text)) return Number(text) * 1_000;
  const [, day, time, zone = ZONE_OF_TIMES] = DAY_AND_TIME.exec(text) ?? [];
  if (day === undefined || time === undefined || day.startsWith('0000')) return null;
  const millis = Date.parse(`${day}T${time}${zone}`);
  return Number.isFinite(millis) ? millis : null;
}

/** What tells one state of a record from another, as a time that people read. */
export function readVersion(value: Json | undefined): string | null {
  const millis = readTime(value);
  return millis === null ? null : new Date(millis).toISOString();
}

/** One page of a listing. */
export interface Page {
  readonly items: readonly JsonObject[];
  readonly isLast: boolean;
  /** Of all pages; null: it isn't told. */
  readonly total: number | null;
}

/** In its envelope, or a bare list, which is all that there is unless it is full. Null: this is no listing. */
export function readPage({ status, body }: Pick<CrmAnswer, 'status' | 'body'>): Page | null {
  const data = isObject(body) ? body['data'] : body;
  if (status !== 200 || !Array.isArray(data) || !(data as readonly Json[]).every(isObject)) return null;
  const items = data as readonly JsonObject[];
  if (!isObject(body)) return { items, isLast: items.length < PAGE_SIZE, total: null };
  const [current, last, total] = ['current_page', 'last_page', 'total'].map((name) => numberIn(body[name]));
  const next = body['next_page_url'];
  if (current === undefined || last === undefined) return null;
  const saysMore = typeof next === 'string' && next !== '';
  return { items, isLast: current >= last && !saysMore, total: total ?? null };
}

function numberIn(value: Json | undefined): number | undefined {
  const text = readText(value);
  return /^\d{1,9}$/.test(text) ? Number(text) : undefined;
}

type Listed = Pick<CrmRequest, 'verb' | 'path' | 'query'>;

export async function readPageAt(http: CrmHttp, request: Listed, page: number): Promise<CallOutcome<Page>> {
  const query = { ...request.query, limit: String(PAGE_SIZE), page: String(page) };
  const outcome = await http.request({ ...request, method: 'GET', query });
  if (outcome.kind !== 'applied') return notAnAbsence(outcome);
  const read = readPage(outcome.value);
  return read === null ? unreadable('a listing', outcome.value.status) : { kind: 'applied', value: read };
}

/** Everything of a listing. Cut short, or with more than `most`, it is a failure: it must not be read as all that there is. */
export async function readAll(
  http: CrmHttp,
  request: Listed,
  most = Number.POSITIVE_INFINITY,
): Promise<CallOutcome<readonly JsonObject[]>> {
  const all: JsonObject[] = [];
  for (let page = 1; page <= MOST_PAGES; page += 1) {
    const outcome = await readPageAt(http, request, page);
    if (outcome.kind !== 'applied') return outcome;
    all.push(...outcome.value.items);
    if (all.length > most) return unreadable('a listing of too many', 200);
    if (outcome.value.isLast) return { kind: 'applied', value: all };
  }
  return unreadable('a listing without an end', 200);
}

/** An error in a success's clothes. */
export function tellsAnError(body: Json): boolean {
  return isObject(body) && body['id'] === undefined && (!!body['errors'] || !!body['error']);
}
