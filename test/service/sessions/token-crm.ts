import type { ConnectorCredentials, CrmConnector } from '../../../src/connectors/connector.port.ts';
import { mriVault } from '../../../src/connectors/mri-vault/mri-vault.ts';
import type { Clock } from '../../../src/runtime/clock.ts';
import type { OutboundRequest, OutboundResult, Transport } from '../../../src/wire/transport.port.ts';

const HOUR_MS = 3_600_000;
/** What every call takes. */
const LATENCY_MS = 300;

/** A made-up CRM that gives access tokens for refresh tokens, and takes each refresh token once. */
export interface TokenCrm extends Transport {
  /** The refresh token that is good now. */
  refreshToken: string;
  /** The access tokens that are good now. */
  readonly accessTokens: Set<string>;
  /** Refresh tokens that somebody came with, in order. */
  readonly refreshes: string[];
  /** Access tokens that records were called with. */
  readonly calls: string[];
  /** What a refresh answers instead. */
  refuses: OutboundResult | null;
  lastsMs: number;
}

export const USER_CREDENTIALS = { loginUrl: 'https://login.crm.test', refreshToken: 'refresh-0-entered' };

export function createTokenCrm(clock: Clock): TokenCrm {
  const crm: TokenCrm = {
    refreshToken: USER_CREDENTIALS.refreshToken,
    accessTokens: new Set(),
    refreshes: [],
    calls: [],
    refuses: null,
    lastsMs: HOUR_MS,
    async send(request: OutboundRequest): Promise<OutboundResult> {
      const refusal = (await request.mayDispatch?.()) ?? null;
      if (refusal !== null) return { kind: 'not_sent', code: refusal, detail: '' };
      const answer = request.url.endsWith('/token') ? refresh(request) : call(request);
      await clock.sleep(LATENCY_MS);
      return answer;
    },
  };
  function refresh({ body = '' }: OutboundRequest): OutboundResult {
    const { refreshToken } = JSON.parse(String(body)) as { refreshToken: string };
    crm.refreshes.push(refreshToken);
    if (crm.refuses !== null) return crm.refuses;
    if (refreshToken !== crm.refreshToken) return answerOf(401, { error: 'invalid_grant' });
    const count = String(crm.refreshes.length);
    crm.refreshToken = `refresh-${count}-made`;
    crm.accessTokens.clear();
    crm.accessTokens.add(`access-${count}`);
    return answerOf(200, {
      accessToken: `access-${count}`,
      refreshToken: crm.refreshToken,
      lastsMs: crm.lastsMs,
    });
  }
  function call({ headers }: OutboundRequest): OutboundResult {
    const token = String(headers['authorization']).replace('Bearer ', '');
    crm.calls.push(token);
    return crm.accessTokens.has(token) ? answerOf(200, { id: 'crm-1' }) : answerOf(401, { error: 'expired' });
  }
  return crm;
}

export function answerOf(status: number, body: object): OutboundResult {
  const headers = { 'content-type': 'application/json' };
  return { kind: 'response', status, headers, body: Buffer.from(JSON.stringify(body)) };
}

/** Its connector: the credentials alone carry nothing. */
export function tokenConnector(clock: Pick<Clock, 'now'>): CrmConnector {
  return {
    ...mriVault,
    // Nobody waits for a turn: what is waited for is the session.
    limits: { ...mriVault.limits, requestsPerSecond: 5_000, maxConcurrent: 100 },
    account: {
      isNamed: true,
      parse: (input) => {
        const credentials = input as ConnectorCredentials;
        return { ok: true, credentials, instanceUrl: credentials['loginUrl'] ?? '' };
      },
      baseUrl: (credentials) => credentials['loginUrl'] ?? '',
      headers: () => ({}),
      budgetKey: (_credentials, fingerprint) => `token ${fingerprint('one')}`,
      async open(http, credentials, kept) {
        const refreshToken = kept?.['refreshToken'] ?? credentials['refreshToken'] ?? '';
        const answer = await http.request({
          verb: 'read',
          method: 'POST',
          path: ['token'],
          body: { refreshToken },
        });
        if (answer.kind !== 'applied') return answer;
        const told = answer.value.body as { accessToken: string; refreshToken: string; lastsMs: number };
        return {
          kind: 'applied',
          value: {
            baseUrl: 'https://office.crm.test',
            headers: { authorization: `Bearer ${told.accessToken}` },
            until: clock.now() + told.lastsMs,
            keep: { refreshToken: told.refreshToken },
          },
        };
      },
      identify: () =>
        Promise.resolve({
          kind: 'applied',
          value: { accountKey: 'org-1', label: 'Ray & Sons', actsAs: null },
        }),
    },
  };
}
