import type { DeadLetter, DeadLetterKind, DeadLetterStatus } from '../domain/dead-letter.ts';
import type { DeadLetterFilter, Replay } from '../domain/replay.ts';
import type { Page } from '../domain/page.ts';

/** Dead letters of one cause. */
export interface DeadLetterGroup {
  readonly kind: DeadLetterKind;
  readonly code: string;
  /** Null for events that can't be read. */
  readonly provider: string | null;
  readonly count: number;
  /** Latest failures, epoch ms. */
  readonly oldest: number;
  readonly newest: number;
}

/** Port: the index of dead letters. */
export interface DeadLetterStore {
  /**
   * Once per id. A `decode` letter that is there stays as it is; a `deliver` letter is replaced by one that failed later (its
   * `firstFailedAt` stays) and otherwise stays. One round trip.
   */
  put(letters: readonly DeadLetter[]): Promise<void>;
  read(id: string): Promise<DeadLetter | null>;
  /** Latest failure first, then by id. Without `value` bytes: `value` is null in what this answers. */
  list(filter: DeadLetterFilter, cursor: string | null, limit: number): Promise<Page<DeadLetter>>;
  /** By cause, most letters first. */
  groups(filter: DeadLetterFilter): Promise<DeadLetterGroup[]>;
  count(filter: DeadLetterFilter): Promise<number>;
  /** Moves those of these letters that are in one of `from` to `to`; returns how many. */
  setStatus(ids: readonly string[], from: readonly DeadLetterStatus[], to: DeadLetterStatus): Promise<number>;
  /** Replaces a letter while its `replays` and `status` are as expected: a replayed event could not be read once more. */
  replace(letter: DeadLetter, expected: Pick<DeadLetter, 'replays' | 'status'>): Promise<boolean>;
  /** Deletes letters whose latest failure was before this time (epoch ms). */
  prune(before: number): Promise<number>;
}

/** Port: plans and runs of replays. */
export interface ReplayStore {
  insert(replay: Replay): Promise<void>;
  read(replayId: string): Promise<Replay | null>;
  /** False when the stored revision is another. */
  replace(replay: Replay, expectedRevision: number): Promise<boolean>;
  /** Those with the status `running`, oldest first. */
  listRunning(limit: number): Promise<Replay[]>;
  /** Newest first, plans that were never begun left out. */
  list(cursor: string | null, limit: number): Promise<Page<Replay>>;
  /** Deletes plans that expired, and replays that ended, before this time (epoch ms). */
  prune(before: number): Promise<number>;
}
