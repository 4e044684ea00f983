import { createHash, createPublicKey, verify } from 'node:crypto';
import { jsonReply, type HttpReply } from '../../kit/http/http-reply.ts';
import type { ReceivedRequest } from '../../kit/http/received-request.ts';
import { INTEGRATION_USER, ORG_ID } from '../org/org-people.ts';
import { textOf, type SfAccount } from '../org/sf-org.ts';
import { EXPIRED_GRANT, NO_CLIENT, oauthError, WRONG_SECRET } from './oauth-reply.ts';
import type { Session, Sessions } from './sessions.ts';
import type { Json } from '../../../domain/json.ts';
import { isJsonObject } from '../../kit/http/json-object.ts';

interface JwtClaims {
  readonly iss: string;
  readonly sub: string;
  readonly aud: readonly string[];
  /** Seconds. */
  readonly exp: number;
}

/** An assertion's claims, unverified; null: it is no JWT with RS256. */
function claimsOf(assertion: string): JwtClaims | null {
  const [head = '', body = '', ...rest] = assertion.split('.');
  const [header, claims] = [decoded(head), decoded(body)];
  if (rest.length !== 1 || !isJsonObject(header) || !isJsonObject(claims)) return null;
  const { iss, sub, prn, aud, exp } = claims;
  const subject = sub ?? prn;
  if (header['alg'] !== 'RS256' || typeof iss !== 'string' || typeof subject !== 'string') return null;
  // A number, also as text (simple-salesforce).
  if (exp === undefined || !Number.isFinite(Number(exp))) return null;
  const audiences: readonly Json[] = Array.isArray(aud) ? (aud as readonly Json[]) : [aud ?? ''];
  return { iss, sub: subject, aud: audiences.map(String), exp: Number(exp) };
}

/** Whether the key's owner signed it. */
function isSignedBy(assertion: string, publicKey: string): boolean {
  const end = assertion.lastIndexOf('.');
  const signature = Buffer.from(assertion.slice(end + 1), 'base64url');
  return verify('RSA-SHA256', Buffer.from(assertion.slice(0, end)), createPublicKey(publicKey), signature);
}

function decoded(part: string): Json | undefined {
  try {
    return JSON.parse(Buffer.from(part, 'base64url').toString('utf8')) as Json;
  } catch (error) {
    if (error instanceof SyntaxError) return undefined;
    throw error;
  }
}

const JWT_BEARER = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

interface TokenCall {
  readonly form: URLSearchParams;
  readonly origin: string;
  readonly clientId: string;
  readonly clientSecret: string;
}

/** Who gives tokens: the org, by what it remembers. */
interface Issuer extends SfAccount {
  readonly sessions: Sessions;
}

/** `POST /services/oauth2/token`. */
export function createTokenEndpoint(account: SfAccount, sessions: Sessions) {
  const { now } = account;
  const issuer: Issuer = { ...account, sessions };

  const withoutRefresh = (session: Session, { origin }: TokenCall): HttpReply =>
    jsonReply(200, {
      ...sharedOf(session, origin),
      scope: 'api',
      ...signed(now()),
      api_instance_url: origin,
    });

  return (request: ReceivedRequest, origin: string): HttpReply => {
    if (request.method !== 'POST') return oauthError('invalid_request', 'must use HTTP POST');
    const call = tokenCallOf(request, origin);
    switch (call.form.get('grant_type')) {
      case 'client_credentials': {
        const key = appOf(issuer, call, true);
        return typeof key === 'string' ? withoutRefresh(sessions.open(key, INTEGRATION_USER), call) : key;
      }
      case JWT_BEARER:
        return byJwt(issuer, call);
      case 'authorization_code':
        return byCode(issuer, call);
      case 'refresh_token':
        return byRefreshToken(issuer, call);
      case 'password':
        // Off by default since Summer '23 (verified).
        return oauthError('invalid_grant', 'authentication failure');
      case null:
        return oauthError('invalid_request', 'grant type is required');
      default:
        return oauthError('unsupported_grant_type', 'grant type not supported');
    }
  };
}

/** What a form says; the client's name and secret come in it or as Basic. */
function tokenCallOf(request: ReceivedRequest, origin: string): TokenCall {
  const form = formOf(request);
  const basic = /^Basic +([\w+/=-]+)$/i.exec(request.headers.authorization ?? '')?.[1];
  const [id = '', ...secret] = Buffer.from(basic ?? '', 'base64')
    .toString('utf8')
    .split(':');
  return {
    form,
    origin,
    clientId: form.get('client_id') ?? id,
    clientSecret: form.get('client_secret') ?? secret.join(':'),
  };
}

/** A form's members, from the body or, as the vendor takes them too, the query. */
export function formOf({ body, query }: ReceivedRequest): URLSearchParams {
  return new URLSearchParams(body.kind === 'text' ? body.text : query);
}

export const challengeOf = (verifier: string): string =>
  createHash('sha256').update(verifier).digest('base64url');

function sharedOf({ token, userId }: Session, origin: string) {
  return {
    access_token: token,
    instance_url: origin,
    id: `${origin}/id/${ORG_ID}/${userId}`,
    token_type: 'Bearer',
  };
}

function signed(now: number) {
  return {
    issued_at: String(now),
    signature: createHash('sha256').update(String(now)).digest('base64'),
  };
}

/** The app that a call is of; or what is wrong with what it says. */
function appOf(
  issuer: Issuer,
  { clientId, clientSecret }: TokenCall,
  isSecretNeeded: boolean,
): string | HttpReply {
  const key = issuer.sessions.keyOf(clientId);
  if (key === null) return clientId === '' ? WRONG_SECRET : NO_CLIENT;
  if (clientSecret === '' ? isSecretNeeded : clientSecret !== key) return WRONG_SECRET;
  return key;
}

/** No refresh token, no `issued_at` (verified). */
function byJwt(issuer: Issuer, call: TokenCall): HttpReply {
  const assertion = call.form.get('assertion') ?? '';
  const claims = claimsOf(assertion);
  const { publicKey, jwtAudiences } = issuer.settings();
  if (claims === null) return oauthError('invalid_grant', 'invalid assertion');
  const key = issuer.sessions.keyOf(claims.iss);
  if (key === null) return NO_CLIENT;
  if (publicKey === null || !isSignedBy(assertion, publicKey))
    return oauthError('invalid_grant', 'invalid assertion');
  const audiences = [call.origin, ...jwtAudiences];
  if (!claims.aud.some((aud) => audiences.includes(aud.replace(/\/$/, ''))))
    return oauthError('invalid_grant', 'audience is invalid');
  // However far ahead: Salesforce's own CLI tells milliseconds as seconds, and is taken.
  if (claims.exp * 1_000 <= issuer.now()) return oauthError('invalid_grant', 'expired authorization code');
  const user = issuer.store.all('User').find(({ fields }) => textOf(fields['Username']) === claims.sub);
  if (user === undefined) return oauthError('invalid_grant', "user hasn't approved this consumer");
  const session = issuer.sessions.open(key, user.id);
  return jsonReply(200, { ...sharedOf(session, call.origin), scope: 'web api' });
}

function byCode(issuer: Issuer, call: TokenCall): HttpReply {
  const code = issuer.sessions.takeCode(call.form.get('code') ?? '');
  const key = appOf(issuer, call, code?.challenge == null);
  if (typeof key !== 'string') return key;
  if (code === null || code.key !== key) return oauthError('invalid_grant', 'expired authorization code');
  if (call.form.get('redirect_uri') !== code.redirectUri)
    return oauthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
  const verifier = call.form.get('code_verifier') ?? '';
  if (code.challenge !== null && challengeOf(verifier) !== code.challenge)
    return oauthError('invalid_grant', 'invalid code verifier');
  const grant = issuer.sessions.openGrant(key, code.userId);
  return withRefresh(issuer, issuer.sessions.open(key, code.userId, grant), call, grant.current);
}

/** Rotates where the app is set so; a token that was used before ends everything that came of it (verified). */
function byRefreshToken(issuer: Issuer, call: TokenCall): HttpReply {
  const key = appOf(issuer, call, false);
  if (typeof key !== 'string') return key;
  const used = call.form.get('refresh_token') ?? '';
  const grant = issuer.sessions.grantOf(used);
  if (grant === null || grant.key !== key) return EXPIRED_GRANT;
  if (grant.current !== used) {
    issuer.sessions.endGrant(grant);
    return EXPIRED_GRANT;
  }
  const { refreshRotation } = issuer.settings();
  if (refreshRotation) issuer.sessions.rotate(grant);
  return withRefresh(
    issuer,
    issuer.sessions.open(key, grant.userId, grant),
    call,
    refreshRotation ? grant.current : null,
  );
}

function withRefresh(
  issuer: Issuer,
  session: Session,
  { origin }: TokenCall,
  refreshToken: string | null,
): HttpReply {
  return jsonReply(200, {
    ...sharedOf(session, origin),
    scope: 'refresh_token api',
    ...signed(issuer.now()),
    ...(refreshToken !== null && { refresh_token: refreshToken }),
  });
}
