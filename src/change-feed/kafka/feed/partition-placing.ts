import { sleepUnlessAborted, type Clock } from '../../../runtime/clock.ts';
import { errorFields } from '../../../runtime/error-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { FeedPosition } from '../../../state-store/feed-position-store.port.ts';
import { retryWaitMs } from '../../retry-wait.ts';
import { isStoreAway } from './feed-refusal.ts';
import type { Assignment, PartitionPlaces } from './partition-places.ts';
import type { ProgressRecorder } from './progress-recorder.ts';

export interface PartitionPlacingOptions {
  readonly places: Pick<PartitionPlaces, 'toReadAgain'>;
  readonly recorder: ProgressRecorder;
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopping: AbortSignal;
  /** Makes the next fetch of a partition begin there. */
  readonly seek: (position: FeedPosition) => void;
  readonly commit: (position: FeedPosition) => Promise<void>;
  /** It could not be found out where to begin: the consumer has to end. */
  readonly onFailure: (error: unknown) => void;
}

/**
 * Between the brokers and what handles batches: nothing is handled before it is known where the partitions of a generation
 * begin, and what lies between events (markers of transactions, events of aborted ones) is recorded as taken in, too.
 */
export interface PartitionPlacing {
  /** A generation was joined, with these partitions. */
  begin(assignment: Assignment): void;
  /** Whether the batch may be handled. `isStale`: its partition begins elsewhere. */
  mayHandle(topic: string, partition: number, isStale: () => boolean): Promise<boolean>;
  /** A fetch brought nothing to handle up to here. */
  passed(position: FeedPosition): void;
}

interface Generation {
  /** Resolves with whether it is known where the partitions begin. */
  readonly placed: Promise<boolean>;
  /** Partitions that are read again and of which nothing has come yet: what comes before that was fetched elsewhere. */
  readonly sought: Set<string>;
}

export function createPartitionPlacing(options: PartitionPlacingOptions): PartitionPlacing {
  const { places, recorder, clock, log, stopping, seek, commit, onFailure } = options;
  let current: Generation | null = null;

  const place = async (
    assignment: Assignment,
    sought: Set<string>,
    isOurs: () => boolean,
  ): Promise<boolean> => {
    try {
      const again = await places.toReadAgain(assignment);
      if (!isOurs()) return false;
      for (const position of again) {
        sought.add(nameOf(position));
        seek(position);
      }
      return true;
    } catch (error) {
      if (isOurs()) onFailure(error);
      return false;
    }
  };

  const recordPassed = async (position: FeedPosition, generation: Generation): Promise<void> => {
    const isOurs = (): boolean =>
      current === generation && !generation.sought.has(nameOf(position)) && !stopping.aborted;
    if (!(await generation.placed)) return;
    for (let attempt = 1; isOurs(); attempt += 1) {
      try {
        await recorder.record(position, () => (isOurs() ? commit(position) : Promise.resolve()));
        return;
      } catch (error) {
        // The next commit of the partition tells as much; only a store that comes back is waited for.
        if (!isStoreAway(error)) return log.debug('feed.marker_not_committed', errorFields(error));
        await sleepUnlessAborted(clock, retryWaitMs(attempt), stopping);
      }
    }
  };

  return {
    begin(assignment) {
      recorder.renew();
      const sought = new Set<string>();
      const generation: Generation = {
        sought,
        placed: Promise.resolve().then(() => place(assignment, sought, () => current === generation)),
      };
      current = generation;
    },
    async mayHandle(topic, partition, isStale) {
      const generation = current;
      if (generation === null || !(await generation.placed)) return false;
      if (current !== generation || isStale()) return false;
      generation.sought.delete(`${topic}/${partition}`);
      return true;
    },
    passed(position) {
      if (current !== null) void recordPassed(position, current);
    },
  };
}

function nameOf({ topic, partition }: FeedPosition): string {
  return `${topic}/${partition}`;
}
