import type { Json } from '../domain/json.ts';
import type { AnswerSign, BodyForm } from '../domain/outcome.ts';
import { parseJson } from './parse-json.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { OutboundResponse } from './transport.port.ts';

const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json[\t ]*(?:;|$)/i;
const HTML_TYPE = /^(?:text\/html|application\/xhtml\+xml)[\t ]*(?:;|$)/i;
/** How a page begins, whatever it is called: a declaration and comments may come first. */
const PAGE_START = /^\s*(?:<\?xml[^>]*>\s*)?(?:<!--.*?-->\s*)*<(?:!doctype\s+html|html|head|body)\b/is;
/** Enough to see how a page begins. */
const START_BYTES = 1_024;

export interface ReadAnswer {
  readonly sign: AnswerSign;
  /** Null for an empty body, and for one that is no JSON. */
  readonly body: Json;
}

/**
 * What an answer is by itself: the form of its body, and what it says about waiting.
 *
 * @param now epoch milliseconds, for a `retry-after` that names a date
 */
export function readAnswer({ status, headers, body }: OutboundResponse, now: number): ReadAnswer {
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  const read = readBody(status, headers['content-type'] ?? '', body);
  return {
    body: read.value,
    sign: { status, form: read.form, retryAfterMs, limited: namesALimit(read.value) },
  };
}

function readBody(
  status: number,
  type: string,
  bytes: Uint8Array,
): { readonly form: BodyForm; readonly value: Json } {
  if (bytes.length === 0) return { form: 'empty', value: null };
  if (HTML_TYPE.test(type)) return { form: 'html', value: null };
  if (JSON_TYPE.test(type)) {
    const parsed = parseJson(bytes);
    if (parsed.ok) {
      return isOwnForm(status, parsed.value)
        ? { form: 'json', value: parsed.value }
        : { form: 'broken', value: null };
    }
  }
  const start = new TextDecoder().decode(bytes.subarray(0, START_BYTES));
  if (PAGE_START.test(start)) return { form: 'html', value: null };
  return { form: JSON_TYPE.test(type) ? 'broken' : 'text', value: null };
}

/** An error is an object, or a list of them; a bare text or number in its place is what gateways write. */
function isOwnForm(status: number, value: Json): boolean {
  if (status >= 200 && status < 300) return true;
  return isObject(value) || (isList(value) && value.length > 0 && value.every(isObject));
}

const CODE_NAMES = ['code', 'errorCode', 'error_code', 'error', 'type', 'reason', 'status', 'name'];
const LIST_NAMES = ['errors', 'error', 'fault', 'details'];
/** In a code's letters and digits alone: a limit on requests, not on what a record may hold. */
const LIMIT =
  /^429$|toomanyrequests|throttl|(?:request|rate|call|concurrency|usage|daily|hourly|user|project)s?limit|limitofrequests|quotaexceeded|exceededquota/;
const LONGEST_CODE = 80;
const MOST_ENTRIES = 20;

/** Whether a code in the body says that too much was asked: in any of the shapes that errors have, at most two deep. */
function namesALimit(body: Json, depth = 0): boolean {
  if (isList(body))
    return depth < 3 && body.slice(0, MOST_ENTRIES).some((item) => namesALimit(item, depth + 1));
  if (!isObject(body)) return false;
  if (CODE_NAMES.some((name) => isLimitCode(own(body, name)))) return true;
  return depth < 2 && LIST_NAMES.some((name) => namesALimit(own(body, name), depth + 1));
}

function isLimitCode(value: Json): boolean {
  if (typeof value === 'number') return value === 429;
  if (typeof value !== 'string' || value.length > LONGEST_CODE) return false;
  return LIMIT.test(value.toLowerCase().replace(/[^a-z0-9]/g, ''));
}

function own(object: { readonly [name: string]: Json }, name: string): Json {
  return Object.hasOwn(object, name) ? (object[name] ?? null) : null;
}

function isList(value: Json): value is readonly Json[] {
  return Array.isArray(value);
}

function isObject(value: Json): value is { readonly [name: string]: Json } {
  return value !== null && typeof value === 'object' && !Array.isArray(value);
}
