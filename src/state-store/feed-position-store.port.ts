/** How far one partition of the feed was taken in: everything before `next` is in this store. */
export interface FeedPosition {
  readonly topic: string;
  readonly partition: number;
  readonly next: bigint;
}

/**
 * How far the feed was taken in, kept beside what was taken in: a store that is put back from a copy says by itself from
 * where on it has to be told again. The group's offsets, which the brokers keep, say nothing of that.
 */
export interface FeedPositionStore {
  /** The positions of every known partition of these topics. */
  read(topics: readonly string[]): Promise<FeedPosition[]>;
  /** Raises positions to these; one that stands further already stays. One round trip for all. */
  advance(positions: readonly FeedPosition[]): Promise<void>;
  /** Writes them over those that are there, also lower ones: the log is another, or a person accepts what is lost. */
  replace(positions: readonly FeedPosition[]): Promise<void>;
}
