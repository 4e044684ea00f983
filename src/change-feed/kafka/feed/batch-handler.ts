import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { EntityKind } from '../../../domain/entity.ts';
import { sleepUnlessAborted, type Clock } from '../../../runtime/clock.ts';
import { errorFields } from '../../../runtime/error-fields.ts';
import type { Logger } from '../../../runtime/logger.ts';
import type { ChangeHandler } from '../../change-feed.port.ts';
import { retryWaitMs, stallCode } from '../../retry-wait.ts';
import { decodeMessages, type ValueDecoder } from '../../codec/value-decoder.ts';
import { isStoreAway } from './feed-refusal.ts';
import { setAsideLetter } from '../../codec/set-aside-letter.ts';
import { messageChunks, type ChunkLimits } from './message-chunks.ts';
import type { Ownership, Term } from './partition-ownership.ts';
import type { ProgressRecorder } from './progress-recorder.ts';
import type { TriedMessages } from './tried-messages.ts';

export interface BatchHandlerOptions {
  readonly handler: ChangeHandler;
  readonly decode: ValueDecoder;
  readonly kindOf: (topic: string) => EntityKind;
  readonly clock: Clock;
  readonly log: Logger;
  readonly ownership: Ownership;
  readonly recorder: ProgressRecorder;
  readonly tried: TriedMessages;
  /** Aborts when the feed is told to stop: no wait and no further chunk after that. */
  readonly stopping: AbortSignal;
  /** A partition's code while it can't go on; null once it does. */
  readonly onStall: (partition: string, code: string | null) => void;
  /** Events of a partition that are not handled yet, as of its last fetch. */
  readonly onLag: (topic: string, partition: number, lag: number) => void;
}

const LIMITS: ChunkLimits = { messages: 500, bytes: 4 * 1_048_576 };
/**
 * How long one batch may go on while others wait: kafkajs fetches again only when all that it fetched is done with. What is
 * left comes with the next fetch.
 */
const TURN_MS = 1_000;
/** Below the interval at which kafkajs sends heartbeats it sends none, so this may be short. */
const HEARTBEAT_STEP_MS = 500;

/**
 * Handles what kafkajs fetched of one partition: in chunks, each decoded and given to the handler. What was handled is recorded
 * once, in the store and at the brokers, when the batch or its turn is over, or before a wait: each is a round trip in which
 * nothing is taken in. Behind the last event, what is never handed out (a transaction's marker) is recorded with it.
 *
 * A store or registry that is away keeps the chunk here, with heartbeats, for as long as it lasts: no error escapes that
 * kafkajs would count, and nothing is skipped. Lost ownership and a broker that is away end it by kafkajs' own error, which
 * makes it join again and fetch from what was committed.
 */
export function createBatchHandler(
  options: BatchHandlerOptions,
): (payload: EachBatchPayload) => Promise<void> {
  return async (payload) => {
    const { topic, partition, messages, highWatermark } = payload.batch;
    const work = createWork(options, payload);
    const lastOfAll = messages.at(-1);
    try {
      for (const chunk of messageChunks(messages, LIMITS)) {
        for (let rest = chunk; rest.length > 0;) {
          const { count: handled, onTrial } = await work.handle(rest);
          const last = rest[handled - 1];
          if (last === undefined) return await work.finish();
          const after = BigInt(last === lastOfAll ? payload.batch.lastOffset() : last.offset) + 1n;
          work.handled(after);
          payload.resolveOffset(last.offset);
          options.onLag(topic, partition, Math.max(0, Number(BigInt(highWatermark) - after)));
          // Else who comes after a death would begin before what was tried, and never find out what it is.
          if (onTrial) await work.finish();
          if (work.ended() || work.turnIsOver()) return await work.finish();
          rest = rest.slice(handled);
        }
      }
      await work.finish();
    } finally {
      options.onStall(`${topic}/${partition}`, null);
    }
  };
}

interface Handled {
  readonly count: number;
  /** How far this is is to be recorded before more is looked into. */
  readonly onTrial: boolean;
}

interface Work {
  /** How many of the messages were stored; none when it was given up: told to stop, or no longer the owner. */
  handle(chunk: readonly KafkaMessage[]): Promise<Handled>;
  /** All before this offset was stored: the next commit records it. */
  handled(nextOffset: bigint): void;
  /**
   * Records what was handled and isn't recorded yet, unless the partition is somebody else's by now. Waits for a store that
   * is away.
   */
  finish(): Promise<void>;
  ended(): boolean;
  turnIsOver(): boolean;
}

/** Whether the batch is still ours, and what keeps it so. */
interface Hold {
  /** The partition may be somebody else's by now. */
  abandoned(): boolean;
  /** Abandoned, or told to stop. */
  ended(): boolean;
  heartbeat(): Promise<void>;
  /** With heartbeats; not for longer than it is ours. */
  wait(ms: number): Promise<void>;
  /** Throws the error by which the partition was lost, if it was: kafkajs needs to see that to join again. */
  throwIfLost(): void;
}

function createHold({ ownership, stopping, clock }: BatchHandlerOptions, payload: EachBatchPayload): Hold {
  const term: Term = ownership.term();
  const abandoned = () => term.over() || payload.isStale();
  const ended = () => abandoned() || stopping.aborted || !payload.isRunning();
  let lostBy: Error | null = null;
  const heartbeat = async () => {
    try {
      await payload.heartbeat();
    } catch (error) {
      ownership.renew();
      lostBy = error instanceof Error ? error : new Error('the heartbeat failed', { cause: error });
      throw error;
    }
  };
  return {
    abandoned,
    ended,
    heartbeat,
    async wait(ms) {
      for (let left = ms; left > 0 && !ended(); left -= HEARTBEAT_STEP_MS) {
        await sleepUnlessAborted(clock, Math.min(left, HEARTBEAT_STEP_MS), stopping);
        await heartbeat();
      }
    },
    throwIfLost() {
      if (lostBy !== null) throw lostBy;
    },
  };
}

function createWork(options: BatchHandlerOptions, payload: EachBatchPayload): Work {
  const { handler, decode, kindOf, clock, log, onStall, recorder, tried } = options;
  const { topic, partition } = payload.batch;
  const place = `${topic}/${partition}`;
  const { abandoned, ended, heartbeat, wait, throwIfLost } = createHold(options, payload);
  const turnEnd = clock.monotonic() + TURN_MS;
  const turnIsOver = () => clock.monotonic() >= turnEnd;

  const attempt = async (chunk: readonly KafkaMessage[]): Promise<Handled> => {
    const { messages, isSetAside, onTrial } = await tried.next(topic, partition, chunk);
    const read = messages.map(({ key, value, offset }) => ({
      key,
      value,
      place: { topic, partition, offset },
    }));
    const now = () => clock.now();
    const { count, changes, letters } = isSetAside
      ? { count: 1, changes: [], letters: read.map((each) => setAsideLetter(each, kindOf, now())) }
      : await decodeMessages(read, { kindOf, decode, now, heartbeat, enough: turnIsOver });
    if (!abandoned()) await handler({ changes, letters, heartbeat, abandoned });
    return { count, onTrial };
  };

  let unrecorded: bigint | null = null;
  const record = async (): Promise<void> => {
    if (unrecorded === null || abandoned()) return;
    const next = unrecorded;
    await recorder.record({ topic, partition, next }, async (offset) => {
      if (abandoned()) return;
      await payload.commitOffsetsIfNecessary({ topics: [{ topic, partitions: [{ partition, offset }] }] });
    });
    unrecorded = null;
  };
  /** Answers whether it is to be tried again, once that has a chance. */
  const outlast = async (error: unknown, attempts: number): Promise<boolean> => {
    // Whatever the handler made of it.
    throwIfLost();
    if (abandoned()) return false;
    const code = stallCode(error);
    onStall(place, code);
    if (isWorthLogging(attempts))
      log.warn('feed.stalled', { topic, partition, code, attempts, ...errorFields(error) });
    await record().catch(unlessStoreIsAway);
    await wait(retryWaitMs(attempts));
    return !ended();
  };
  const resumed = (attempts: number): void => {
    if (attempts > 1 && !abandoned()) log.info('feed.resumed', { topic, partition, attempts });
    onStall(place, null);
  };

  return {
    ended,
    turnIsOver,
    handled(nextOffset) {
      unrecorded = nextOffset;
    },
    async handle(chunk) {
      await heartbeat();
      for (let attempts = 1; !ended(); attempts += 1) {
        try {
          const handled = await attempt(chunk);
          resumed(attempts);
          if (!abandoned()) return handled;
          break;
        } catch (error) {
          if (!(await outlast(error, attempts))) break;
        }
      }
      // It lives: whoever gets the partition next has nothing to suspect. One that can't say so is suspected once, for nothing.
      await tried.leave(topic, partition).catch(unlessStoreIsAway);
      return { count: 0, onTrial: false };
    },
    async finish() {
      for (let attempts = 1; ; attempts += 1) {
        try {
          await record();
          return resumed(attempts);
        } catch (error) {
          unlessStoreIsAway(error);
          if (!(await outlast(error, attempts))) return;
        }
      }
    },
  };
}

/** What kafkajs has to see goes on to it. */
function unlessStoreIsAway(error: unknown): void {
  if (!isStoreAway(error)) throw error;
}

/** The first failure, and about one a minute after that. */
function isWorthLogging(attempts: number): boolean {
  return attempts === 1 || attempts % 12 === 0;
}
