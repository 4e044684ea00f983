import type { KafkaMessage } from 'kafkajs';
import type { FeedPositionStore, TriedPart } from '../../../state-store/feed-position-store.port.ts';

/** At the third start a message is set aside that two processes died with in hand. */
export const MOST_STARTS = 2;

export interface TriedMessagesOptions {
  readonly positions: Pick<FeedPositionStore, 'tried' | 'noteTried' | 'clearTried'>;
  /** Names this process: what it left itself, it did not die with. */
  readonly processId: string;
  readonly mostStarts?: number;
}

/** What is to be done with the next messages of a partition. */
export interface NextMessages {
  readonly messages: readonly KafkaMessage[];
  /** Processes died with it, one after another: it is put aside as it stands, and not looked into. */
  readonly isSetAside: boolean;
  /** It is written down that these are tried: how far they came is to be recorded at once. */
  readonly onTrial: boolean;
}

/** Messages that a process may have died with: the first that it finds of each partition that it gets. */
export interface TriedMessages {
  /** Of a chunk: all of it, or one message by itself, which is written down before it is handed out. */
  next(topic: string, partition: number, chunk: readonly KafkaMessage[]): Promise<NextMessages>;
  /** The process lives, and gives up what it has in hand: nobody died with it. */
  leave(topic: string, partition: number): Promise<void>;
  /** Partitions are given out anew: others may have had them meanwhile. */
  renew(): void;
}

interface Trial {
  /** The last of those that may be to blame; null once it is past. */
  readonly upTo: bigint | null;
  readonly died: number;
}

const PAST: Trial = { upTo: null, died: 0 };

/**
 * What ends a process while it is taken in would end the next one as well, and the partition would stand for ever. So the first chunk that
 * a process gets of a partition is written down before it is looked into: who gets it after a death takes in one message at a time, and
 * the third sets aside the one that ended both. A partition that moves between processes that live leaves no such note.
 */
export function createTriedMessages({
  positions,
  processId,
  mostStarts = MOST_STARTS,
}: TriedMessagesOptions): TriedMessages {
  let trials = new Map<string, Trial>();

  async function firstLook(topic: string, partition: number, from: bigint, upTo: bigint): Promise<Trial> {
    const tried = await positions.tried(topic, partition);
    const isOurs = tried === null || tried.by === processId;
    if (isOurs || from < tried.from || from > tried.upTo) return { upTo, died: 0 };
    return { upTo: tried.upTo, died: tried.times };
  }

  return {
    async next(topic, partition, chunk) {
      const [first, last] = [chunk.at(0), chunk.at(-1)];
      const place = `${topic}/${partition}`;
      const known = trials;
      if (first === undefined || last === undefined || !Number.isFinite(mostStarts))
        return { messages: chunk, isSetAside: false, onTrial: false };
      const from = BigInt(first.offset);
      const { upTo, died } =
        known.get(place) ?? (await firstLook(topic, partition, from, BigInt(last.offset)));
      if (upTo === null || from > upTo) {
        known.set(place, PAST);
        return { messages: chunk, isSetAside: false, onTrial: false };
      }
      known.set(place, { upTo, died });
      if (died >= mostStarts) return { messages: [first], isSetAside: true, onTrial: true };
      const note = (part: Pick<TriedPart, 'upTo' | 'times'>): Promise<void> =>
        positions.noteTried(topic, partition, { from, ...part, by: processId });
      if (died === 0) await note({ upTo, times: 1 });
      else await note({ upTo: from, times: died + 1 });
      return { messages: died === 0 ? chunk : [first], isSetAside: false, onTrial: true };
    },
    async leave(topic, partition) {
      const trial = trials.get(`${topic}/${partition}`);
      if (trial === undefined || trial.upTo === null) return;
      await positions.clearTried(topic, partition, processId);
    },
    renew() {
      trials = new Map();
    },
  };
}
