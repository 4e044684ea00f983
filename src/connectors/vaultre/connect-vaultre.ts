import type { CallOutcome, Failure } from '../../domain/outcome.ts';
import type { AccountIdentity, CrmAnswer, CrmHttp, CrmRequest } from '../connector.port.ts';
import { ASSUMED_DAY_LIMIT_WORDS, ASSUMED_PERMISSION_MEMBER } from './assumed.ts';
import { isObject, idIn, textIn, unexpected } from './vaultre-answers.ts';

/** What is read of an account, each with what people call it. Which scopes are needed can't be told: their names are published nowhere. */
const NEEDED: readonly { readonly of: string; readonly path: readonly string[]; readonly term?: string }[] = [
  { of: 'contacts', path: ['contacts'] },
  { of: 'contact categories', path: ['categories', 'contact'] },
  { of: 'properties', path: ['properties'] },
  { of: 'suburbs', path: ['suggest', 'suburb'], term: '4000' },
  { of: 'the search for contacts', path: ['search', 'contacts', 'email'], term: 'nobody@example.invalid' },
];

/** Whether both keys are taken. */
export async function authenticate(http: CrmHttp): Promise<CallOutcome<true>> {
  const outcome = await http.request({ verb: 'verify', method: 'GET', path: ['scopes'] });
  return outcome.kind === 'applied' ? { kind: 'applied', value: true } : outcome;
}

/** Which agency it is, and whether the token may read what is needed of it: what it may not is named. */
export async function identify(http: CrmHttp): Promise<CallOutcome<AccountIdentity>> {
  const account = await http.request({ verb: 'read', method: 'GET', path: ['account'] });
  if (account.kind !== 'applied') return account;
  const id = idIn(account.value.body);
  if (id === null) return unexpected('who the account is', account.value.status);
  for (const { of, path, term } of NEEDED) {
    const query = { page: '1', pagesize: '1', ...(term !== undefined && { term }) };
    const outcome = await http.request({ verb: 'list', method: 'GET', path, query });
    if (outcome.kind === 'applied') continue;
    if (outcome.whose === 'application') return outcome;
    const isRefused = outcome.kind === 'rejected' || outcome.kind === 'unauthorised';
    if (!isRefused) return outcome;
    const detail = `The access token may not read ${of} (GET /${path.join('/')}): the agency has to allow it in VaultRE.`;
    return { kind: 'unauthorised', code: 'PERMISSION_MISSING', detail, status: outcome.status ?? 403 };
  }
  const user = await http.request({ verb: 'read', method: 'GET', path: ['user'] });
  // Tokens may be an office's, and then there is no user.
  const told = user.kind === 'applied' && isObject(user.value.body) ? user.value.body : {};
  const name = `${textIn(told, 'firstName')} ${textIn(told, 'lastName')}`.trim();
  const label = textIn(account.value.body, 'name');
  return {
    kind: 'applied',
    value: { accountKey: `vaultre ${id}`, label: label || null, actsAs: name || null },
  };
}

const DAY_MS = 86_400_000;

/**
 * What VaultRE's refusals mean beyond their status: a 403 of the API itself is about what the access token may do, and so about one request; one of
 * the gateway before it is about the integrator's key. A 429 is the second's, or the day's, which no waiting of seconds ends.
 */
export function classifyVaultre({ status, headers, body }: CrmAnswer, { verb }: CrmRequest): Failure | null {
  if (status === 429 && ASSUMED_DAY_LIMIT_WORDS.test(textIn(body, 'message') || textIn(body, 'msg'))) {
    return {
      kind: 'rate_limited',
      code: 'DAILY_QUOTA_USED',
      detail: 'The day’s calls to VaultRE, of all that this service has connected, are used up.',
      retryAfterMs: untilMidnight(headers['date']),
    };
  }
  // A page is of something before the API.
  if (status !== 403 || /\bhtml\b/i.test(headers['content-type'] ?? '')) return null;
  if (isObject(body) && ASSUMED_PERMISSION_MEMBER in body) {
    const detail = 'The access token has no permission for this in VaultRE: its agency has to allow it.';
    return verb === 'verify'
      ? null
      : { kind: 'rejected', code: 'ACCESS_FORBIDDEN', detail, status, fields: [], whose: 'record' };
  }
  const detail =
    'VaultRE refused the integrator key of this service (VAULTRE_API_KEY): its operator has to mend it.';
  return { kind: 'unauthorised', code: 'INTEGRATOR_KEY_REFUSED', detail, status, whose: 'application' };
}

/** By the CRM's own clock; null where it doesn't tell the time. */
function untilMidnight(date: string | undefined): number | null {
  const now = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(now) ? null : DAY_MS - (now % DAY_MS);
}
