/** How far one partition of the feed was taken in: everything before `next` is in this store. */
export interface FeedPosition {
  readonly topic: string;
  readonly partition: number;
  readonly next: bigint;
}

/** Messages of a partition that a process had in hand: it may have died with one of them. */
export interface TriedPart {
  readonly from: bigint;
  readonly upTo: bigint;
  /** How many processes had it in hand, one after another. */
  readonly times: number;
  /** The last of them. */
  readonly by: string;
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
  /** What of a partition was noted last as being in hand; null where nothing was. Positions don't change it. */
  tried(topic: string, partition: number): Promise<TriedPart | null>;
  /** Written over what was noted before. */
  noteTried(topic: string, partition: number, part: TriedPart): Promise<void>;
  /** Takes the note away while it is this process's. */
  clearTried(topic: string, partition: number, by: string): Promise<void>;
}
