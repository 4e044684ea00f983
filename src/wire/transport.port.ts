/**
 * Port: one outbound HTTP call to a host that a user may have named.
 *
 * The adapter owes: https and public addresses only (the allow-list aside), checked on literals and on every resolved
 * address at connect time; no redirects, no proxies, `accept-encoding: identity`; `deadlineMs` as the total from call to last
 * byte; a cap on the answer's bytes; never a throw for anything that the other side or the network does.
 */
export interface Transport {
  send(request: OutboundRequest): Promise<OutboundResult>;
}

export interface OutboundRequest {
  readonly method: 'GET' | 'POST' | 'PUT' | 'PATCH' | 'DELETE';
  /** Absolute URL, already encoded. */
  readonly url: string;
  readonly headers: Readonly<Record<string, string>>;
  /** Where the provider has fixed hosts: no others are called, whatever the URL says; null or absent where it has none. */
  readonly hosts?: readonly string[] | null;
  /** JSON text; sent as `application/json`. */
  readonly body?: string;
  /** Whose calls count together where connections to the host are scarce: these take turns. By identity; all the same where absent. */
  readonly sharer?: object;
  /** How much of an answer's body is read; as the adapter has it where absent. */
  readonly bodyLimits?: BodyLimits;
  /** Total time allowed, connect and body included. */
  readonly deadlineMs: number;
  /**
   * Asked after limiter, DNS and connect, right before the first byte goes out. Null lets the call go; a code holds it back
   * and nothing is sent.
   */
  readonly mayDispatch?: () => Promise<DispatchRefusal | null>;
}

export interface BodyLimits {
  /** Bytes of a success: one with more is `ANSWER_TOO_LARGE`. 0: it is read as the rest is. */
  readonly whole: number;
  /** Bytes of any other answer: of one with more, its start is taken, and the connection is closed. */
  readonly start: number;
}

export type DispatchRefusal = 'CONNECTION_CHANGED' | 'CLAIM_EXPIRED' | 'LEASE_LOST' | 'STOPPING';

export interface OutboundResponse {
  readonly kind: 'response';
  readonly status: number;
  /** Lower-case names; a repeated header is joined by ', '. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
  /** The body goes on after this, and nobody reads it. */
  readonly isCut?: true;
}

export type OutboundResult =
  | OutboundResponse
  /** Certainly nothing reached the other side. */
  | { readonly kind: 'not_sent'; readonly code: NotSentCode; readonly detail: string }
  /** The request may have been received and may have taken effect; no usable answer came. */
  | { readonly kind: 'no_answer'; readonly code: NoAnswerCode; readonly detail: string };

export type NotSentCode =
  | 'HOST_REFUSED'
  | 'HOST_NOT_FOUND'
  | 'CONNECT_FAILED'
  | 'TLS_FAILED'
  | 'DEADLINE_BEFORE_SEND'
  | DispatchRefusal;

export type NoAnswerCode =
  'TIMEOUT' | 'CONNECTION_LOST' | 'ANSWER_TOO_LARGE' | 'ANSWER_ENCODED' | 'ANSWER_UNREADABLE';
