/** One field that the CRM refused, in the CRM's own words (bounded by the connector that read them). */
export interface FieldError {
  readonly field: string;
  readonly message: string;
}

/**
 * How a call to a CRM ended. The set is closed: whatever a connector, the network or the host's own rules do,
 * it is one of these.
 *
 * - `applied`: the CRM answered and did it.
 * - `retry_later`: it failed and certainly has no effect, or repeating it is harmless; counts as an attempt.
 * - `rate_limited`: the CRM asked to wait; never an attempt. `retryAfterMs` null = it named no time.
 * - `unauthorised`: the CRM refused the credentials; the connection waits for new ones.
 * - `rejected`: the CRM refused this record for good, as it stands.
 * - `gone`: the record addressed does not exist in the CRM.
 * - `ambiguous`: it may or may not have taken effect (time-out, cut connection, 5xx, unreadable answer).
 * - `withheld`: we did not send it (breaker open, connection paused or disconnected, claim or lease lost, no key for the credentials,
 *   stopping); never an attempt.
 *
 * `code` is upper snake case and from a fixed set per layer; `detail` is for people and carries neither secrets nor personal data.
 */
export type Failure = FailureKind & {
  /** Whose refusal it is, where whoever read the answer knows more than its kind tells. */
  readonly whose?: RefusalOwner;
};

/** Whom a refusal is about: one request, one record, one CRM account, our application at that CRM, or everybody (an outage). */
export type RefusalOwner = 'request' | 'record' | 'account' | 'application' | 'outage';

type FailureKind =
  | {
      readonly kind: 'retry_later';
      readonly code: string;
      readonly detail: string;
      readonly status: number | null;
    }
  | {
      readonly kind: 'rate_limited';
      readonly code: string;
      readonly detail: string;
      readonly retryAfterMs: number | null;
    }
  | { readonly kind: 'unauthorised'; readonly code: string; readonly detail: string; readonly status: number }
  | {
      readonly kind: 'rejected';
      readonly code: string;
      readonly detail: string;
      readonly status: number | null;
      readonly fields: readonly FieldError[];
    }
  | { readonly kind: 'gone'; readonly code: string; readonly detail: string }
  | {
      readonly kind: 'ambiguous';
      readonly code: string;
      readonly detail: string;
      readonly status: number | null;
    }
  | { readonly kind: 'withheld'; readonly code: WithheldCode; readonly detail: string };

export type WithheldCode =
  'BREAKER_OPEN' | 'CONNECTION_CHANGED' | 'CLAIM_EXPIRED' | 'KEYS_UNAVAILABLE' | 'LEASE_LOST' | 'STOPPING';

export type CallOutcome<T> = { readonly kind: 'applied'; readonly value: T } | Failure;

export type OutcomeKind = CallOutcome<unknown>['kind'];
