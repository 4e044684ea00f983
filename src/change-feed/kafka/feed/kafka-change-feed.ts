import { randomUUID } from 'node:crypto';
import type { Kafka } from 'kafkajs';
import type { EntityKind } from '../../../domain/entity.ts';
import { sleepUnlessAborted, type Clock } from '../../../runtime/clock.ts';
import { errorFields } from '../../../runtime/error-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { FeedPositionStore } from '../../../state-store/feed-position-store.port.ts';
import type { ChangeFeed, ChangeHandler } from '../../change-feed.port.ts';
import { retryWaitMs } from '../../retry-wait.ts';
import { createKindOf } from '../../topic-kinds.ts';
import type { ValueDecoder } from '../../codec/value-decoder.ts';
import { createBatchHandler } from './batch-handler.ts';
import {
  openConsumerSession,
  type ConsumerSession,
  type ConsumerSessionOptions,
} from './consumer-session.ts';
import { isStoreAway, refusalOf, type FeedRefusal } from './feed-refusal.ts';
import { createFeedStatus } from './feed-status.ts';
import { createOwnership } from './partition-ownership.ts';
import { createPartitionPlaces, type PartitionPlaces } from './partition-places.ts';
import { createPartitionPlacing, type PartitionPlacing } from './partition-placing.ts';
import { createProgressRecorder } from './progress-recorder.ts';
import { createTriedMessages } from './tried-messages.ts';
import { isProtocolError, TOPIC_MISSING } from '../connection/protocol-error.ts';

export interface KafkaChangeFeedOptions {
  readonly kafka: Kafka;
  readonly groupId: string;
  readonly topics: Readonly<Record<EntityKind, string>>;
  readonly decode: ValueDecoder;
  readonly clock: Clock;
  readonly log: Logger;
  /** The feed has ended for good after it was started; the process should end, too. */
  readonly onFatal: (refusal: FeedRefusal) => void;
  /** How far each partition was taken in, kept with what was taken in. */
  readonly positions: FeedPositionStore;
  /** Go on where the log no longer reaches back to the store's place; false by default. */
  readonly acceptLostEvents?: boolean;
  /** How many partitions are handled at a time. The batches of one never overlap. */
  readonly concurrency?: number;
  /** Processes that may die with a message in hand; 2. Infinite where something else ends processes all the time. */
  readonly mostStarts?: number;
  /** Events of a partition that are not handled yet, told after each batch. */
  readonly onLag?: (topic: string, partition: number, lag: number) => void;
}

/** How long a stop waits for a consumer that is still joining. */
const JOINING_GRACE_MS = 3_000;

/**
 * The change feed on Kafka. `start` resolves once the group is joined, or once the brokers turned out to be away, in which
 * case joining goes on for as long as that lasts; it rejects with a `FeedRefusal`. Each attempt is a new consumer.
 */
export function createKafkaChangeFeed(options: KafkaChangeFeedOptions): ChangeFeed {
  const { clock, log, onFatal } = options;
  const stopping = new AbortController();
  const status = createFeedStatus(() => clock.now());
  let running: Promise<void> | undefined;

  const stopped = aborted(stopping.signal);

  const run = async (handler: ChangeHandler, started: () => void): Promise<void> => {
    const open = createOpener(options, { handler, status, stopping: stopping.signal });
    for (let attempt = 1; !stopping.signal.aborted; attempt += 1) {
      const error = await untilEnded(open, { clock, log, stopped }, () => {
        attempt = 0;
        status.joined();
        started();
      });
      status.left();
      if (stopping.signal.aborted) break;
      const refusal = refusalOf(error);
      if (refusal !== null) throw refusal;
      const code = isStoreAway(error) ? 'STORE_UNAVAILABLE' : brokerCode(error);
      status.brokerStall(code);
      log.warn('feed.disconnected', { code, attempt, ...errorFields(error) });
      started();
      await sleepUnlessAborted(clock, retryWaitMs(attempt + 1), stopping.signal);
    }
  };

  return {
    start(handler) {
      if (running !== undefined) return Promise.reject(new TypeError('the feed was started before'));
      const start = Promise.withResolvers<void>();
      let isStarted = false;
      running = run(handler, () => {
        isStarted = true;
        start.resolve();
      }).then(start.resolve, (error: unknown) => {
        const refusal = refusalOf(error);
        status.brokerStall(refusal?.code ?? 'KAFKA_CONSUMER_FAILED');
        if (refusal !== null)
          log.error('feed.refused', { code: refusal.code, message: refusal.message, remedy: refusal.remedy });
        if (isStarted && refusal !== null) onFatal(refusal);
        else start.reject(error);
      });
      return start.promise;
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => status.health(),
  };
}

interface Parts {
  readonly handler: ChangeHandler;
  readonly status: ReturnType<typeof createFeedStatus>;
  readonly stopping: AbortSignal;
}

type Open = () => Promise<ConsumerSession>;

/** Answers what opens a new session with the feed's settings: it checks where the group and the store stand, then joins. */
function createOpener(options: KafkaChangeFeedOptions, parts: Parts): Open {
  const { kafka, groupId, topics, log, positions, concurrency = 3, acceptLostEvents = false } = options;
  const names = Object.values(topics);
  /** The same for all sessions: who comes back did not die. */
  const processId = randomUUID();
  const places = createPartitionPlaces({ kafka, groupId, topics: names, positions, log, acceptLostEvents });
  return async () => {
    await places.check();
    const session = createSessionParts(options, { ...parts, processId }, places);
    return openConsumerSession({
      kafka,
      groupId,
      topics: names,
      concurrency,
      onPoll: parts.status.polled,
      ...session,
    });
  };
}

type SessionParts = Pick<ConsumerSessionOptions, 'eachBatch' | 'onJoin' | 'onPassed'>;

/** What one session does with what kafkajs tells it. */
function createSessionParts(
  options: KafkaChangeFeedOptions,
  { handler, status, stopping, processId }: Parts & { readonly processId: string },
  places: PartitionPlaces,
): SessionParts {
  const { groupId, topics, positions, clock, log, decode, mostStarts, onLag = () => undefined } = options;
  const ownership = createOwnership();
  const recorder = createProgressRecorder(positions);
  const tried = createTriedMessages({
    positions,
    processId,
    ...(mostStarts === undefined ? {} : { mostStarts }),
  });
  const handleBatch = createBatchHandler({
    handler,
    decode,
    kindOf: createKindOf(topics),
    clock,
    log,
    ownership,
    recorder,
    tried,
    stopping,
    onStall: status.partitionStall,
    onLag,
  });
  let placing: PartitionPlacing | null = null;
  return {
    async eachBatch(payload) {
      status.inHand(1);
      try {
        const { topic, partition } = payload.batch;
        const mayHandle = await placing?.mayHandle(topic, partition, () => payload.isStale());
        if (mayHandle === true) await handleBatch(payload);
      } finally {
        status.inHand(-1);
      }
    },
    onJoin(assignment, { seek, commit, fail }) {
      ownership.renew();
      tried.renew();
      const partitions = Object.entries(assignment).flatMap(([topic, ids]) =>
        ids.map((id) => `${topic}/${id}`),
      );
      log.info('feed.joined', { groupId, partitions });
      placing ??= createPartitionPlacing({
        places,
        recorder,
        clock,
        log,
        stopping,
        seek,
        commit,
        onFailure: fail,
      });
      placing.begin(assignment);
    },
    onPassed: (position) => placing?.passed(position),
  };
}

interface Surroundings {
  readonly clock: Clock;
  readonly log: Logger;
  readonly stopped: Promise<void>;
}

/** Runs one session until it ends; answers the error that ended it, undefined when it was told to stop. */
async function untilEnded(
  open: Open,
  { clock, log, stopped }: Surroundings,
  joined: () => void,
): Promise<unknown> {
  const opened = new AbortController();
  try {
    const opening = open();
    const tooLate = stopped.then(() => sleepUnlessAborted(clock, JOINING_GRACE_MS, opened.signal));
    const session = await Promise.race([opening, tooLate]);
    if (typeof session === 'boolean') {
      // It is still joining. When it has, it leaves; until then it handles nothing, since the feed is stopping.
      opening
        .then((late) => late.close())
        .catch((error: unknown) => log.debug('feed.left', errorFields(error)));
      return undefined;
    }
    opened.abort();
    joined();
    const error = await Promise.race([session.crashed, stopped]);
    await session.close();
    return error;
  } catch (error) {
    return error;
  } finally {
    opened.abort();
  }
}

function aborted(signal: AbortSignal): Promise<void> {
  return new Promise((resolve) => signal.addEventListener('abort', () => resolve(), { once: true }));
}

/** `TOPIC_MISSING` is mended by `zena-crm topics create`; the feed sees it by itself. */
function brokerCode(error: unknown): 'TOPIC_MISSING' | 'BROKER_UNAVAILABLE' {
  return isProtocolError(error, TOPIC_MISSING) ? 'TOPIC_MISSING' : 'BROKER_UNAVAILABLE';
}
