import type { Json } from '../../../domain/json.ts';

/**
 * What may go wrong with one request. "Commit" is the work the request asks for: a fault that answers in the API's place
 * leaves it undone unless `afterCommit` is set; one that only spoils the answer does it first.
 */
export type SandboxFault =
  /** Waits `ms`, then goes on as usual. The work is done even if the caller has left meanwhile. `when`: default `before`. */
  | { readonly kind: 'latency'; readonly ms: number; readonly when?: 'before' | 'after' }
  /** Answers this status; `body` text is sent as plain text, anything else as JSON. */
  | {
      readonly kind: 'status';
      readonly status: number;
      readonly body?: Json;
      readonly headers?: Readonly<Record<string, string>>;
      readonly afterCommit?: boolean;
    }
  /** Does nothing, and never answers. */
  | { readonly kind: 'timeoutBeforeCommit' }
  /** Does the work, and never answers. */
  | { readonly kind: 'timeoutAfterCommit' }
  /** Resets the connection without doing anything. */
  | { readonly kind: 'resetBeforeCommit' }
  /** Does the work, then resets the connection. */
  | { readonly kind: 'resetAfterCommit' }
  /**
   * What stands before the CRM answers in its place: a page for people, a line of plain text, or a gateway's own JSON. Default
   * status 503.
   */
  | {
      readonly kind: 'page';
      readonly as: 'html' | 'text' | 'json';
      readonly status?: number;
      readonly headers?: Readonly<Record<string, string>>;
      readonly afterCommit?: boolean;
    }
  /** A login page with status 200. */
  | { readonly kind: 'htmlWith200'; readonly afterCommit?: boolean }
  /** Does the work; the first half of the answer's JSON, as a complete HTTP message. */
  | { readonly kind: 'truncatedJson' }
  /** Default status 302. */
  | { readonly kind: 'redirect'; readonly location: string; readonly status?: 301 | 302 | 303 | 307 | 308 }
  /** Does the work; sends one blank every `everyMs` (200) and never ends. */
  | { readonly kind: 'slowDrip'; readonly everyMs?: number }
  /** Does the work; the answer compressed although nobody asked, blown up with blanks to `inflatedBytes`. */
  | { readonly kind: 'gzipBody'; readonly inflatedBytes?: number }
  /** Does the work; an answer of this many bytes, without a declared length. */
  | { readonly kind: 'hugeBody'; readonly bytes: number }
  /** Status 200 with an error object. */
  | { readonly kind: 'errorIn200'; readonly body?: Json; readonly afterCommit?: boolean }
  /** Does the work; status 200 and nothing. */
  | { readonly kind: 'emptyBody' };

export type SandboxFaultKind = SandboxFault['kind'];

/** A fault that ends the request; latency only delays it. */
export type EndingFault = Exclude<SandboxFault, { kind: 'latency' }>;
