/** An answer as it goes out again. */
export interface KeptAnswer {
  readonly status: number;
  /** By lower-case name. */
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string;
}

export interface KeyClaim {
  /** Names user, route and key together; a hash, since a key may say more than it should. */
  readonly key: string;
  readonly userId: string;
  /** A hash of what was asked. */
  readonly fingerprint: string;
  /** Names this claim; another each time. */
  readonly token: string;
  /** Epoch ms. */
  readonly now: number;
  /** Until when the claim lasts if nobody ends it, epoch ms. */
  readonly until: number;
}

/** What stands under a key already. */
export interface ClaimedKey {
  readonly fingerprint: string;
  /** Null while the first request is still being worked on. */
  readonly answer: KeptAnswer | null;
}

/** What is kept of one user's answers at most, bytes. */
export const KEPT_ANSWER_BYTES = 4 * 1_048_576;
/** What a key takes beside its answer, bytes: so their number is bounded, too. */
export const KEY_BYTES = 256;
/** An answer from here on is large. */
export const LARGE_ANSWER = 16_384;
/** Of the small ones, each so many-th looks after what is kept. */
export const SMALL_ANSWERS = 32;

/** Port: the first answer to each request that carries a key of its sender's, so that a repetition does nothing twice. */
export interface IdempotencyStore {
  /**
   * Null: the key is the caller's, who completes or releases it. Otherwise what stands there. A key is free where nothing stands,
   * where what stands has lasted its time, and after a claim whose time is over: its process is taken for dead. Of many callers
   * at once one gets it.
   */
  claim(claim: KeyClaim): Promise<ClaimedKey | null>;
  /**
   * Keeps the answer until `until` (epoch ms); false when the claim was not the caller's any more, which changes nothing. Of a user
   * `KEPT_ANSWER_BYTES` are kept: the oldest answers beyond that go, and their keys are free. Looked after at every large answer, and once in
   * a while for small ones.
   */
  complete(key: string, token: string, answer: KeptAnswer, until: number): Promise<boolean>;
  /** Frees the key while the claim is the caller's and has no answer; false otherwise. */
  release(key: string, token: string): Promise<boolean>;
  /** Deletes what has lasted its time at `now`. */
  prune(now: number): Promise<number>;
  /** Deletes everything of a user: answers tell of their records. */
  forgetUser(userId: string): Promise<number>;
}
