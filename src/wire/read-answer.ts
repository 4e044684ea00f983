import type { Json } from '../domain/json.ts';
import type { AnswerSign, BodyForm } from '../domain/outcome.ts';
import type { CrmVerb } from '../connectors/connector.port.ts';
import { answerLimits, REFUSAL_VALUES } from './answer-limits.ts';
import { isList, isObject, own } from './parsing/json-shapes.ts';
import { parseJson } from './parsing/parse-json.ts';
import { parseRetryAfter } from './parsing/retry-after.ts';
import type { OutboundResponse } from './transport.port.ts';

const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json[\t ]*(?:;|$)/i;
const HTML_TYPE = /^(?:text\/html|application\/xhtml\+xml)[\t ]*(?:;|$)/i;
/** Enough to see how a page begins. */
const START_BYTES = 1_024;

export interface ReadAnswer {
  readonly sign: AnswerSign;
  /** Null for an empty body, for one that is no JSON, and for one that nobody reads. */
  readonly body: Json;
  /** A success that may be JSON, of more than is read. */
  readonly isTooMuch: boolean;
}

/**
 * What an answer is by itself: the form of its body, and what it says about waiting.
 *
 * @param now epoch milliseconds, for a `retry-after` that names a date
 * @param answers the type of text that a success has in JSON's place: its body is that text
 */
export function readAnswer(
  answer: OutboundResponse,
  verb: CrmVerb,
  now: number,
  answers?: string,
): ReadAnswer {
  const { status, headers } = answer;
  const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
  const { form, value = null, isTooMuch = false } = readBody(answer, verb, answers);
  return { body: value, isTooMuch, sign: { status, form, retryAfterMs, limited: namesALimit(value) } };
}

interface ReadBody {
  readonly form: BodyForm;
  readonly value?: Json;
  readonly isTooMuch?: boolean;
}

function readBody(
  { status, headers, body, isCut }: OutboundResponse,
  verb: CrmVerb,
  answers: string | undefined,
): ReadBody {
  const type = headers['content-type'] ?? '';
  if (body.length === 0) return { form: 'empty' };
  if (HTML_TYPE.test(type)) return { form: 'html' };
  const isJson = JSON_TYPE.test(type);
  const isSuccess = status >= 200 && status < 300;
  if (isSuccess && answers !== undefined && mediaType(type) === answers)
    return { form: 'json', value: new TextDecoder().decode(body), isTooMuch: isCut === true };
  // Its status says all that a probe is asked for.
  const isRead = isJson && isCut !== true && !(isSuccess && verb === 'verify');
  const parsed = isRead ? parseJson(body, isSuccess ? answerLimits(verb).values : REFUSAL_VALUES) : null;
  if (parsed?.ok) {
    return isOwnForm(status, parsed.value) ? { form: 'json', value: parsed.value } : { form: 'broken' };
  }
  const start = new TextDecoder().decode(body.subarray(0, START_BYTES));
  if (isPageStart(start)) return { form: 'html' };
  if (!isJson) return { form: 'text' };
  const isUnread = parsed === null || parsed.isTooMuch === true;
  if (!isUnread) return { form: 'broken' };
  return {
    form: startsAsOwn(start, isSuccess) ? 'json' : 'broken',
    isTooMuch: isSuccess && verb !== 'verify',
  };
}

function mediaType(type: string): string {
  return (type.split(';')[0] ?? '').trim().toLowerCase();
}

/** As `isOwnForm`, of what nobody reads to its end. */
function startsAsOwn(start: string, isSuccess: boolean): boolean {
  return isSuccess || /^\ufeff?\s*(?:\{|\[\s*\{)/.test(start);
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

/**
 * Whether a text begins as a page does, whatever it is called: a declaration and comments may come first. Read step by step: one pattern for
 * all of it tries every way to part a row of comments, and there are as many as atoms.
 */
function isPageStart(text: string): boolean {
  let at = afterBlanks(text, 0);
  if (text.slice(at, at + 5).toLowerCase() === '<?xml') {
    const end = text.indexOf('>', at);
    if (end < 0) return false;
    at = afterBlanks(text, end + 1);
  }
  while (text.startsWith('<!--', at)) {
    const end = text.indexOf('-->', at + 4);
    if (end < 0) return false;
    at = afterBlanks(text, end + 3);
  }
  return TAG.test(text.slice(at, at + LONGEST_TAG));
}

const TAG = /^<(?:!doctype\s+html|html|head|body)\b/i;
/** With some blanks between its words. */
const LONGEST_TAG = 64;

function afterBlanks(text: string, from: number): number {
  let at = from;
  while (at < text.length && /\s/.test(text.charAt(at))) at += 1;
  return at;
}
