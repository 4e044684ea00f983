/**
 * Reads Snappy as Kafka's producers write it: one raw block (librdkafka), or the framing of snappy-java, which is a magic
 * header and blocks that carry their length. Throws a RangeError on bytes that are neither, or grow beyond `maxBytes`.
 * https://github.com/google/snappy/blob/main/format_description.txt
 */
export function decompressSnappy(bytes: Buffer, maxBytes: number): Buffer {
  if (!bytes.subarray(0, JAVA_MAGIC.length).equals(JAVA_MAGIC)) return readBlock(bytes, maxBytes);
  const blocks: Buffer[] = [];
  let left = maxBytes;
  let at = JAVA_HEADER_BYTES;
  while (at < bytes.length) {
    const length = bytes.readInt32BE(at);
    if (length < 0 || at + 4 + length > bytes.length) throw damaged();
    const block = readBlock(bytes.subarray(at + 4, at + 4 + length), left);
    blocks.push(block);
    left -= block.length;
    at += 4 + length;
  }
  return Buffer.concat(blocks);
}

const JAVA_MAGIC = Buffer.from([0x82, 0x53, 0x4e, 0x41, 0x50, 0x50, 0x59, 0x00]);
/** The magic, a version and a compatible version of four bytes each. */
const JAVA_HEADER_BYTES = 16;

function readBlock(source: Buffer, maxBytes: number): Buffer {
  const start = readVarint(source);
  if (start.value > maxBytes) throw new RangeError('the batch grows beyond its limit');
  const target = Buffer.allocUnsafe(start.value);
  let written = 0;
  let at = start.next;
  while (at < source.length) {
    const tag = byteAt(source, at);
    const element = (tag & 3) === 0 ? readLiteral(source, at, tag) : readCopy(source, at, tag);
    if (written + element.length > target.length) throw damaged();
    if (element.offset === 0) {
      if (element.next > source.length) throw damaged();
      source.copy(target, written, element.next - element.length, element.next);
    } else {
      repeat(target, written, element);
    }
    written += element.length;
    at = element.next;
  }
  if (written !== target.length) throw damaged();
  return target;
}

/** `length` bytes to write: the ones before `next` in the source, or those `offset` bytes back in what is written. */
interface Element {
  readonly length: number;
  readonly offset: number;
  readonly next: number;
}

function readLiteral(source: Buffer, at: number, tag: number): Element {
  const short = tag >>> 2;
  if (short < 60) return { length: short + 1, offset: 0, next: at + 2 + short };
  const lengthBytes = short - 59;
  if (at + 1 + lengthBytes > source.length) throw damaged();
  const length = source.readUIntLE(at + 1, lengthBytes) + 1;
  return { length, offset: 0, next: at + 1 + lengthBytes + length };
}

function readCopy(source: Buffer, at: number, tag: number): Element {
  const kind = tag & 3;
  const size = kind === 1 ? 2 : kind === 2 ? 3 : 5;
  if (at + size > source.length) throw damaged();
  const length = kind === 1 ? ((tag >>> 2) & 7) + 4 : (tag >>> 2) + 1;
  const offset =
    kind === 1 ? ((tag >>> 5) << 8) | byteAt(source, at + 1) : source.readUIntLE(at + 1, kind === 2 ? 2 : 4);
  if (offset === 0) throw damaged();
  return { length, offset, next: at + size };
}

/** Byte by byte where the copy overlaps itself: a repeat of what it just wrote. */
function repeat(target: Buffer, written: number, { length, offset }: Element): void {
  if (offset > written) throw damaged();
  const from = written - offset;
  if (offset >= length) target.copyWithin(written, from, from + length);
  else for (let n = 0; n < length; n += 1) target[written + n] = target[from + n] as number;
}

function readVarint(source: Buffer): { readonly value: number; readonly next: number } {
  let value = 0;
  for (let at = 0; at < 5; at += 1) {
    const byte = byteAt(source, at);
    value += (byte & 0x7f) * 2 ** (7 * at);
    if (byte < 0x80) return { value, next: at + 1 };
  }
  throw damaged();
}

function byteAt(source: Buffer, at: number): number {
  const byte = source[at];
  if (byte === undefined) throw damaged();
  return byte;
}

function damaged(): RangeError {
  return new RangeError('the batch is no valid Snappy');
}
