import type { EachBatchPayload, Kafka } from 'kafkajs';
import type { EntityKind } from '../../../domain/entity.ts';
import { sleepUnlessAborted, type Clock } from '../../../runtime/clock.ts';
import { errorFields } from '../../../runtime/error-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ChangeFeed, ChangeHandler } from '../../change-feed.port.ts';
import { retryWaitMs } from '../../retry-wait.ts';
import { createKindOf } from '../../topic-kinds.ts';
import type { ValueDecoder } from '../../codec/value-decoder.ts';
import { createBatchHandler } from './batch-handler.ts';
import { openConsumerSession, type ConsumerSession } from './consumer-session.ts';
import { refusalOf, type FeedRefusal } from './feed-refusal.ts';
import { createFeedStatus } from './feed-status.ts';
import { createOwnership } from './partition-ownership.ts';
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
  /** How many partitions are handled at a time. The batches of one never overlap. */
  readonly concurrency?: number;
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
      status.brokerStall(brokerCode(error));
      log.warn('feed.disconnected', { code: brokerCode(error), attempt, ...errorFields(error) });
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

/** Answers what opens a new session with the feed's settings. */
function createOpener(options: KafkaChangeFeedOptions, { handler, status, stopping }: Parts): Open {
  const { kafka, groupId, topics, decode, clock, log, concurrency = 3, onLag = () => undefined } = options;
  const kindOf = createKindOf(topics);
  return () => {
    const ownership = createOwnership();
    const handleBatch = createBatchHandler({
      handler,
      decode,
      kindOf,
      clock,
      log,
      ownership,
      stopping,
      onStall: status.partitionStall,
      onLag,
    });
    const eachBatch = async (payload: EachBatchPayload) => {
      status.inHand(1);
      try {
        await handleBatch(payload);
      } finally {
        status.inHand(-1);
      }
    };
    const onJoin = (assignment: Readonly<Record<string, readonly number[]>>) => {
      ownership.renew();
      const partitions = Object.entries(assignment).flatMap(([topic, ids]) =>
        ids.map((id) => `${topic}/${id}`),
      );
      log.info('feed.joined', { groupId, partitions });
    };
    return openConsumerSession({
      kafka,
      groupId,
      topics: Object.values(topics),
      concurrency,
      eachBatch,
      onJoin,
      onPoll: status.polled,
    });
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
