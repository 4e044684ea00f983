import type { CrmAnswer, CrmVerb } from '../connectors/connector.port.ts';
import type { CallOutcome, Failure } from '../domain/outcome.ts';
import { readFieldErrors } from './field-errors.ts';
import { type ParsedJson, parseJson } from './parse-json.ts';
import { parseRetryAfter } from './retry-after.ts';
import type { OutboundResponse, OutboundResult } from './transport.port.ts';

/** Answers that ask to come back, though they begin with a 4. */
const COME_BACK = new Set([408, 423, 425]);
const NO_PUBLIC_ADDRESS = 'The host has no public address on the internet.';
const JSON_TYPE = /^(?:application|text)\/(?:[\w.-]+\+)?json[\t ]*(?:;|$)/i;

/**
 * What the end of a call means, as `CrmHttp` promises it. Whatever may or may not have taken effect is `ambiguous` for a
 * create alone: reading twice, or writing the same fields to the same record twice, harms nobody and is `retry_later`.
 *
 * Codes: those of `OutboundResult`, and `CREDENTIALS_REFUSED`, `ACCESS_FORBIDDEN`, `NOT_FOUND`, `GONE`, `TOO_MANY_REQUESTS`,
 * `HOST_NOT_REACHABLE` (for two of them), `CONFLICT`, `REDIRECT_REFUSED`, `REFUSED_BY_CRM`, `ASKED_TO_RETRY`, `CRM_FAILED`, `ANSWER_NOT_JSON`, `ANSWER_UNREADABLE`.
 *
 * @param now epoch milliseconds, for a `retry-after` that names a date
 * @param ask what the connector makes of an answer, asked first; null: what is said here. A body that is no JSON is null for it
 */
export function classifyAnswer(
  result: OutboundResult,
  verb: CrmVerb,
  now: number,
  ask: (answer: CrmAnswer) => Failure | null = () => null,
): CallOutcome<CrmAnswer> {
  switch (result.kind) {
    case 'response': {
      const { status, headers } = result;
      const read = readBody(result);
      const answer: CrmAnswer = { status, headers, body: read.ok ? read.value : null };
      return ask(answer) ?? classifyResponse(answer, read.ok, verb, now);
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

function classifyResponse(
  answer: CrmAnswer,
  isReadable: boolean,
  verb: CrmVerb,
  now: number,
): CallOutcome<CrmAnswer> {
  const { status, headers, body } = answer;
  const detail = `The CRM answered ${status}.`;
  if (status >= 200 && status < 300) {
    if (isReadable) return { kind: 'applied', value: answer };
    const text = `The CRM answered ${status} with something else than JSON.`;
    return uncertain(verb, 'ANSWER_NOT_JSON', text, status);
  }
  if (status >= 300 && status < 400) {
    return { kind: 'rejected', code: 'REDIRECT_REFUSED', detail, status, fields: [] };
  }
  if (status === 401) return { kind: 'unauthorised', code: 'CREDENTIALS_REFUSED', detail, status };
  if (status === 403) return { kind: 'unauthorised', code: 'ACCESS_FORBIDDEN', detail, status };
  if (status === 404) return { kind: 'gone', code: 'NOT_FOUND', detail };
  if (status === 410) return { kind: 'gone', code: 'GONE', detail };
  if (status === 429) {
    const retryAfterMs = parseRetryAfter(headers['retry-after'], now);
    return { kind: 'rate_limited', code: 'TOO_MANY_REQUESTS', detail, retryAfterMs };
  }
  if (COME_BACK.has(status)) return { kind: 'retry_later', code: 'ASKED_TO_RETRY', detail, status };
  if (status >= 400 && status < 500) {
    const code = status === 409 ? 'CONFLICT' : 'REFUSED_BY_CRM';
    return { kind: 'rejected', code, detail, status, fields: readFieldErrors(body) };
  }
  if (status >= 500 && status < 600) return uncertain(verb, 'CRM_FAILED', detail, status);
  return uncertain(verb, 'ANSWER_UNREADABLE', detail, status);
}

function readBody({ headers, body }: OutboundResponse): ParsedJson {
  if (body.length === 0) return { ok: true, value: null };
  return JSON_TYPE.test(headers['content-type'] ?? '') ? parseJson(body) : { ok: false };
}

function uncertain(verb: CrmVerb, code: string, detail: string, status: number | null): Failure {
  return { kind: verb === 'create' ? 'ambiguous' : 'retry_later', code, detail, status };
}
