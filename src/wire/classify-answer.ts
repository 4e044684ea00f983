import type { CrmAnswer, CrmVerb } from '../connectors/connector.port.ts';
import { isLimit } from '../domain/deciding/whose-refusal.ts';
import type { Json } from '../domain/json.ts';
import { isForeign, type AnswerSign, type CallOutcome, type Failure } from '../domain/outcome.ts';
import { readFieldErrors } from './parsing/field-errors.ts';
import { readAnswer } from './read-answer.ts';
import type { OutboundResult } from './transport.port.ts';

/** Answers that ask to come back, though they begin with a 4. */
const COME_BACK = new Set([408, 423, 425]);
const TOO_MUCH = 'The answer holds more than is ever read of one.';
const NO_PUBLIC_ADDRESS = 'The host has no public address on the internet.';

/**
 * What the end of a call means by itself, as `CrmHttp` promises it; whose refusal it is takes more than this one answer
 * (`whose-refusal.ts`), and what it told is on the failure. Whatever may or may not have taken effect is `ambiguous` for a create alone:
 * reading twice, or writing the same fields to the same record twice, harms nobody and is `retry_later`. What isn't the CRM's own
 * (a redirect, a page, text) is never a refusal, nor an absence. For `verify` any 2xx will do that is no page.
 *
 * Codes: those of `OutboundResult`, and `CREDENTIALS_REFUSED`, `ACCESS_FORBIDDEN`, `NOT_FOUND`, `GONE`, `TOO_MANY_REQUESTS`,
 * `LIMIT_REACHED`, `HOST_NOT_REACHABLE` (for two of them), `CONFLICT`, `REDIRECT_REFUSED`, `FOREIGN_ANSWER`, `REFUSED_BY_CRM`,
 * `ASKED_TO_RETRY`, `CRM_FAILED`, `ANSWER_NOT_JSON`, `ANSWER_UNREADABLE`.
 *
 * @param now epoch milliseconds, for a `retry-after` that names a date
 * @param ask what the connector makes of an answer, asked first; null: what is said here. A body that is no JSON is null for it
 * @param answers the type of text that a success has in JSON's place
 */
export function classifyAnswer(
  result: OutboundResult,
  verb: CrmVerb,
  now: number,
  ask: (answer: CrmAnswer) => Failure | null = () => null,
  answers?: string,
): CallOutcome<CrmAnswer> {
  switch (result.kind) {
    case 'response': {
      const { status, headers } = result;
      const { sign, body, isTooMuch } = readAnswer(result, verb, now, answers);
      // Nobody knows what it says, so it says nothing of its own: no sign of it.
      if (isTooMuch) return uncertain(verb, 'ANSWER_TOO_LARGE', TOO_MUCH, status);
      const answer: CrmAnswer = { status, headers, body, bytes: result.body.length };
      const outcome = ask(answer) ?? classifyResponse(answer, sign, verb);
      return outcome.kind === 'applied' ? outcome : { ...outcome, answer: sign };
    }
    case 'no_answer':
      return uncertain(verb, result.code, result.detail, null);
    case 'not_sent':
      return notSent(result);
  }
}

function notSent({ code, detail }: Extract<OutboundResult, { kind: 'not_sent' }>): Failure {
  switch (code) {
    case 'CONNECTION_CHANGED':
    case 'CLAIM_EXPIRED':
    case 'LEASE_LOST':
    case 'STOPPING':
      return { kind: 'withheld', code, detail };
    // Whoever reads this may have named the host: it must not tell what the names of a private network are.
    case 'HOST_REFUSED':
    case 'HOST_NOT_FOUND':
      return { kind: 'retry_later', code: 'HOST_NOT_REACHABLE', detail: NO_PUBLIC_ADDRESS, status: null };
    default:
      return { kind: 'retry_later', code, detail, status: null };
  }
}

function classifyResponse(answer: CrmAnswer, sign: AnswerSign, verb: CrmVerb): CallOutcome<CrmAnswer> {
  const { status, body } = answer;
  const detail = `The CRM answered ${status}.`;
  if (status === 429) {
    return { kind: 'rate_limited', code: 'TOO_MANY_REQUESTS', detail, retryAfterMs: sign.retryAfterMs };
  }
  if (isLimit(sign)) {
    return { kind: 'rate_limited', code: 'LIMIT_REACHED', detail, retryAfterMs: sign.retryAfterMs };
  }
  if (verb === 'verify') {
    if (isTaken(sign)) return { kind: 'applied', value: answer };
    if ((status === 401 || status === 403) && sign.form !== 'html') return refused(status, detail, body);
  }
  if (isForeign(sign)) return foreign(status, verb);
  if (status >= 200 && status < 300) return { kind: 'applied', value: answer };
  if (status === 401 || status === 403) return refused(status, detail, body);
  // What has no id yet can't be gone.
  if (status === 404 && verb === 'create') return { kind: 'retry_later', code: 'NOT_FOUND', detail, status };
  if (status === 404) return { kind: 'gone', code: 'NOT_FOUND', detail };
  if (status === 410 && verb === 'create') return { kind: 'retry_later', code: 'GONE', detail, status };
  if (status === 410) return { kind: 'gone', code: 'GONE', detail };
  if (COME_BACK.has(status)) return { kind: 'retry_later', code: 'ASKED_TO_RETRY', detail, status };
  if (status >= 400 && status < 500) {
    const code = status === 409 ? 'CONFLICT' : 'REFUSED_BY_CRM';
    return { kind: 'rejected', code, detail, status, fields: readFieldErrors(body) };
  }
  if (status >= 500 && status < 600) return uncertain(verb, 'CRM_FAILED', detail, status);
  return uncertain(verb, 'ANSWER_UNREADABLE', detail, status);
}

/** Whether `verify` was answered as one that is taken: the documents promise a status, and no body. */
function isTaken({ status, form }: AnswerSign): boolean {
  return status >= 200 && status < 300 && form !== 'html';
}

function refused(status: number, detail: string, body: Json): Failure {
  const code = status === 401 ? 'CREDENTIALS_REFUSED' : 'ACCESS_FORBIDDEN';
  return { kind: 'unauthorised', code, detail, status, fields: readFieldErrors(body) };
}

/** Something before the CRM answered, or the CRM in another's clothes. Whether it also passed the request on, nobody knows. */
function foreign(status: number, verb: CrmVerb): Failure {
  if (status >= 300 && status < 400) {
    return uncertain(verb, 'REDIRECT_REFUSED', `The CRM answered ${status}, a redirect.`, status);
  }
  const detail = `The CRM answered ${status} with something else than JSON.`;
  if (status < 300) return uncertain(verb, 'ANSWER_NOT_JSON', detail, status);
  if (status >= 600) return uncertain(verb, 'ANSWER_UNREADABLE', detail, status);
  return uncertain(verb, status >= 500 ? 'CRM_FAILED' : 'FOREIGN_ANSWER', detail, status);
}

function uncertain(verb: CrmVerb, code: string, detail: string, status: number | null): Failure {
  return { kind: verb === 'create' ? 'ambiguous' : 'retry_later', code, detail, status };
}
