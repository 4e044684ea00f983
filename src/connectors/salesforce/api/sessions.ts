import { createPrivateKey, createSign, type KeyObject } from 'node:crypto';
import type { JsonObject } from '../../../domain/json.ts';
import type { CallOutcome } from '../../../domain/outcome.ts';
import type { AccountSession, ConnectorCredentials, CrmHttp } from '../../connector.port.ts';
import type { OperatorValues } from '../../provider-definition.ts';
import { ASSERTION_SECONDS } from './assumed.ts';
import { textIn, unexpected } from './wire.ts';

/** Tells Salesforce whose calls they are. */
export const CALL_OPTIONS = { 'sforce-call-options': 'client=ZenaCRMSync' } as const;

const JWT_GRANT = 'urn:ietf:params:oauth:grant-type:jwt-bearer';

/** What the operator's app signs in with. */
export interface OperatorApp {
  readonly clientId: string | null;
  readonly clientSecret: string | null;
  readonly key: KeyObject | null;
  /** Why its key is none; null: it is one, or there is none. */
  readonly keyFault: string | null;
}

export function operatorApp(operator: OperatorValues): OperatorApp {
  const { SALESFORCE_CLIENT_ID: clientId, SALESFORCE_CLIENT_SECRET: clientSecret } = operator;
  const key = privateKey(operator['SALESFORCE_PRIVATE_KEY']);
  return {
    clientId: clientId ?? null,
    clientSecret: clientSecret ?? null,
    key: key === 'unreadable' ? null : key,
    keyFault: key === 'unreadable' ? 'SALESFORCE_PRIVATE_KEY is no private RSA key in PEM.' : null,
  };
}

/** As it stands in a file, on one line with `\n`, or in base64. */
function privateKey(text: string | undefined): KeyObject | 'unreadable' | null {
  if (text === undefined) return null;
  const plain = text.trim().replaceAll('\\n', '\n');
  const pem = plain.startsWith('-----') ? plain : Buffer.from(plain, 'base64').toString('utf8');
  try {
    const key = createPrivateKey(pem);
    return key.asymmetricKeyType === 'rsa' ? key : 'unreadable';
  } catch {
    // What OpenSSL says of it may repeat it.
    return 'unreadable';
  }
}

/** What signing in takes beside the credentials. */
export interface SigningIn {
  readonly app: OperatorApp;
  /** Epoch ms. */
  readonly now: () => number;
  /** What the last session left: a refresh token that rotates. */
  readonly kept: JsonObject | null;
}

/** One session, by the way that the credentials name. Its token tells no end: an answer does. */
export async function openSession(
  http: CrmHttp,
  credentials: ConnectorCredentials,
  { app, now, kept }: SigningIn,
): Promise<CallOutcome<AccountSession>> {
  const form = grantOf(credentials, { app, now, kept });
  if (form === null) {
    const detail =
      'The operator of this service has not set up its app at Salesforce (SALESFORCE_CLIENT_ID).';
    return { kind: 'unauthorised', code: 'APP_NOT_SET_UP', detail, status: 0, whose: 'application' };
  }
  const outcome = await http.request({
    verb: 'read',
    method: 'POST',
    path: ['services', 'oauth2', 'token'],
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    text: new URLSearchParams(form).toString(),
  });
  if (outcome.kind !== 'applied') return outcome;
  const { status, body } = outcome.value;
  const token = textIn(body, 'access_token');
  const baseUrl = originOf(textIn(body, 'instance_url'));
  if (baseUrl === null || !/^[\x21-\x7e]+$/.test(token)) return unexpected('a sign-in', status);
  const headers = { authorization: `Bearer ${token}`, ...CALL_OPTIONS };
  // The one that was used may be good no more: this one takes its place before anything is done with the session.
  const refreshToken = textIn(body, 'refresh_token');
  const keep = refreshToken === '' ? {} : { keep: { refreshToken } };
  return { kind: 'applied', value: { baseUrl, headers, until: null, ...keep } };
}

/** A refresh token may rotate, and a code is taken once; who shows an app and its key or secret may do so again and again. */
export function opensOnce(
  { clientSecret, username, ...others }: ConnectorCredentials,
  kept: JsonObject | null,
): boolean {
  if (clientSecret !== undefined || username !== undefined) return false;
  return (
    textIn(kept ?? {}, 'refreshToken') !== '' ||
    others['refreshToken'] !== undefined ||
    'authorizationCode' in others
  );
}

/** The org's own address; whether it may be called is the host's to say. Null: it is none. */
function originOf(url: string): string | null {
  if (!URL.canParse(url)) return null;
  const { origin, protocol } = new URL(url);
  return protocol === 'https:' || protocol === 'http:' ? origin : null;
}

function grantOf(
  credentials: ConnectorCredentials,
  { app, now, kept }: SigningIn,
): Readonly<Record<string, string>> | null {
  const { loginUrl = '', username, clientId, clientSecret, refreshToken } = credentials;
  const {
    authorizationCode: code,
    codeVerifier: code_verifier = '',
    redirectUri: redirect_uri = '',
  } = credentials;
  if (clientId !== undefined && clientSecret !== undefined)
    return { grant_type: 'client_credentials', client_id: clientId, client_secret: clientSecret };
  const refresh = textIn(kept ?? {}, 'refreshToken') || (refreshToken ?? '');
  if (app.clientId !== null && (refresh !== '' || code !== undefined)) {
    const client = {
      client_id: app.clientId,
      ...(app.clientSecret !== null && { client_secret: app.clientSecret }),
    };
    return refresh === ''
      ? { grant_type: 'authorization_code', code: code ?? '', code_verifier, redirect_uri, ...client }
      : { grant_type: 'refresh_token', refresh_token: refresh, ...client };
  }
  if (username === undefined || app.clientId === null || app.key === null) return null;
  const claims = {
    iss: app.clientId,
    sub: username,
    aud: loginUrl,
    exp: Math.floor(now() / 1_000) + ASSERTION_SECONDS,
  };
  return { grant_type: JWT_GRANT, assertion: signed(claims, app.key) };
}

function signed(claims: object, key: KeyObject): string {
  const part = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');
  const text = `${part({ alg: 'RS256', typ: 'JWT' })}.${part(claims)}`;
  return `${text}.${createSign('RSA-SHA256').update(text).sign(key).toString('base64url')}`;
}
