import type { JsonObject } from '../../domain/json.ts';
import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';

/** `{"errors": ["..."]}`. */
export function errorReply(
  status: number,
  message: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return jsonReply(status, { errors: [message] }, headers);
}

/** `{"errors": {"email": ["..."]}}`, of a body that isn't valid. */
export function invalid(problems: Readonly<Record<string, string>>): HttpReply {
  const errors: JsonObject = Object.fromEntries(
    Object.entries(problems).map(([field, message]) => [field, [message]]),
  );
  return jsonReply(422, { errors });
}

/** To the letter. */
export const UNAUTHENTICATED = errorReply(401, 'Authentication Failed');
export const OUT_OF_SCOPE = errorReply(403, 'This token may not be used for this.');
export const NO_ROUTE = errorReply(404, 'Not Found');
export const NOT_JSON = errorReply(400, 'Content-Type: application/json and Accept are required.');

export function missing(what: string): HttpReply {
  return errorReply(404, `${what} not found`);
}

export function deletedReply(status: 200 | 204): HttpReply {
  return status === 204 ? emptyReply(204) : jsonReply(200, {});
}
