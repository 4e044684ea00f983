import type { Failure } from '../../domain/outcome.ts';
import type { CrmAnswer, CrmRequest } from '../connector.port.ts';
import { ASSUMED_DAY_LIMIT_WORDS, ASSUMED_PERMISSION_MEMBER } from './assumed.ts';
import { isObject, textIn } from './vaultre-answers.ts';

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
  if (status !== 403) return null;
  if (isObject(body) && ASSUMED_PERMISSION_MEMBER in body) {
    const detail = 'The access token has no permission for this in VaultRE: its agency has to allow it.';
    return verb === 'verify'
      ? null
      : { kind: 'rejected', code: 'ACCESS_FORBIDDEN', detail, status, fields: [], whose: 'record' };
  }
  const detail =
    'VaultRE refused the integrator key of this service (VAULTRE_API_KEY): its operator has to mend it.';
  return { kind: 'unauthorised', code: 'INTEGRATOR_KEY_REFUSED', detail, status };
}

/** By the CRM's own clock; null where it doesn't tell the time. */
function untilMidnight(date: string | undefined): number | null {
  const now = date === undefined ? Number.NaN : Date.parse(date);
  return Number.isNaN(now) ? null : DAY_MS - (now % DAY_MS);
}
