export interface TokenBucket {
  /** Takes a token, if need be one that is yet to come, and answers in how many milliseconds it is there. */
  take(): number;
  /** Takes a token only if one is there. */
  tryTake(): boolean;
}

/** `capacity` tokens at first, then `perSecond` new ones. `monotonic` answers milliseconds that only ever grow. */
export function createTokenBucket(options: {
  readonly capacity: number;
  readonly perSecond: number;
  readonly monotonic: () => number;
}): TokenBucket {
  const { capacity, perSecond, monotonic } = options;
  let tokens = capacity;
  let refilledAt = monotonic();
  const refill = () => {
    const now = monotonic();
    tokens = Math.min(capacity, tokens + ((now - refilledAt) * perSecond) / 1_000);
    refilledAt = now;
  };
  return {
    take() {
      refill();
      tokens -= 1;
      return tokens >= 0 ? 0 : (-tokens * 1_000) / perSecond;
    },
    tryTake() {
      refill();
      if (tokens < 1) return false;
      tokens -= 1;
      return true;
    },
  };
}
