import { isUtf8 } from 'node:buffer';
import avro, { type ForSchemaOptions, type Type } from 'avsc';

/** The reading position that avsc makes for each value; only these members are used. */
export interface Tap {
  readonly buf: Buffer;
  pos: number;
  readLong(): number;
  skipLong(): void;
  readFixed(length: number): Buffer | undefined;
  readBytes(): Buffer | undefined;
  readString(): string;
  /** Ours: each byte of `buf` as a character, once a text of the value was asked for. */
  latin1?: string;
}

/** How avsc reads a value of a type; the readers that it generates call this on the type object, too. */
export interface Reader {
  _read(tap: Tap): unknown;
}

/** A type that only reads, and how. */
export function readingType(read: (tap: Tap) => unknown): Type {
  const type = Object.create(avro.Type.prototype) as object;
  return Object.assign(type, { typeName: 'abstract', _read: read, _skip: read }) as unknown as Type;
}

type TypeConstructor<Members> = new (schema: object, options: object) => Members;

const ArrayType = avro.types.ArrayType as unknown as TypeConstructor<{ readonly itemsType: Reader }>;
const MapType = avro.types.MapType as unknown as TypeConstructor<{ readonly valuesType: Reader }>;
const StringType = avro.types.StringType as unknown as new () => Reader;
const LongType = avro.types.LongType as unknown as new () => {
  _check(value: unknown, flags: unknown, hook: unknown): boolean;
  _write(tap: Tap, value: number): void;
};

/** Items of no bytes (a null, an empty record) can't be bounded by the bytes that are left. */
const EMPTY_ITEMS = 10_000;

class BoundedArrayType extends ArrayType {
  _read(tap: Tap): unknown[] {
    const items = this.itemsType;
    const result: unknown[] = [];
    for (let count = readCount(tap, 0); count > 0; count = readCount(tap, result.length)) {
      for (; count > 0; count -= 1) result.push(items._read(tap));
    }
    return result;
  }
}

class BoundedMapType extends MapType {
  /** Into an object without a prototype, so that an entry named `__proto__` is one like any other. */
  _read(tap: Tap): Record<string, unknown> {
    const values = this.valuesType;
    const result = Object.create(null) as Record<string, unknown>;
    let total = 0;
    for (let count = readCount(tap, 0); count > 0; count = readCount(tap, total)) {
      total += count;
      for (; count > 0; count -= 1) {
        const name = readText(tap);
        if (typeof name !== 'string') throw new RangeError('a name that is no UTF-8');
        result[name] = values._read(tap);
      }
    }
    return result;
  }
}

class QuickStringType extends StringType {
  override _read(tap: Tap): string | Buffer {
    return readText(tap);
  }
}

/** Texts are cut out of one that is as long as the value, which stays in memory as long as the longest-lived of them. */
const LONGEST_IN_ONE = 4_096;

/**
 * As avsc reads it. A value has a dozen texts or more, and calling into Node for each takes longer than everything else: so the bytes
 * become characters in one call, and what is ASCII is cut out of these.
 *
 * Bytes that are no UTF-8 stay bytes: avsc would put other characters in their place, and whoever wants a text here is to refuse them.
 */
function readText(tap: Tap): string | Buffer {
  const { buf, pos: start } = tap;
  if (buf.length > LONGEST_IN_ONE) return readUtf8(tap);
  const length = tap.readLong();
  const from = tap.pos;
  const to = from + length;
  if (!(length >= 0 && to <= buf.length && isAscii(buf, from, to))) {
    tap.pos = start;
    return readUtf8(tap);
  }
  tap.pos = to;
  const all = (tap.latin1 ??= buf.toString('latin1'));
  return all.slice(from, to);
}

/** A replacement character may also be what was written. */
function readUtf8(tap: Tap): string | Buffer {
  const start = tap.pos;
  const text = tap.readString() as string | undefined;
  // Nothing at all: it ends behind the value, which avsc notices later.
  if (text?.includes('\uFFFD') !== true) return text as string;
  const end = tap.pos;
  tap.pos = start;
  tap.readLong();
  const bytes = tap.buf.subarray(tap.pos, end);
  tap.pos = end;
  return isUtf8(bytes) ? text : Buffer.from(bytes);
}

function isAscii(bytes: Uint8Array, from: number, to: number): boolean {
  for (let at = from; at < to; at += 1) if ((bytes[at] as number) > 0x7f) return false;
  return true;
}

/** The number of items in the next block, 0 at the end. A negative one is followed by the block's size in bytes. */
function readCount(tap: Tap, before: number): number {
  const announced = tap.readLong();
  if (announced < 0) tap.skipLong();
  const count = Math.abs(announced);
  const left = Math.max(0, tap.buf.length - tap.pos);
  if (!(count <= left || before + count <= EMPTY_ITEMS))
    throw new RangeError('more items than the value can hold');
  return count;
}

/**
 * Whole numbers, exactly: beyond 2^53 - 1 as bigints. avsc computes in doubles with the number's double, so from 2^52 on it
 * takes and gives some negative numbers as positive ones; and it stops one short of 2^53 - 1.
 */
class SafeLongType extends LongType {
  _read(tap: Tap): number | bigint {
    return readWhole(tap);
  }

  override _check(value: unknown, flags: unknown, hook: unknown): boolean {
    return Number.isSafeInteger(value) || super._check(value, flags, hook);
  }

  override _write(tap: Tap, value: number): void {
    if (!Number.isSafeInteger(value) || isSurelyExact(value)) super._write(tap, value);
    else writeExactly(tap, value);
  }
}

/** An int or a long; a bigint beyond what a number holds. */
export function readWhole(tap: Tap): number | bigint {
  const start = tap.pos;
  const value = tap.readLong();
  return isSurelyExact(value) ? value : readExactly(tap, start);
}

function isSurelyExact(value: number): boolean {
  return Math.abs(value) < 2 ** 52;
}

const LONGEST_VARINT = 10;

/** The zigzag number between a start and the present position. */
function readExactly({ buf, pos }: Tap, start: number): number | bigint {
  if (pos - start > LONGEST_VARINT) throw new RangeError('a number of too many bytes');
  let zigzag = 0n;
  for (let at = pos - 1; at >= start; at -= 1) zigzag = (zigzag << 7n) | BigInt((buf[at] ?? 0) & 0x7f);
  const value = zigzag % 2n === 0n ? zigzag / 2n : -(zigzag + 1n) / 2n;
  return value > BigInt(Number.MAX_SAFE_INTEGER) || value < BigInt(Number.MIN_SAFE_INTEGER)
    ? value
    : Number(value);
}

/** Beyond the end of the buffer nothing is kept: avsc then finds the position there, grows the buffer and writes again. */
function writeExactly(tap: Tap, value: number): void {
  const number = BigInt(value);
  let zigzag = number < 0n ? -number * 2n - 1n : number * 2n;
  for (; zigzag > 0x7fn; zigzag >>= 7n) tap.buf[tap.pos++] = Number(zigzag & 0x7fn) | 0x80;
  tap.buf[tap.pos++] = Number(zigzag);
}

/**
 * Options for compiling a schema of ours. Numbers are exact. Arrays and maps refuse to hold more items than the value
 * has bytes: avsc believes the number that is announced and looks for the end of the value afterwards, so that five wrong
 * bytes (a count of 2^31) would occupy the process for minutes and gigabytes.
 */
export function safeAvroOptions(): Partial<ForSchemaOptions> {
  return { typeHook: safeType };
}

function safeType(schema: unknown, options: object): Type | undefined {
  if (schema === 'long') return safeLong();
  if (schema === 'string') return quickString();
  if (typeof schema !== 'object' || schema === null || !('type' in schema)) return undefined;
  if (schema.type === 'string') return quickString();
  if (schema.type === 'long') return safeLong();
  if (schema.type === 'array') return new BoundedArrayType(schema, options) as unknown as Type;
  if (schema.type === 'map') return new BoundedMapType(schema, options) as unknown as Type;
  return undefined;
}

/** Of a long. */
export function safeLong(): Type {
  return new SafeLongType() as unknown as Type;
}

/** Of a string; bytes where they are no UTF-8. */
export function quickString(): Type {
  return new QuickStringType() as unknown as Type;
}

export function boundedArray(items: Type): Type {
  return new BoundedArrayType({ type: 'array', items }, {}) as unknown as Type;
}

export function boundedMap(values: Type): Type {
  return new BoundedMapType({ type: 'map', values }, {}) as unknown as Type;
}
