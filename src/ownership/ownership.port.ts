/** The right to act for one shard of the budgets. */
export interface Lease {
  readonly shard: number;
  /** Grows with every change of owner: the epoch of the claims that are made under it. */
  readonly epoch: number;
}

/**
 * Port: which budgets this process may act for. Everything that is sent for a connection is sent under the lease on the shard of
 * its budget, so each limit has one owner at a time and is exact without a shared counter.
 */
export interface Ownership {
  /** The lease on this budget's shard while work may be begun under it; null otherwise. */
  leaseOf(budgetKey: string): Lease | null;
  /**
   * Whether a request may still go out under a lease: false from well before anybody else could have it. Local, without I/O; asked
   * right before each dispatch.
   */
  mayDispatch(lease: Lease): boolean;
}

/** What is told of leases. */
export interface LeaseListener {
  /** More budgets are this process's now. */
  gained(): void;
  /** The lease is to be given up: begin nothing under it, end what is under way. Resolves when nothing is left. */
  drain(lease: Lease): Promise<void>;
}

/** An `Ownership` that changes hands. */
export interface LiveOwnership extends Ownership {
  /** Resolves when it has joined and taken what nobody else has. */
  start(listener: LeaseListener): Promise<void>;
  /** Drains every lease for at most `graceMs`, gives up those that were, and leaves. Idempotent. */
  stop(graceMs: number): Promise<void>;
}
