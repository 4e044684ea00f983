import type { FeedHealth } from '../../change-feed.port.ts';

/** What the feed knows about itself. */
export interface FeedStatus {
  joined(): void;
  left(): void;
  readonly polled: () => void;
  /** Why the brokers can't be used; null once they can. */
  brokerStall(code: string | null): void;
  readonly partitionStall: (partition: string, code: string | null) => void;
  /** A batch was begun (1) or done with (-1). */
  inHand(change: 1 | -1): void;
  health(): FeedHealth;
}

/** Longer than this without an answered fetch or heartbeat, and the group has given us up. */
const SILENCE_MS = 15_000;

/** `now` answers epoch ms. */
export function createFeedStatus(now: () => number): FeedStatus {
  const stalls = new Map<string, string>();
  let broker: string | null = null;
  let member = false;
  let lastPollAt: number | null = null;
  let handling = 0;
  const silent = () => lastPollAt === null || now() - lastPollAt > SILENCE_MS;
  const stalled = (): string | null => {
    if (broker !== null) return broker;
    const [first] = stalls.values();
    if (first !== undefined) return first;
    // While a batch is in hand the silence is ours: a handler that hangs is no broker that is away.
    return member && handling === 0 && silent() ? 'BROKER_UNAVAILABLE' : null;
  };
  return {
    joined() {
      member = true;
      broker = null;
    },
    left() {
      member = false;
      stalls.clear();
    },
    polled() {
      lastPollAt = now();
    },
    brokerStall(code) {
      broker = code;
    },
    partitionStall(partition, code) {
      if (code === null) stalls.delete(partition);
      else stalls.set(partition, code);
    },
    inHand(change) {
      handling += change;
    },
    health: () => ({ ready: member && broker === null && !silent(), lastPollAt, stalled: stalled() }),
  };
}
