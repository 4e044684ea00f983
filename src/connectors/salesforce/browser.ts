import type { CallOutcome } from '../../domain/outcome.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { BrowserConnect } from '../browser-connect.port.ts';
import type { ConnectorCredentials, CrmHttp } from '../connector.port.ts';
import type { OperatorApp } from './api/sessions.ts';
import { SETTING_FIELDS, settingFaults } from './api/settings.ts';
import { textIn } from './api/wire.ts';

/** What the token that comes back may do: the API, and go on without people. */
const SCOPES = 'api refresh_token';

/** The origin; an address that people copy from Lightning is the same org's at its other name. Null: it is none. */
export function loginAddress(text: string): string | null {
  if (!URL.canParse(text)) return null;
  const url = new URL(text);
  const lightning =
    /^([a-z0-9-]+(?:--[a-z0-9-]+)?(?:\.(?:sandbox|develop|scratch|demo|trailblaze))?)\.lightning\.force\.com$/;
  const name = lightning.exec(url.hostname)?.[1];
  return name === undefined ? url.origin : `https://${name}.my.salesforce.com`;
}

/** What is wrong with a `loginUrl` that is no address. */
export const NO_LOGIN_ADDRESS = {
  field: 'loginUrl',
  code: 'INVALID',
  detail: 'An address as in https://your-office.my.salesforce.com.',
} as const;

/** A connect on Salesforce's own page: the web-server flow, with PKCE. `login`: where people sign in who say nothing else. */
export function browserConnect({ clientId }: OperatorApp, login: string): BrowserConnect {
  return {
    missing: () => (clientId === null ? 'SALESFORCE_CLIENT_ID' : null),
    fields: ['loginUrl', ...SETTING_FIELDS],
    faults: (entered) => [
      ...settingFaults(entered),
      ...(loginAddress(entered['loginUrl'] ?? login) === null ? [NO_LOGIN_ADDRESS] : []),
    ],
    address({ loginUrl }, { redirectUri, state, challenge }) {
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: clientId ?? '',
        redirect_uri: redirectUri,
        scope: SCOPES,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      return `${loginAddress(loginUrl ?? login) ?? login}/services/oauth2/authorize?${query.toString()}`;
    },
    credentials: (entered, { code, verifier, redirectUri }) => ({
      ...entered,
      authorizationCode: code,
      codeVerifier: verifier,
      redirectUri,
    }),
  };
}

/** The refresh token, and with it every access token that came of it. Of another sign-in nothing is kept. */
export async function revoke(
  http: CrmHttp,
  { refreshToken }: ConnectorCredentials,
  kept: JsonObject | null,
): Promise<CallOutcome<null>> {
  const token = textIn(kept ?? {}, 'refreshToken') || (refreshToken ?? '');
  if (token === '') return { kind: 'applied', value: null };
  const outcome = await http.request({
    verb: 'read',
    method: 'POST',
    path: ['services', 'oauth2', 'revoke'],
    headers: { 'content-type': 'application/x-www-form-urlencoded' },
    text: new URLSearchParams({ token }).toString(),
  });
  return outcome.kind === 'applied' ? { kind: 'applied', value: null } : outcome;
}
