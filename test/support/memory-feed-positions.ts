import type {
  FeedPosition,
  FeedPositionStore,
  TriedPart,
} from '../../src/state-store/feed-position-store.port.ts';

/** Positions of a feed that end with the process; can be read at any time, and copied as they are. */
export interface MemoryFeedPositions extends FeedPositionStore {
  /** The next offset by `topic/partition`. */
  all(): ReadonlyMap<string, bigint>;
  copy(): MemoryFeedPositions;
}

export function createMemoryFeedPositions(begin: readonly FeedPosition[] = []): MemoryFeedPositions {
  const kept = new Map<string, FeedPosition>();
  const tried = new Map<string, TriedPart>();
  const nameOf = ({ topic, partition }: FeedPosition): string => `${topic}/${String(partition)}`;
  for (const position of begin) kept.set(nameOf(position), position);
  return {
    read: (topics) => Promise.resolve([...kept.values()].filter(({ topic }) => topics.includes(topic))),
    advance(positions) {
      for (const position of positions)
        if (position.next > (kept.get(nameOf(position))?.next ?? -1n)) kept.set(nameOf(position), position);
      return Promise.resolve();
    },
    replace(positions) {
      for (const position of positions) kept.set(nameOf(position), position);
      return Promise.resolve();
    },
    tried: (topic, partition) => Promise.resolve(tried.get(`${topic}/${partition}`) ?? null),
    noteTried(topic, partition, part) {
      tried.set(`${topic}/${partition}`, part);
      return Promise.resolve();
    },
    clearTried(topic, partition, by) {
      const place = `${topic}/${partition}`;
      if (tried.get(place)?.by === by) tried.delete(place);
      return Promise.resolve();
    },
    all: () => new Map([...kept].map(([name, { next }]) => [name, next])),
    copy: () => createMemoryFeedPositions([...kept.values()]),
  };
}
