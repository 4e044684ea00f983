import type { HttpReply } from '../../kit/http/http-reply.ts';
import { jsonReply } from '../../kit/http/http-reply.ts';

/** A refusal of the token endpoint. */
export function oauthError(error: string, description: string): HttpReply {
  return jsonReply(400, { error, error_description: description });
}

export const EXPIRED_GRANT = oauthError('invalid_grant', 'expired access/refresh token');
export const NO_CLIENT = oauthError('invalid_client_id', 'client identifier invalid');
/** Seen on a real org: a wrong or missing secret is a 400. */
export const WRONG_SECRET = oauthError('invalid_client', 'invalid client credentials');
/** The identity URL's words for a token that isn't valid (VERIFIED-3). */
export const BAD_TOKEN: HttpReply = {
  status: 403,
  headers: { 'content-type': 'text/html;charset=utf-8' },
  text: 'Bad_OAuth_Token',
};
