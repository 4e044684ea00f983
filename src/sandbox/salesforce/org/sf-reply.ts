import type { Json, JsonObject } from '../../../domain/json.ts';
import { emptyReply, jsonReply, type HttpReply } from '../../kit/http/http-reply.ts';

/** One thing that is wrong with a request, as the vendor words it. */
export interface SfFailure {
  readonly errorCode: string;
  readonly message: string;
  /** Absent: the error names none. */
  readonly fields?: readonly string[];
  readonly duplicateResult?: Json;
}

/** An answer whose body other answers may hold. */
export interface SfReply {
  readonly status: number;
  /** Absent: none. */
  readonly body?: Json;
  readonly headers?: Readonly<Record<string, string>>;
  /** In place of JSON. */
  readonly csv?: string;
}

export const ok = (body: Json, status = 200): SfReply => ({ status, body });
export const DONE: SfReply = { status: 204 };

export function failed(status: number, ...failures: readonly SfFailure[]): SfReply {
  return { status, body: failures.map(failureWire) };
}

/** As it stands in an answer's array. */
export function failureWire({ errorCode, message, fields, duplicateResult }: SfFailure): JsonObject {
  return {
    message,
    errorCode,
    ...(fields !== undefined && { fields: [...fields] }),
    ...(duplicateResult !== undefined && { duplicateResult }),
  };
}

/** As it stands in an item of a collection. */
export function itemFailure({ errorCode, message, fields = [] }: SfFailure): JsonObject {
  return { statusCode: errorCode, message, fields: [...fields] };
}

export const failure = (errorCode: string, message: string, ...fields: readonly string[]): SfFailure =>
  fields.length === 0 ? { errorCode, message } : { errorCode, message, fields };

export const NOT_FOUND = failed(404, failure('NOT_FOUND', 'The requested resource does not exist'));
export const INVALID_SESSION = failed(401, failure('INVALID_SESSION_ID', 'Session expired or invalid'));
export const NOT_ALLOWED = (method: string): SfReply =>
  failed(405, failure('METHOD_NOT_ALLOWED', `HTTP Method '${method}' not allowed. Allowed are HEAD,GET`));
export const NO_JSON = failed(
  400,
  failure('JSON_PARSER_ERROR', 'Unexpected character at [line:1, column:1]'),
);

export function httpReply({ status, body, csv, headers = {} }: SfReply): HttpReply {
  if (csv !== undefined)
    return { status, headers: { 'content-type': 'text/csv; charset=utf-8', ...headers }, text: csv };
  return body === undefined
    ? emptyReply(status, headers)
    : jsonReply(status, body, { 'content-type': 'application/json;charset=UTF-8', ...headers });
}
