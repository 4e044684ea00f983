import type { FeedHealth } from '../../change-feed/change-feed.port.ts';
import type { Clock } from '../../runtime/clock.ts';

export type NotReadyReason = 'store_unreachable' | 'feed_not_ready';

/** Whether the process should be left alone, and whether it should be given requests. */
export interface Health {
  /** False when the process has stopped doing its work and only a restart helps; other parts' faults never make it so. */
  live(): boolean;
  /** Null when ready. A CRM that is down is a connection's state and no reason. */
  notReady(): Promise<NotReadyReason | null>;
}

export interface HealthParts {
  /** Resolves when the store answers. */
  readonly ping: () => Promise<void>;
  /** Null in a process that reads no feed. */
  readonly feed: (() => FeedHealth) | null;
  readonly clock: Clock;
}

/** A feed polls every few seconds, also when nothing comes. */
const SILENT_MS = 120_000;
const PING_MS = 2_000;

export function createHealth({ ping, feed, clock }: HealthParts): Health {
  // Anybody may ask, as often as they like: the store is asked once for all who wait.
  let asking: Promise<boolean> | null = null;
  const answers = () =>
    (asking ??= answersInTime(ping, clock).finally(() => {
      asking = null;
    }));
  return {
    live() {
      const health = feed?.();
      // What stalls the feed knowingly (a broker or a store that is away) is no fault of this process.
      if (health === undefined || health.stalled !== null || health.lastPollAt === null) return true;
      return clock.now() - health.lastPollAt < SILENT_MS;
    },
    async notReady() {
      if (!(await answers())) return 'store_unreachable';
      return feed === null || feed().ready ? null : 'feed_not_ready';
    },
  };
}

async function answersInTime(ping: () => Promise<void>, clock: Clock): Promise<boolean> {
  const timer = new AbortController();
  const late = clock.sleep(PING_MS, timer.signal).then(
    () => false,
    () => false,
  );
  const answered = ping().then(
    () => true,
    () => false,
  );
  const inTime = await Promise.race([answered, late]);
  timer.abort();
  return inTime;
}
