/** What is kept of a user, in the order in which it is removed: what tells of the rest goes after it. */
export const ERASED_KINDS = [
  'links',
  'timelineEntries',
  'runs',
  'deadLetters',
  'replays',
  /** Of the embedded log, once they were dealt with; Kafka keeps its own. */
  'logEntries',
  /** Tombstones included; with each go the letters of events about it that could not be read. */
  'records',
  /** Other users' records that say that this user had them before: the name is taken out, the record stays. */
  'formerOwners',
  'connections',
] as const;
export type ErasedKind = (typeof ERASED_KINDS)[number];
export type ErasureCounts = Readonly<Record<ErasedKind, number>>;

export const NOTHING_ERASED: ErasureCounts = {
  links: 0,
  timelineEntries: 0,
  runs: 0,
  deadLetters: 0,
  replays: 0,
  logEntries: 0,
  records: 0,
  formerOwners: 0,
  connections: 0,
};

export interface ErasureRequest {
  readonly userId: string;
  /** Links under a claim that still lasts at this time (epoch ms) stay: a delivery may be about to write. */
  readonly now: number;
  /** Connections stay unless they were disconnected at or before this time (epoch ms), and have neither links nor runs. */
  readonly restedSince: number;
  /** Most documents of a kind that one call removes. */
  readonly limit: number;
}

/** Port: everything that is kept of one user, to be counted and removed. */
export interface ErasureStore {
  /** What stands for the user now. */
  count(userId: string): Promise<ErasureCounts>;
  /** Letters of events that could not be read and name no record that is kept: whose they are can't be told. */
  countUnknownLetters(): Promise<number>;
  /**
   * Removes a bounded piece and answers what that was; nothing: all is gone, or what is left has to wait. After a crash in
   * between less is left to do, and everything that is left can still be found.
   */
  remove(request: ErasureRequest): Promise<ErasureCounts>;
}
