/**
 * Whether this consumer still owns what it is handling. kafkajs may join a new generation while a batch is in hand, and then
 * heartbeats and commits go out under the new one without an error; so every join, and every heartbeat that failed, starts a
 * new term, and a batch belongs to the term in which it began.
 */
export interface Ownership {
  /** Ends the present term. */
  renew(): void;
  term(): Term;
}

export interface Term {
  over(): boolean;
}

export function createOwnership(): Ownership {
  let current = 0;
  return {
    renew() {
      current += 1;
    },
    term() {
      const begun = current;
      return { over: () => current !== begun };
    },
  };
}
