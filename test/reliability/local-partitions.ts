import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import type { ChangeHandler } from '../../src/change-feed/change-feed.port.ts';
import { createBatchHandler } from '../../src/change-feed/kafka/feed/batch-handler.ts';
import { createProgressRecorder } from '../../src/change-feed/kafka/feed/progress-recorder.ts';
import { createTriedMessages } from '../../src/change-feed/kafka/feed/tried-messages.ts';
import { createOwnership } from '../../src/change-feed/kafka/feed/partition-ownership.ts';
import type { ValueDecoder } from '../../src/change-feed/codec/value-decoder.ts';
import type { EntityKind } from '../../src/domain/entity.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMemoryFeedPositions } from '../support/memory-feed-positions.ts';
import { createQuietLogger } from '../change-feed/quiet-logger.ts';

export interface LocalMessage {
  readonly partition: number;
  readonly key: Buffer | null;
  readonly value: Buffer | null;
}

/** A topic in memory, read as the service reads one of Kafka's: the same handling of batches, without the broker. */
export interface LocalPartitions {
  /** Puts a message at the end of its partition; its offset. */
  append(message: LocalMessage): number;
  /** Messages that are not committed yet. */
  readonly behind: number;
  /** Codes of what the partitions wait for now. */
  stalled(): readonly string[];
  /** Ends with what is in hand. */
  stop(): Promise<void>;
}

export interface LocalPartitionsOptions {
  readonly topic: string;
  readonly partitions: number;
  readonly kind: EntityKind;
  readonly handler: ChangeHandler;
  readonly decode: ValueDecoder;
  /** Everything of the partition before `next` is committed now. */
  readonly onCommitted: (partition: number, next: number) => void;
}

/** As many as one fetch brings. */
const FETCHED = 1_000;

export function startLocalPartitions(options: LocalPartitionsOptions): LocalPartitions {
  const stopping = new AbortController();
  const logs = Array.from({ length: options.partitions }, () => createLog());
  const stalls = new Map<string, string>();
  const handle = createBatchHandler({
    handler: options.handler,
    decode: options.decode,
    clock: systemClock,
    log: createQuietLogger(),
    ownership: createOwnership(),
    recorder: createProgressRecorder({ advance: () => Promise.resolve() }),
    // The processes of such a run are ended all the time.
    tried: createTriedMessages({
      positions: createMemoryFeedPositions(),
      processId: 'local',
      mostStarts: Number.POSITIVE_INFINITY,
    }),
    stopping: stopping.signal,
    kindOf: () => options.kind,
    onStall(partition, code) {
      if (code === null) stalls.delete(partition);
      else stalls.set(partition, code);
    },
    onLag: () => undefined,
  });
  const consume = async (log: Log, partition: number): Promise<void> => {
    while (!stopping.signal.aborted) {
      const messages = log.messages.slice(log.next, log.next + FETCHED);
      if (messages.length > 0) await handle(payloadOf(options, log, partition, messages, stopping.signal));
      else await log.more.promise;
    }
  };
  const consuming = Promise.all(logs.map(consume));
  return {
    append({ partition, key, value }) {
      const log = logs[partition] as Log;
      const offset = log.messages.length;
      log.messages.push({
        key,
        value,
        offset: String(offset),
        timestamp: '0',
        attributes: 0,
      } as KafkaMessage);
      log.wake();
      return offset;
    },
    get behind() {
      return logs.reduce((sum, log) => sum + log.messages.length - log.next, 0);
    },
    stalled: () => [...stalls.values()],
    async stop() {
      stopping.abort();
      for (const log of logs) log.wake();
      await consuming;
    },
  };
}

interface Log {
  readonly messages: KafkaMessage[];
  /** The first that is not committed. */
  next: number;
  more: PromiseWithResolvers<void>;
  wake(): void;
}

function createLog(): Log {
  const log: Log = {
    messages: [],
    next: 0,
    more: Promise.withResolvers<void>(),
    wake() {
      log.more.resolve();
      log.more = Promise.withResolvers<void>();
    },
  };
  return log;
}

function payloadOf(
  { topic, onCommitted }: LocalPartitionsOptions,
  log: Log,
  partition: number,
  messages: KafkaMessage[],
  stopping: AbortSignal,
): EachBatchPayload {
  return {
    batch: {
      topic,
      partition,
      messages,
      highWatermark: String(log.messages.length),
      lastOffset: () => String(messages.at(-1)?.offset),
    },
    resolveOffset(offset: string) {
      log.next = Number(offset) + 1;
      onCommitted(partition, log.next);
    },
    heartbeat: () => Promise.resolve(),
    commitOffsetsIfNecessary: () => Promise.resolve(),
    isRunning: () => !stopping.aborted,
    isStale: () => false,
  } as unknown as EachBatchPayload;
}
