import type { FeedPosition, FeedPositionStore } from '../../../state-store/feed-position-store.port.ts';

/** Records how far partitions were taken in: in the store first, then at the brokers, so that the group is never ahead. */
export interface ProgressRecorder {
  /** Forgets what was recorded: partitions may begin elsewhere. */
  renew(): void;
  /** Nothing is done where this far, or further, was recorded already; nothing is committed that was overtaken meanwhile. */
  record(position: FeedPosition, commit: (offset: string) => Promise<void>): Promise<void>;
}

export function createProgressRecorder(positions: Pick<FeedPositionStore, 'advance'>): ProgressRecorder {
  let furthest = new Map<string, bigint>();
  return {
    renew() {
      furthest = new Map();
    },
    async record(position, commit) {
      const { topic, partition, next } = position;
      const place = `${topic}/${partition}`;
      const known = furthest;
      if (next <= (known.get(place) ?? -1n)) return;
      known.set(place, next);
      try {
        await positions.advance([position]);
      } catch (error) {
        if (known.get(place) === next) known.delete(place);
        throw error;
      }
      if (furthest === known && known.get(place) === next) await commit(next.toString());
    },
  };
}
