/**
 * Port: whoever keeps the keys. Credentials are sealed under a data key that is made for one sealing and used for nothing else; this
 * wraps that data key, so the key behind an id never sees the credentials, and need never leave where it is kept. The key ring of this
 * process is one adapter; a KMS or Vault's transit engine is another:
 *
 * - `wrap` is KMS `Encrypt` or transit `encrypt`, `unwrap` is `Decrypt` or `decrypt`.
 * - `context` goes along as the encryption context or associated data: the service refuses a wrapped key that is presented with another.
 * - A key id is the key's ARN, or transit's key name and version: what a value needs to be unwrapped, and what people see.
 *
 * Expected failures are values; nothing of this rejects for what a service does. Both are called for each delivery, so an adapter whose
 * calls take long or cost something keeps what it unwrapped for minutes, in memory alone.
 */
export interface KeyService {
  /** The id of the key that wraps now: at most 256 characters, and not a secret. */
  readonly currentKeyId: string;
  /** Every id that can be unwrapped, the current one first; few. */
  readonly keyIds: readonly string[];
  /** Wraps with the current key. The caller overwrites the data key afterwards, so a copy is the adapter's to overwrite. */
  wrap(dataKey: Uint8Array, context: KeyContext): Promise<WrapResult>;
  /** Unwraps what `wrap` made under the same context. The bytes are the caller's, who overwrites them. */
  unwrap(wrapped: WrappedKey, context: KeyContext): Promise<UnwrapResult>;
}

/** Where a sealed value belongs. Opened with any other context, it fails as if it had been changed. */
export interface SealingContext {
  readonly userId: string;
  readonly provider: string;
  readonly connectionId: string;
}

export interface KeyContext extends SealingContext {
  /** What the data key is for, so that one kind of value can't be passed off as another. */
  readonly purpose: string;
}

export interface WrappedKey {
  readonly keyId: string;
  /** As the service spells it; at most 8,192 characters. */
  readonly wrapped: string;
}

export type WrapResult =
  | { readonly ok: true; readonly key: WrappedKey }
  /** The service can't be asked now; the same may succeed later. */
  | { readonly ok: false; readonly code: 'KEYS_UNAVAILABLE' };

export type UnwrapResult =
  | { readonly ok: true; readonly dataKey: Uint8Array }
  /** The id is not one of this service's; or the wrapped key was changed or belongs elsewhere; or it can't be asked now. */
  | { readonly ok: false; readonly code: 'KEY_UNKNOWN' | 'KEY_REFUSED' | 'KEYS_UNAVAILABLE' };
