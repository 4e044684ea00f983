import { emptyReply, jsonReply, type HttpReply } from '../kit/http/http-reply.ts';

/** The vendor's error object. */
export function errorReply(
  status: number,
  errorMessage: string,
  headers: Readonly<Record<string, string>> = {},
): HttpReply {
  return jsonReply(status, { errorMessage }, headers);
}

/** As it comes for a key that is missing or not valid, to the letter. */
export const UNAUTHENTICATED = errorReply(
  401,
  'Authentication is required. Use Basic HTTP Authentication with API Key as username and blank password, or use Bearer token authentication.',
  { 'www-authenticate': 'Basic realm="Follow Up Boss API"' },
);

export const NOT_REGISTERED = jsonReply(403, { error: 'Only registered systems can use this endpoint.' });
export const OWNERS_ONLY = errorReply(403, 'Only the account owner may access webhooks.');
export const EXPIRED = errorReply(403, 'This account has expired. Please contact the account owner.');
export const HIDDEN = errorReply(403, 'You do not have permission to access this person.');
export const NO_ROUTE = errorReply(404, 'The requested resource was not found.');

export const invalid = (message: string): HttpReply => errorReply(400, message);

export function missing(what: string): HttpReply {
  return errorReply(404, `${what} not found.`);
}

export function deletedReply(status: 200 | 204): HttpReply {
  return emptyReply(status);
}
