import type { CallOutcome } from '../../domain/outcome.ts';
import type { JsonObject } from '../../domain/json.ts';
import type { BrowserConnect } from '../browser-connect.port.ts';
import type { ConnectorCredentials, CrmHttp } from '../connector.port.ts';
import { loginAddress } from './credentials.ts';
import type { OperatorApp } from './api/sessions.ts';
import { textIn } from './api/wire.ts';

/** What the token that comes back may do: the API, and go on without people. */
const SCOPES = 'api refresh_token';

/** A connect on Salesforce's own page: the web-server flow, with PKCE. `login`: where people sign in who say nothing else. */
export function browserConnect({ clientId }: OperatorApp, login: string): BrowserConnect {
  return {
    missing: () => (clientId === null ? 'SALESFORCE_CLIENT_ID' : null),
    address({ loginUrl }, { redirectUri, state, challenge }) {
      const address = loginAddress(loginUrl ?? login);
      if (address === null || clientId === null)
        return {
          ok: false,
          field: 'loginUrl',
          detail: 'An address as in https://your-office.my.salesforce.com.',
        };
      const query = new URLSearchParams({
        response_type: 'code',
        client_id: clientId,
        redirect_uri: redirectUri,
        scope: SCOPES,
        state,
        code_challenge: challenge,
        code_challenge_method: 'S256',
      });
      return { ok: true, url: `${address}/services/oauth2/authorize?${query.toString()}` };
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
