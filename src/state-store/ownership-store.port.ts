/** A worker as the others see it. */
export interface WorkerRow {
  /** New for every start of a process. */
  readonly workerId: string;
  /** Grows with each sign of life; observers time it by their own clocks. */
  readonly beat: number;
  /** It hands over what it holds and takes nothing. */
  readonly draining: boolean;
  /** Epoch ms, by its own clock; for people only. */
  readonly startedAt: number;
  readonly beatAt: number;
  /** For people: host and process id. */
  readonly label: string;
  /** The newest rule of sharing the shards that it knows; 1 where what is kept names none, as old programs left it. */
  readonly shardRule: number;
}

/** Who may act for a shard of the budgets. A change of owner always has a greater `epoch` than any before it. */
export interface ShardLease {
  readonly shard: number;
  readonly owner: string | null;
  readonly epoch: number;
}

/** Port: who is alive and who owns what. Every method is one atomic write, or one read. */
export interface OwnershipStore {
  /** The first beat of a worker whose id was never used. */
  join(worker: WorkerRow): Promise<void>;
  /**
   * One more sign of life: raises `beat` by one. False once the worker was fenced or has left: then it holds nothing any more,
   * and no beat of it succeeds ever again.
   */
  beat(workerId: string, draining: boolean, at: number): Promise<boolean>;
  /** All that have neither left nor been fenced. */
  workers(): Promise<WorkerRow[]>;
  /** Declares a worker dead, only while its beat is still this one. */
  fence(workerId: string, beat: number): Promise<boolean>;
  leave(workerId: string): Promise<void>;
  /** Those that were ever owned, by shard. Read them before `workers`: whoever owns one had joined by then. */
  shards(): Promise<ShardLease[]>;
  /** Takes a shard that stands as `from` (null: it was never owned). False when it changed meanwhile. */
  take(from: ShardLease | null, next: ShardLease): Promise<boolean>;
  /** Gives a shard up; false when it is not this lease any more. */
  release(lease: ShardLease): Promise<boolean>;
}

/** What of a budget or a breaker must outlive the worker that it belongs to. */
export interface BudgetState {
  /** The CRM asked for no calls until then, epoch ms. */
  readonly pausedUntil: number | null;
  /** The breaker lets nothing through until then, epoch ms. */
  readonly openUntil: number | null;
}

/** Port: budgets, by their key's hash. */
export interface BudgetStore {
  read(budget: string): Promise<BudgetState | null>;
  /** Sets what is given. Last writer wins: a budget has one owner. */
  note(budget: string, state: Partial<BudgetState>): Promise<void>;
  /**
   * Reserves up to `block` calls of a day's quota (`day` = the UTC date, `2026-11-26`); returns how many were granted, 0 when
   * `quota` is used up. No interleaving grants more than the quota.
   */
  reserve(budget: string, day: string, block: number, quota: number): Promise<number>;
  /** Calls of a day's quota that were reserved: a little more than were made. 0 for a day of which nothing is known. */
  usedOn(budget: string, day: string): Promise<number>;
  /** Nothing of the budget is kept any more, nor of what is kept under its name and a dot (`shareIdOf`). */
  forget(budget: string): Promise<void>;
}
