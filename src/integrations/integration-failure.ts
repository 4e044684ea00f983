/** One thing that is wrong with what was sent; never repeats the value, which may be a secret. */
export interface InputFault {
  /** JSON pointer into the body. */
  readonly pointer: string;
  /** Upper snake case. */
  readonly code: string;
  readonly detail: string;
}

export type ConflictReason =
  'account_changed' | 'paused' | 'needs_reauth' | 'concurrent_change' | 'provider_unavailable';

export type CrmFailureReason =
  'unreachable' | 'rate_limited' | 'crm_failed' | 'unexpected_answer' | 'service_refused';

/** Why a use-case did nothing. Closed: whoever answers a person maps each. */
export type IntegrationFailure =
  /** Unknown, not connected or someone else's: the three are not told apart. */
  | { readonly code: 'NOT_FOUND' }
  /** The input is malformed. */
  | { readonly code: 'INVALID'; readonly faults: readonly InputFault[] }
  /** The input is well-formed and can't be accepted: an address that may not be called, a direction nobody offers. */
  | { readonly code: 'UNACCEPTABLE'; readonly faults: readonly InputFault[] }
  | {
      readonly code: 'CONFLICT';
      readonly reason: ConflictReason;
      /** What is in the way here, for people; absent: what the reason says by itself. */
      readonly detail?: string;
    }
  | {
      readonly code: 'CREDENTIALS_REFUSED';
      readonly providerStatus: number | null;
      /** What of them is refused, in a connector's own words; absent: nobody knows more. */
      readonly detail?: string;
    }
  /** The stored credentials were refused earlier; new ones are needed. */
  | { readonly code: 'NEEDS_REAUTH'; readonly runId: string | null }
  | {
      readonly code: 'CRM_FAILED';
      readonly reason: CrmFailureReason;
      readonly providerStatus: number | null;
      readonly retryAfterMs: number | null;
      readonly runId: string | null;
    }
  /** The stored credentials can't be opened with the keys that this service has. */
  | { readonly code: 'CREDENTIALS_UNREADABLE' }
  /** Whoever keeps the keys can't be asked now; nothing was stored. */
  | { readonly code: 'KEYS_UNAVAILABLE' }
  /** More changes at once than are taken. */
  | { readonly code: 'TOO_MANY' }
  /** The feed could not take the changes; nothing is known to be lost, and they may be sent again. */
  | { readonly code: 'FEED_UNAVAILABLE' };

/** What a use-case ends in. Throws are left to surprises and to a store that can't answer. */
export type Outcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: IntegrationFailure };

export function success<T>(value: T): Outcome<T> {
  return { ok: true, value };
}

export function failed(failure: IntegrationFailure): {
  readonly ok: false;
  readonly failure: IntegrationFailure;
} {
  return { ok: false, failure };
}

export const NOT_FOUND = failed({ code: 'NOT_FOUND' });
