import { createRequire } from 'node:module';
import { promisify } from 'node:util';
import zlib from 'node:zlib';
import kafkajs from 'kafkajs';
import { decompressLz4Frame } from './lz4-frame.ts';
import { decompressSnappy } from './snappy.ts';

/**
 * Repairs of kafkajs 2.2.4, which has no release to wait for. Each replaces one method of an internal class for the whole
 * process; package.json pins the version, and a test fails when the internals are no longer the ones repaired here.
 * Codecs are put where kafkajs offers it.
 */

interface RequestQueue {
  readonly pending: readonly unknown[];
  readonly throttledUntil: number;
  throttleCheckTimeoutId: NodeJS.Timeout | null;
  checkPendingRequests(): void;
}

interface ConsumerGroup {
  readonly preferredReadReplicasPerTopicPartition: Record<string, Record<number, unknown> | undefined>;
}

interface OffsetOutOfRange extends Error {
  readonly topic: string;
  readonly partition: number;
}

const REQUEST_QUEUE = 'kafkajs/src/network/requestQueue';
const CONSUMER_GROUP = 'kafkajs/src/consumer/consumerGroup';
const BUSY_CONNECTION_CHECK_MS = 10;

/** What one compressed batch of the log may grow to. A broker takes batches of 1 MiB by default, compressed. */
const MAX_BATCH_BYTES = 64 * 1_048_576;

const gunzip = promisify(zlib.unzip);
const gzip = promisify<Uint8Array, Buffer>(zlib.gzip);
const unzstd = promisify(zlib.zstdDecompress);

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
}

let repaired = false;

/** Applies the repairs, once. Throws if an internal that it repairs is not there. */
export function repairKafkajs(): void {
  if (repaired) return;
  const load = createRequire(import.meta.url);
  replaceMethod(load(REQUEST_QUEUE), 'scheduleCheckPendingRequests', scheduleCheckPendingRequests);
  replaceMethod(load(CONSUMER_GROUP), 'recoverFromOffsetOutOfRange', refuseOffsetOutOfRange);
  repaired = true;
}

/**
 * As released, a connection schedules a check of its queue after every check, also when nothing is queued and with a
 * negative delay: some hundred wake-ups a second for each idle connection, and a warning from Node 24. There is nothing to
 * check while nothing is queued: whatever is pushed later either goes out at once or schedules the check itself.
 */
function scheduleCheckPendingRequests(this: RequestQueue): void {
  if (this.throttleCheckTimeoutId !== null || this.pending.length === 0) return;
  const throttledMs = this.throttledUntil - Date.now();
  this.throttleCheckTimeoutId = setTimeout(
    () => {
      this.throttleCheckTimeoutId = null;
      this.checkPendingRequests();
    },
    throttledMs > 0 ? throttledMs : BUSY_CONNECTION_CHECK_MS,
  );
}

/**
 * As released, a position that the log no longer has is replaced by the earliest or latest one, committed and only logged:
 * lost events would go unnoticed. Here it is what it is, an error that ends the consumer. Only a follower's answer is doubted,
 * as before, by asking the leader.
 */
function refuseOffsetOutOfRange(this: ConsumerGroup, error: OffsetOutOfRange): Promise<void> {
  const followers = this.preferredReadReplicasPerTopicPartition[error.topic];
  if (followers?.[error.partition] === undefined) return Promise.reject(error);
  Reflect.deleteProperty(followers, error.partition);
  return Promise.resolve();
}

function replaceMethod(loaded: unknown, name: string, method: (...args: never[]) => unknown): void {
  const prototype: unknown = typeof loaded === 'function' ? loaded.prototype : undefined;
  if (
    typeof prototype !== 'object' ||
    prototype === null ||
    typeof Reflect.get(prototype, name) !== 'function'
  )
    throw new TypeError(`kafkajs has no method ${name} to repair: is it another version than 2.2.4?`);
  Reflect.set(prototype, name, method);
}

/**
 * Makes kafkajs read every compression that producers use; alone it knows gzip, reads it without a bound and ends the
 * consumer at the others. A batch that would grow beyond 64 MiB is refused, which ends the consumer: a batch can't be
 * skipped without losing what is in it, and the process must not die of it. We write gzip or nothing.
 */
export function installCompressionCodecs(): void {
  const { CompressionCodecs, CompressionTypes } = kafkajs;
  const limit = { maxOutputLength: MAX_BATCH_BYTES };
  const install = (type: number, codec: Codec) => Reflect.set(CompressionCodecs, type, () => codec);
  install(CompressionTypes.GZIP, {
    compress: (encoder) => gzip(encoder.buffer),
    decompress: (bytes) => gunzip(bytes, limit),
  });
  install(CompressionTypes.ZSTD, { compress: refuse, decompress: (bytes) => unzstd(bytes, limit) });
  install(CompressionTypes.Snappy, { compress: refuse, decompress: later(decompressSnappy) });
  install(CompressionTypes.LZ4, { compress: refuse, decompress: later(decompressLz4Frame) });
}

function later(decompress: (bytes: Buffer, maxBytes: number) => Buffer): Codec['decompress'] {
  return (bytes) => new Promise((resolve) => resolve(decompress(bytes, MAX_BATCH_BYTES)));
}

function refuse(): Promise<never> {
  return Promise.reject(new TypeError('this compression is read and not written'));
}
