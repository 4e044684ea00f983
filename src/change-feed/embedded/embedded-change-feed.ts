import type { Change } from '../../domain/change-event.ts';
import type { EntityKind } from '../../domain/entity.ts';
import { sleepUnlessAborted, type Clock } from '../../runtime/clock.ts';
import { errorFields } from '../../runtime/error-fields.ts';
import type { Logger } from '../../runtime/logger.ts';
import type { ChangeFeed, ChangeHandler, ChangePublisher } from '../change-feed.port.ts';
import { retryWaitMs, stallCode } from '../retry-wait.ts';
import { createKindOf } from '../topic-kinds.ts';
import { encodeChangeAsJson } from '../codec/encode-change.ts';
import { setAsideLetter } from '../codec/set-aside-letter.ts';
import {
  CHECKED_BEFORE,
  createValueDecoder,
  decodeMessages,
  type LogMessage,
} from '../codec/value-decoder.ts';
import { createTriedEntries } from './tried-entries.ts';
import { createAwaitedVerdicts, type AwaitedVerdicts } from './awaited-verdicts.ts';
import type { EmbeddedLog, LogEntry, NewLogEntry } from './embedded-log.ts';

export interface EmbeddedChangeFeedOptions {
  readonly log: EmbeddedLog;
  /** The names under which entries are kept, one for each kind of entity. */
  readonly topics: Readonly<Record<EntityKind, string>>;
  readonly clock: Clock;
  readonly logger: Logger;
  /** How long `publish` waits to learn what became of its changes. */
  readonly verdictWaitMs?: number;
  /** Processes that may die with an entry in hand; 2. Infinite where something else ends processes all the time. */
  readonly mostStarts?: number;
}

const BATCH_ENTRIES = 500;
/** The feed also looks without being woken, so that its last poll shows that it lives. */
const IDLE_MS = 1_000;
const TRIM_EVERY_ENTRIES = 5_000;
/** Of large entries; also while others wait, since a stream of them has no end. */
const TRIM_EVERY_BYTES = 16 * 1_048_576;

/**
 * The change feed on the embedded log, and the publisher that fills it. What is published is durable before it is handled;
 * `publish` also tells what became of each change, if the handler stored them within 10 s.
 */
export function createEmbeddedChangeFeed(options: EmbeddedChangeFeedOptions): {
  readonly feed: ChangeFeed;
  readonly publisher: ChangePublisher;
} {
  const { log, topics, clock, verdictWaitMs = 10_000 } = options;
  const verdicts = createAwaitedVerdicts();
  const loop = createLoop(options, verdicts);

  return {
    feed: {
      start(handler) {
        return loop.start(handler);
      },
      stop: () => loop.stop(),
      health: () => loop.health(),
    },
    publisher: {
      async publish(changes) {
        if (changes.length === 0) return [];
        const enough = new AbortController();
        const until = sleepUnlessAborted(
          clock,
          verdictWaitMs,
          AbortSignal.any([enough.signal, loop.stopping]),
        );
        const append = async () => {
          const entries: NewLogEntry[] = [];
          for (const change of changes) {
            if (entries.length > 0) await log.breathe();
            entries.push(toEntry(change, topics));
          }
          const range = await log.append(entries);
          loop.wake();
          return range;
        };
        try {
          return await verdicts.follow(append, until);
        } finally {
          enough.abort();
        }
      },
    },
  };
}

interface Loop extends ChangeFeed {
  wake(): void;
  readonly stopping: AbortSignal;
}

function createLoop(
  { log, topics, clock, logger, mostStarts }: EmbeddedChangeFeedOptions,
  verdicts: AwaitedVerdicts,
): Loop {
  const stopping = new AbortController();
  const { signal } = stopping;
  const kindOf = createKindOf(topics);
  const decode = createValueDecoder(CHECKED_BEFORE);
  const tried = createTriedEntries(log, mostStarts);
  let running: Promise<void> | undefined;
  let lastPollAt: number | null = null;
  let stalled: string | null = null;
  let waking = new AbortController();
  let untrimmed = TRIM_EVERY_ENTRIES;
  let untrimmedBytes = 0;

  /** Handles the next entries; answers how many there were. */
  const round = async (handler: ChangeHandler): Promise<number> => {
    const left = await log.read(await log.committed(), BATCH_ENTRIES);
    lastPollAt = clock.now();
    const { entries, isSetAside } = await tried.next(left);
    const last = entries.at(-1);
    if (last === undefined) return 0;
    const heartbeat = () => Promise.resolve();
    const now = () => clock.now();
    const messages = entries.map(toMessage);
    const { changes, letters } = isSetAside
      ? { changes: [], letters: messages.map((message) => setAsideLetter(message, kindOf, now())) }
      : await decodeMessages(messages, { kindOf, decode, now, heartbeat, breathe: () => log.breathe() });
    const results = await handler({ changes, letters, heartbeat, abandoned: () => false });
    await log.commit(last.offset);
    const byOffset = new Map(changes.map((change, at) => [change.place?.offset, results[at] ?? null]));
    for (const { offset } of entries) verdicts.settle(offset, byOffset.get(offset.toString()) ?? null);
    for (const { value } of entries) untrimmedBytes += value.byteLength;
    return entries.length;
  };
  const trimSometimes = async (handled: number) => {
    untrimmed += handled;
    const isIdle = handled === 0 && untrimmed >= TRIM_EVERY_ENTRIES;
    if (!isIdle && untrimmedBytes < TRIM_EVERY_BYTES) return;
    await log.trim();
    [untrimmed, untrimmedBytes] = [0, 0];
  };
  const run = async (handler: ChangeHandler) => {
    for (let failures = 0; !signal.aborted;) {
      waking = new AbortController();
      try {
        const handled = await round(handler);
        if (stalled !== null) logger.info('feed.resumed', { attempts: failures });
        [stalled, failures] = [null, 0];
        await trimSometimes(handled);
        if (handled === 0) await sleepUnlessAborted(clock, IDLE_MS, AbortSignal.any([waking.signal, signal]));
      } catch (error) {
        failures += 1;
        stalled = stallCode(error);
        if (failures === 1 || failures % 12 === 0)
          logger.warn('feed.stalled', { code: stalled, attempts: failures, ...errorFields(error) });
        await sleepUnlessAborted(clock, retryWaitMs(failures), signal);
      }
    }
  };

  return {
    stopping: signal,
    wake: () => waking.abort(),
    start(handler) {
      if (running !== undefined) return Promise.reject(new TypeError('the feed was started before'));
      lastPollAt = clock.now();
      running = run(handler);
      return Promise.resolve();
    },
    async stop() {
      stopping.abort();
      await running;
    },
    health: () => ({ ready: running !== undefined && !signal.aborted, lastPollAt, stalled }),
  };
}

/** A delete by a null value is kept as an empty one: the log's entries all have a value. */
function toEntry(change: Change, topics: Readonly<Record<EntityKind, string>>): NewLogEntry {
  if (change.type === 'tombstone')
    return { topic: topics[change.kind], key: change.entityId, value: new Uint8Array(0) };
  const { event } = change;
  return { topic: topics[event.kind], key: event.entityId, value: encodeChangeAsJson(event) };
}

function toMessage({ topic, partition, offset, key, value }: LogEntry): LogMessage {
  return {
    place: { topic, partition, offset: offset.toString() },
    key: Buffer.from(key),
    value: value.length === 0 ? null : Buffer.from(value.buffer, value.byteOffset, value.byteLength),
  };
}
