import type { ClaimedKey, KeptAnswer, KeyClaim } from '../../idempotency-store.port.ts';

export interface IdempotencyDocument {
  /** The key. */
  readonly _id: string;
  readonly userId: string;
  readonly fingerprint: string;
  readonly token: string;
  /** From when on the key is anybody's, epoch ms. */
  readonly freeAt: number;
  readonly answer: KeptAnswer | null;
}

export function claimDocument({ key, userId, fingerprint, token, until }: KeyClaim): IdempotencyDocument {
  return { _id: key, userId, fingerprint, token, freeAt: until, answer: null };
}

export function claimedKeyOf({ fingerprint, answer }: IdempotencyDocument): ClaimedKey {
  return { fingerprint, answer: answer === null ? null : answerCopy(answer) };
}

export function answerCopy({ status, headers, body }: KeptAnswer): KeptAnswer {
  return { status, headers: { ...headers }, body };
}
