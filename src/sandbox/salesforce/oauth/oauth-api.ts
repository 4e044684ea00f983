import { emptyReply, jsonReply, type HttpReply } from '../../kit/http/http-reply.ts';
import type { ReceivedRequest } from '../../kit/http/received-request.ts';
import { ORG_ID, ORG_USER } from '../org/org-people.ts';
import { textOf, type SfAccount } from '../org/sf-org.ts';
import { BAD_TOKEN, oauthError } from './oauth-reply.ts';
import type { Sessions } from './sessions.ts';
import { createTokenEndpoint, formOf } from './token-endpoint.ts';

const CODE_MS = 900_000;

export type OauthRoute = (request: ReceivedRequest, origin: string) => HttpReply;

interface Issuer {
  readonly account: SfAccount;
  readonly sessions: Sessions;
}

/** Everything below `/services/oauth2`, and the identity URL. */
export function createOauthApi(account: SfAccount, sessions: Sessions): Readonly<Record<string, OauthRoute>> {
  const token = createTokenEndpoint(account, sessions);
  const issuer: Issuer = { account, sessions };

  function revoke(request: ReceivedRequest): HttpReply {
    const form = formOf(request);
    if (sessions.end(form.get('token') ?? '')) return emptyReply(200);
    const text = 'error=unsupported_token_type&error_description=this+token+is+not+supported';
    return { status: 400, headers: { 'content-type': 'application/x-www-form-urlencoded' }, text };
  }

  function introspect(request: ReceivedRequest): HttpReply {
    const session = sessions.of(formOf(request).get('token') ?? '');
    if (session === null) return jsonReply(200, { active: false });
    const { expiresAt, userId } = session;
    return jsonReply(200, { active: true, scope: 'api', sub: userId, exp: Math.floor(expiresAt / 1_000) });
  }

  return {
    '/services/oauth2/token': token,
    '/services/oauth2/authorize': (request) => authorize(issuer, request),
    '/services/oauth2/revoke': revoke,
    '/services/oauth2/introspect': introspect,
    '/services/oauth2/userinfo': (request, origin) => identity(issuer, request, origin),
    '/id': (request, origin) => identity(issuer, request, origin),
  };
}

/** What a request brings as its session. */
export function tokenOf({ headers }: ReceivedRequest): string | null {
  return /^(?:Bearer|OAuth) +(\S+) *$/i.exec(headers.authorization ?? '')?.[1] ?? null;
}

/** Somebody who is signed in approves at once, and goes back with a code. */
function authorize(issuer: Issuer, { query, method, body }: ReceivedRequest): HttpReply {
  const form = new URLSearchParams(method === 'POST' && body.kind === 'text' ? body.text : query);
  const key = issuer.sessions.keyOf(form.get('client_id') ?? '');
  const redirectUri = form.get('redirect_uri') ?? '';
  if (key === null) return oauthError('invalid_client_id', 'client identifier invalid');
  const { callbacks } = issuer.account.settings();
  if (!URL.canParse(redirectUri) || (callbacks.length > 0 && !callbacks.includes(redirectUri)))
    return oauthError('redirect_uri_mismatch', 'redirect_uri must match configuration');
  const back = new URL(redirectUri);
  const state = form.get('state');
  if (state !== null) back.searchParams.set('state', state);
  const method_ = form.get('code_challenge_method');
  if (form.get('response_type') !== 'code' || (method_ !== null && method_ !== 'S256')) {
    back.searchParams.set('error', 'invalid_request');
    back.searchParams.set('error_description', 'response type not supported');
    return emptyReply(302, { location: back.href });
  }
  const expiresAt = issuer.account.now() + CODE_MS;
  const challenge = form.get('code_challenge');
  const code = issuer.sessions.openCode({ key, userId: ORG_USER, redirectUri, challenge, expiresAt });
  back.searchParams.set('code', code);
  return emptyReply(302, { location: back.href });
}

function identity(issuer: Issuer, request: ReceivedRequest, origin: string): HttpReply {
  const session = issuer.sessions.of(
    tokenOf(request) ?? new URLSearchParams(request.query).get('oauth_token') ?? '',
  );
  if (session === null) return BAD_TOKEN;
  const found = issuer.account.store.lookUp('User', session.userId);
  const fields = found.kind === 'found' ? found.record.fields : {};
  const name = `${textOf(fields['FirstName'])} ${textOf(fields['LastName'])}`;
  const id = `${origin}/id/${ORG_ID}/${session.userId}`;
  const rest = `${origin}/services/data/v{version}/`;
  return jsonReply(200, {
    id,
    sub: id,
    asserted_user: true,
    user_id: session.userId,
    organization_id: ORG_ID,
    username: textOf(fields['Username']),
    preferred_username: textOf(fields['Username']),
    nick_name: textOf(fields['Alias']),
    display_name: name,
    name,
    email: textOf(fields['Email']),
    email_verified: true,
    first_name: textOf(fields['FirstName']),
    given_name: textOf(fields['FirstName']),
    last_name: textOf(fields['LastName']),
    family_name: textOf(fields['LastName']),
    zoneinfo: textOf(fields['TimeZoneSidKey']),
    timezone: textOf(fields['TimeZoneSidKey']),
    active: true,
    is_app_installed: true,
    user_type: 'STANDARD',
    language: 'en_US',
    locale: 'en_US',
    utcOffset: -28_800_000,
    urls: {
      rest,
      sobjects: `${rest}sobjects/`,
      search: `${rest}search/`,
      query: `${rest}query/`,
      recent: `${rest}recent/`,
      profile: `${origin}/${session.userId}`,
    },
  });
}
