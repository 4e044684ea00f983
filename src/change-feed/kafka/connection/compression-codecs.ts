import { promisify } from 'node:util';
import zlib from 'node:zlib';
import kafkajs from 'kafkajs';
import { decompressLz4Frame } from './lz4-frame.ts';
import { decompressSnappy } from './snappy.ts';

/** What one compressed batch of the log may grow to. A broker takes batches of 1 MiB by default, compressed. */
const MAX_BATCH_BYTES = 64 * 1_048_576;

const gunzip = promisify(zlib.unzip);
const gzip = promisify<Uint8Array, Buffer>(zlib.gzip);
const unzstd = promisify(zlib.zstdDecompress);

interface Codec {
  compress(encoder: { readonly buffer: Buffer }): Promise<Buffer>;
  decompress(bytes: Buffer): Promise<Buffer>;
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
