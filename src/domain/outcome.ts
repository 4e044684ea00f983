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
 *   stopping), or it went with a job that tells later; never an attempt.
 *
 * `code` is upper snake case and from a fixed set per layer; `detail` is for people and carries neither secrets nor personal data.
 */
export type Failure = FailureKind & {
  /** Whose refusal it is, once it was judged: what is absent was not asked about. */
  readonly whose?: RefusalOwner;
  /** What the answer told by itself; absent where none came, or nothing was sent. */
  readonly answer?: AnswerSign;
};

/**
 * What an answer is by its body: an object of JSON (or a list that a success may be), nothing, a page, text of any other kind, or what
 * calls itself JSON and is none that the CRM would give: cut short, a bare value, a list in an error's place.
 */
export const BODY_FORMS = ['json', 'empty', 'html', 'text', 'broken'] as const;
export type BodyForm = (typeof BODY_FORMS)[number];

/** What one answer tells by itself, without its content. */
export interface AnswerSign {
  readonly status: number;
  readonly form: BodyForm;
  /** How long the answer asks to wait, ms, as it says; null where it names no time. */
  readonly retryAfterMs: number | null;
  /** The body names a limit on requests. */
  readonly limited: boolean;
}

/** Whether an answer is not the CRM's own, but something's before it: a redirect, a page, text, or JSON that nobody can read. */
export function isForeign({ status, form }: Pick<AnswerSign, 'status' | 'form'>): boolean {
  return (status >= 300 && status < 400) || (form !== 'json' && form !== 'empty');
}

/** Whom a refusal is about: one request, one record, one CRM account, our application at that CRM, or everybody (an outage). */
export type RefusalOwner = 'request' | 'record' | 'account' | 'application' | 'outage';

type FailureKind =
  | {
      readonly kind: 'retry_later';
      readonly code: string;
      readonly detail: string;
      readonly status: number | null;
      /** What it says in its own words, where it says any: for the record's owner alone. */
      readonly fields?: readonly FieldError[];
    }
  | {
      readonly kind: 'rate_limited';
      readonly code: string;
      readonly detail: string;
      readonly retryAfterMs: number | null;
    }
  | {
      readonly kind: 'unauthorised';
      readonly code: string;
      readonly detail: string;
      readonly status: number;
      /** What it says about fields: with credentials that are good it is the record that is refused. */
      readonly fields?: readonly FieldError[];
    }
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
      /** As of `retry_later`. */
      readonly fields?: readonly FieldError[];
    }
  | { readonly kind: 'withheld'; readonly code: WithheldCode; readonly detail: string };

export type WithheldCode =
  | 'BREAKER_OPEN'
  | 'CONNECTION_CHANGED'
  | 'CLAIM_EXPIRED'
  | 'IN_JOB'
  | 'KEYS_UNAVAILABLE'
  | 'LEASE_LOST'
  | 'STOPPING';

export type CallOutcome<T> = { readonly kind: 'applied'; readonly value: T } | Failure;

export type OutcomeKind = CallOutcome<unknown>['kind'];

/** What was judged to be the CRM's own failing, and nobody's record's. */
export interface JudgedOutage {
  /** What the CRM asked to wait, ms; null where it named no time. */
  readonly atLeastMs: number | null;
  /** The CRM takes `authenticate` all the same, so that only a record's call can tell when it is over. */
  readonly isHidden: boolean;
}
