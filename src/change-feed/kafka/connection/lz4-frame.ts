/**
 * Reads LZ4 frames as Kafka's producers write them. Checksums are not looked at: the log's own CRC covers the bytes.
 * Throws a RangeError on bytes that are no such frame, or grow beyond `maxBytes`.
 * https://github.com/lz4/lz4/blob/dev/doc/lz4_Frame_format.md
 */
export function decompressLz4Frame(bytes: Buffer, maxBytes: number): Buffer {
  const { start, blockChecksums, blockBytes } = readHeader(bytes);
  const output = new Output(maxBytes, blockBytes);
  let at = start;
  for (;;) {
    const header = uint32(bytes, at);
    if (header === 0) return output.taken();
    const size = header & 0x7fff_ffff;
    const block = bytes.subarray(at + 4, at + 4 + size);
    if (block.length !== size) throw damaged();
    if (header >>> 31 === 1) output.append(block, 0, size);
    else readBlock(block, output);
    at += 4 + size + (blockChecksums ? 4 : 0);
  }
}

const MAGIC = 0x184d_2204;
const VERSION_1 = 1;
const FLAG = { blockChecksums: 0x10, contentSize: 0x08, dictionary: 0x01 };

function readHeader(bytes: Buffer): { start: number; blockChecksums: boolean; blockBytes: number } {
  const flags = bytes[4] ?? 0;
  const descriptor = bytes[5] ?? 0;
  if (uint32(bytes, 0) !== MAGIC || flags >>> 6 !== VERSION_1 || (flags & FLAG.dictionary) !== 0)
    throw damaged();
  const contentSizeBytes = (flags & FLAG.contentSize) === 0 ? 0 : 8;
  return {
    start: 7 + contentSizeBytes,
    blockChecksums: (flags & FLAG.blockChecksums) !== 0,
    blockBytes: 2 ** (8 + 2 * ((descriptor >>> 4) & 7)),
  };
}

/** What was written so far; blocks may refer back to it across their borders. */
class Output {
  readonly #maxBytes: number;
  #buffer: Buffer;
  #length = 0;

  constructor(maxBytes: number, firstBytes: number) {
    this.#maxBytes = maxBytes;
    this.#buffer = Buffer.allocUnsafe(Math.min(maxBytes, firstBytes));
  }

  append(source: Buffer, from: number, to: number): void {
    if (to > source.length) throw damaged();
    this.#reserve(to - from);
    source.copy(this.#buffer, this.#length, from, to);
    this.#length += to - from;
  }

  repeat(offset: number, length: number): void {
    if (offset === 0 || offset > this.#length) throw damaged();
    this.#reserve(length);
    const buffer = this.#buffer;
    const from = this.#length - offset;
    if (offset >= length) buffer.copyWithin(this.#length, from, from + length);
    else for (let n = 0; n < length; n += 1) buffer[this.#length + n] = buffer[from + n] as number;
    this.#length += length;
  }

  taken(): Buffer {
    return this.#buffer.subarray(0, this.#length);
  }

  #reserve(bytes: number): void {
    const needed = this.#length + bytes;
    if (needed > this.#maxBytes) throw new RangeError('the batch grows beyond its limit');
    if (needed <= this.#buffer.length) return;
    const larger = Buffer.allocUnsafe(Math.min(this.#maxBytes, Math.max(needed, this.#buffer.length * 2)));
    this.#buffer.copy(larger, 0, 0, this.#length);
    this.#buffer = larger;
  }
}

const SHORTEST_MATCH = 4;

/** Sequences of literals and a match; the last one has no match. */
function readBlock(block: Buffer, output: Output): void {
  let at = 0;
  const length = (nibble: number): number => {
    let total = nibble;
    if (nibble !== 15) return total;
    for (let byte = 255; byte === 255; total += byte) {
      byte = byteAt(block, at);
      at += 1;
    }
    return total;
  };
  while (at < block.length) {
    const token = byteAt(block, at);
    at += 1;
    const literals = length(token >>> 4);
    output.append(block, at, at + literals);
    at += literals;
    if (at === block.length) return;
    const offset = byteAt(block, at) | (byteAt(block, at + 1) << 8);
    at += 2;
    output.repeat(offset, length(token & 15) + SHORTEST_MATCH);
  }
}

function byteAt(source: Buffer, at: number): number {
  const byte = source[at];
  if (byte === undefined) throw damaged();
  return byte;
}

function uint32(source: Buffer, at: number): number {
  if (at + 4 > source.length) throw damaged();
  return source.readUInt32LE(at);
}

function damaged(): RangeError {
  return new RangeError('the batch is no valid LZ4');
}
