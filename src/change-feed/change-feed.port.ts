import type { Change } from '../domain/change-event.ts';
import type { ChangeVerdict } from '../domain/record.ts';
import type { DeadLetter } from '../domain/dead-letter.ts';

/**
 * Port: Zena's changes, in the log's order per entity, at least once.
 *
 * The adapter owes: batches of one partition in log order; progress is recorded only after the handler resolved for the whole
 * batch (what the handler was given is stored by then); no second delivery while a batch is being handled by the same owner; a
 * batch whose ownership was lost is abandoned, not recorded. Undecodable values come as letters with their original bytes, so
 * that the log goes on; a registry or broker that can't answer stops the log instead, for as long as it lasts.
 *
 * The handler owes: idempotence (a batch may come again), and a throw only for what stops everything (the store is away):
 * the adapter then retries the same batch later, for ever.
 */
export interface ChangeFeed {
  start(handler: ChangeHandler): Promise<void>;
  /** Finishes the batch in hand, records its progress, leaves. Idempotent. */
  stop(): Promise<void>;
  health(): FeedHealth;
}

export type ChangeHandler = (batch: ChangeBatch) => Promise<readonly ChangeVerdict[]>;

export interface ChangeBatch {
  readonly changes: readonly Change[];
  readonly letters: readonly DeadLetter[];
  /** Keeps ownership alive; rejects or makes `abandoned` true when it was lost. Call between writes. */
  heartbeat(): Promise<void>;
  /** True once another owner may have this batch: write nothing more. */
  abandoned(): boolean;
}

export interface FeedHealth {
  /** Joined and polling (also without a partition). */
  readonly ready: boolean;
  /** Epoch ms of the last successful poll; null before the first. */
  readonly lastPollAt: number | null;
  /** A code while something keeps the feed from going on (`REGISTRY_UNAVAILABLE`, `STORE_UNAVAILABLE`, …). */
  readonly stalled: string | null;
}

/** Port: puts changes into the feed (for `POST /api/changes` and `import`). Resolves once they are durable. */
export interface ChangePublisher {
  /** The embedded feed also tells what became of each change; Kafka answers null. */
  publish(changes: readonly Change[]): Promise<readonly ChangeVerdict[] | null>;
}
