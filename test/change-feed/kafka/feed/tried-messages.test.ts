import type { EachBatchPayload, KafkaMessage } from 'kafkajs';
import { beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangeBatch } from '../../../../src/change-feed/change-feed.port.ts';
import { encodeChangeAsJson } from '../../../../src/change-feed/codec/encode-change.ts';
import { CHECKED_BEFORE, createValueDecoder } from '../../../../src/change-feed/codec/value-decoder.ts';
import { createBatchHandler } from '../../../../src/change-feed/kafka/feed/batch-handler.ts';
import { createOwnership } from '../../../../src/change-feed/kafka/feed/partition-ownership.ts';
import { createProgressRecorder } from '../../../../src/change-feed/kafka/feed/progress-recorder.ts';
import { createTriedMessages } from '../../../../src/change-feed/kafka/feed/tried-messages.ts';
import { systemClock } from '../../../../src/runtime/clock.ts';
import {
  createMemoryFeedPositions,
  type MemoryFeedPositions,
} from '../../../support/memory-feed-positions.ts';
import { createQuietLogger } from '../../quiet-logger.ts';
import { event } from '../../sample-changes.ts';

const TOPIC = 'contacts';

const messageOf = (entityId: string, at: number): KafkaMessage => ({
  key: Buffer.from(entityId),
  value: Buffer.from(encodeChangeAsJson(event('contact', entityId, 1))),
  offset: String(at),
  timestamp: '0',
  attributes: 0,
  headers: {},
});

/** More than one chunk holds. */
const many = (count: number, deadlyAt: number): KafkaMessage[] =>
  Array.from({ length: count }, (_, at) => messageOf(at === deadlyAt ? 'deadly' : `c-${at}`, at));

describe('a message that ends the process that takes it in', () => {
  let positions: MemoryFeedPositions;
  beforeEach(() => {
    positions = createMemoryFeedPositions();
  });

  /** A process that gets the partition from where the store says on; it stands still for ever, as a dead one does, with what is deadly. */
  function startProcess(processId: string, messages: readonly KafkaMessage[], mostStarts = 2) {
    const stopping = new AbortController();
    const [taken, letters, chunks]: [string[], string[], number[]] = [[], [], []];
    const died = Promise.withResolvers<'died'>();
    const handle = createBatchHandler({
      async handler({ changes, letters: unread }: ChangeBatch) {
        const ids = changes.map((each) => (each.type === 'event' ? each.event.entityId : each.entityId));
        chunks.push(ids.length);
        letters.push(...unread.map(({ entityId, code }) => `${entityId ?? ''} ${code}`));
        if (ids.includes('deadly')) {
          died.resolve('died');
          await new Promise((resolve) => stopping.signal.addEventListener('abort', resolve));
          if (stopping.signal.aborted) throw new Error('it did not get through');
        }
        taken.push(...ids);
        return ids.map(() => 'accepted' as const);
      },
      decode: createValueDecoder(CHECKED_BEFORE),
      kindOf: () => 'contact',
      clock: systemClock,
      log: createQuietLogger(),
      ownership: createOwnership(),
      recorder: createProgressRecorder(positions),
      tried: createTriedMessages({ positions, processId, mostStarts }),
      stopping: stopping.signal,
      onStall: () => undefined,
      onLag: () => undefined,
    });
    const from = Number(positions.all().get(`${TOPIC}/0`) ?? 0n);
    const rest = messages.slice(from);
    const done =
      rest.length === 0 ? Promise.resolve() : handle(payloadOf(rest, stopping.signal)).then(() => undefined);
    return {
      taken,
      letters,
      chunks,
      done,
      ends: () => Promise.race([died.promise, done.then(() => 'done' as const)]),
      stop: async () => {
        stopping.abort();
        await done;
      },
    };
  }

  it('is set aside at the third start after it was found, and what stands behind it is taken in', async () => {
    const messages = many(5, 2);
    const first = startProcess('one', messages);
    expect(await first.ends()).toBe('died');
    expect(first.chunks).toEqual([5]);

    const second = startProcess('two', messages);
    expect(await second.ends()).toBe('died');
    expect(second.taken).toEqual(['c-0', 'c-1']);

    const third = startProcess('three', messages);
    expect(await third.ends()).toBe('done');
    expect(third.letters).toEqual(['deadly PROCESS_DIED']);
    expect(third.taken).toEqual(['c-3', 'c-4']);
  });

  it('is found wherever it stands in what is fetched', async () => {
    const messages = many(1_200, 1_100);
    const ends: string[] = [];
    const letters: string[] = [];
    for (let start = 0; start < 6 && ends.at(-1) !== 'done'; start += 1) {
      const process = startProcess(`process ${start}`, messages);
      ends.push(await process.ends());
      letters.push(...process.letters);
    }
    expect(ends.at(-1)).toBe('done');
    expect(letters).toEqual(['deadly PROCESS_DIED']);
  });

  it('is not taken for one that a process gave up alive, however often', async () => {
    const messages = many(3, 1);
    for (let start = 0; start < 5; start += 1) {
      const process = startProcess(`process ${start}`, messages);
      expect(await process.ends()).toBe('died');
      await process.stop();
      expect(process.letters).toEqual([]);
      expect(await positions.tried(TOPIC, 0)).toBeNull();
    }
  });

  it('is not suspected by the process that had it in hand itself', async () => {
    const messages = many(3, 1);
    for (let session = 0; session < 4; session += 1) {
      const process = startProcess('the same', messages);
      expect(await process.ends()).toBe('died');
      expect(process.letters).toEqual([]);
      expect(process.chunks).toEqual([3]);
    }
  });

  it('stays where something else ends processes all the time', async () => {
    for (let start = 0; start < 4; start += 1) {
      const process = startProcess(`process ${start}`, many(3, 1), Number.POSITIVE_INFINITY);
      expect(await process.ends()).toBe('died');
      expect(process.letters).toEqual([]);
    }
  });
});

function payloadOf(messages: readonly KafkaMessage[], stopping: AbortSignal): EachBatchPayload {
  const last = String(messages.at(-1)?.offset);
  return {
    batch: {
      topic: TOPIC,
      partition: 0,
      messages,
      highWatermark: String(Number(last) + 1),
      lastOffset: () => last,
    },
    resolveOffset: () => undefined,
    heartbeat: () => Promise.resolve(),
    commitOffsetsIfNecessary: () => Promise.resolve(),
    isRunning: () => !stopping.aborted,
    isStale: () => false,
  } as unknown as EachBatchPayload;
}
