/**
 * Port: which budgets this process may act for. Everything that is sent for a connection is sent under the lease on the shard of
 * its budget, so each limit has one owner at a time and is exact without a shared counter.
 */
export interface Ownership {
  /** The epoch of the lease on this budget's shard while work may be begun under it; null otherwise. Epochs are never reused. */
  epochOf(budgetKey: string): number | null;
  /**
   * Whether a request may still go out under a lease: false from well before anybody else could have it. Local, without I/O; asked
   * right before each dispatch.
   */
  mayDispatch(epoch: number): boolean;
}

/** What is told of leases. */
export interface LeaseListener {
  /** More budgets are this process's now. */
  gained(): void;
  /** The lease is to be given up: begin nothing under it, end what is under way. Resolves when nothing is left. */
  drain(epoch: number): Promise<void>;
}

/** An `Ownership` that changes, and the sign of life behind it. */
export interface LiveOwnership extends Ownership {
  start(listener: LeaseListener): Promise<void>;
  /** Gives every lease up, after draining for at most `graceMs`, and leaves. Idempotent. */
  stop(graceMs: number): Promise<void>;
}
