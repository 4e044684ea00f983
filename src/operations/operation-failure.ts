/** Why a use-case of operators did nothing. Closed: whoever answers a person maps each. */
export type OperationFailure =
  | { readonly code: 'NOT_FOUND' }
  /** `plan_used`: it was begun or cancelled before. `plan_expired`: what it counted is too old. */
  | { readonly code: 'CONFLICT'; readonly reason: 'plan_used' | 'plan_expired' }
  /** The key that was named is not the one that seals here: another process has other keys, or a restart changed them. */
  | { readonly code: 'CONFLICT'; readonly reason: 'another_key' }
  /** Whoever keeps the keys can't be asked now. */
  | { readonly code: 'KEYS_UNAVAILABLE' };

/** What a use-case ends in. Throws are left to surprises and to a store that can't answer. */
export type OperationOutcome<T> =
  { readonly ok: true; readonly value: T } | { readonly ok: false; readonly failure: OperationFailure };

export function done<T>(value: T): OperationOutcome<T> {
  return { ok: true, value };
}

export function refused(failure: OperationFailure): {
  readonly ok: false;
  readonly failure: OperationFailure;
} {
  return { ok: false, failure };
}

export const NO_SUCH_THING = refused({ code: 'NOT_FOUND' });
