import type { Kafka } from 'kafkajs';
import type { Logger } from '../../../runtime/logger.ts';
import type { FeedPosition, FeedPositionStore } from '../../../state-store/feed-position-store.port.ts';
import { comparePositions, readPositions, type ComparedPartition } from './check-offsets.ts';
import { offsetOutOfRange, storeBehindLog } from './feed-refusal.ts';

export interface PartitionPlacesOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: readonly string[];
  readonly positions: FeedPositionStore;
  readonly log: Logger;
  /** A person said that the feed is to go on where the log no longer reaches back to the store's place. */
  readonly acceptLostEvents: boolean;
}

/** Which partitions of each topic are ours. */
export type Assignment = Readonly<Record<string, readonly number[]>>;

/** Where partitions begin, as the group and the store say. */
export interface PartitionPlaces {
  /** Looks at all partitions before the group is joined, and keeps what the store doesn't know. Throws a `FeedRefusal`. */
  check(): Promise<void>;
  /** The partitions of an assignment that have to be read from an earlier place than the group's. Throws a `FeedRefusal`. */
  toReadAgain(assignment: Assignment): Promise<readonly FeedPosition[]>;
}

export function createPartitionPlaces(options: PartitionPlacesOptions): PartitionPlaces {
  const { positions, topics } = options;
  const compare = async (): Promise<readonly ComparedPartition[]> =>
    comparePositions(await readFromBrokers(options), await positions.read(topics));
  return {
    async check() {
      const compared = await compare();
      refuse(options, compared);
      await keep(options, compared);
    },
    async toReadAgain(assignment) {
      const compared = (await compare()).filter(({ topic, partition }) =>
        assignment[topic]?.includes(partition),
      );
      refuse(options, compared);
      await keep(options, compared);
      return compared.flatMap(({ topic, partition, committed, start }) => {
        if (start.kind !== 'back') return [];
        const { next } = start;
        const fields = { topic, partition, from: String(committed), to: next.toString() };
        options.log.warn('feed.store_behind_group', fields);
        return [{ topic, partition, next }];
      });
    },
  };
}

async function readFromBrokers({ kafka, groupId, topics }: PartitionPlacesOptions) {
  const admin = kafka.admin();
  try {
    await admin.connect();
    return await readPositions(admin, groupId, topics);
  } finally {
    await admin.disconnect();
  }
}

/** Names every partition that can't be gone on with. */
function refuse(
  { groupId, acceptLostEvents }: PartitionPlacesOptions,
  compared: readonly ComparedPartition[],
): void {
  const of = (kind: 'out_of_range' | 'lost', stopped: (each: ComparedPartition) => bigint | null): string =>
    compared
      .filter(({ start }) => start.kind === kind)
      .map((each) => `${nameOf(each)} stopped at ${stopped(each)}, the log holds ${each.low} to ${each.high}`)
      .join('; ');
  const outOfRange = of('out_of_range', ({ committed }) => committed);
  if (outOfRange !== '') throw offsetOutOfRange(`group ${groupId}: ${outOfRange}`);
  const lost = of('lost', ({ stored }) => stored);
  if (lost !== '' && !acceptLostEvents) throw storeBehindLog(`the state store: ${lost}`);
}

/** Writes to the store what it is to know from now on. */
async function keep(
  { positions, log }: PartitionPlacesOptions,
  compared: readonly ComparedPartition[],
): Promise<void> {
  const unknown: FeedPosition[] = [];
  const wrong: FeedPosition[] = [];
  for (const { topic, partition, stored, start } of compared) {
    if (start.kind === 'keep') unknown.push({ topic, partition, next: start.next });
    if (start.kind !== 'other_log' && start.kind !== 'lost') continue;
    const { next } = start;
    wrong.push({ topic, partition, next });
    const event = start.kind === 'lost' ? 'feed.lost_events_accepted' : 'feed.topic_made_anew';
    log.warn(event, { topic, partition, from: String(stored), to: next.toString() });
  }
  if (unknown.length > 0) await positions.advance(unknown);
  if (wrong.length > 0) await positions.replace(wrong);
}

function nameOf({ topic, partition }: ComparedPartition): string {
  return `${topic}/${partition}`;
}
