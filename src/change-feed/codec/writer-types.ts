import type { Type } from 'avsc';
import { LocalTime } from '../../domain/events/told-time.ts';
import { readingType, readWhole, type Tap } from './safe-avro-types.ts';

/** What a logical type makes of a number: how many of its units are a millisecond (or how many of those one of its is). */
interface TimeUnit {
  readonly perMs?: number;
  readonly ms?: number;
  /** Of somebody's clock: it tells its day, and no zone. */
  readonly local: boolean;
}

const [MILLIS, MICROS, NANOS] = [{ perMs: 1 }, { perMs: 1_000 }, { perMs: 1_000_000 }];
const DAYS: TimeUnit = { ms: 86_400_000, local: true };

const TIME_UNITS: ReadonlyMap<unknown, TimeUnit> = new Map<unknown, TimeUnit>([
  ['timestamp-millis', { ...MILLIS, local: false }],
  ['timestamp-micros', { ...MICROS, local: false }],
  ['timestamp-nanos', { ...NANOS, local: false }],
  ['local-timestamp-millis', { ...MILLIS, local: true }],
  ['local-timestamp-micros', { ...MICROS, local: true }],
  ['local-timestamp-nanos', { ...NANOS, local: true }],
  ['date', DAYS],
  // Debezium names its units by these, and says of them that they know no zone.
  ['io.debezium.time.Timestamp', { ...MILLIS, local: true }],
  ['io.debezium.time.MicroTimestamp', { ...MICROS, local: true }],
  ['io.debezium.time.NanoTimestamp', { ...NANOS, local: true }],
  ['io.debezium.time.Date', DAYS],
]);

const TIMES_OF_DAY: readonly unknown[] = [
  ...['time-millis', 'time-micros', 'time-nanos'],
  ...['io.debezium.time.Time', 'io.debezium.time.MicroTime', 'io.debezium.time.NanoTime'],
];

/** What is said of a type beside its name: the members that tell what its values mean. */
export type Meaning = Readonly<Record<string, unknown>>;

/**
 * The type of an int, long, float or double that means a time, by its logical type: of milliseconds a number, else a `Date`, or a
 * `LocalTime` of what has no zone. Null: it means no time. A time of day is no time, and becomes what nobody takes for one.
 */
export function timeType(plain: Type, { logicalType, 'connect.name': named }: Meaning): Type | null {
  const name = TIME_UNITS.has(logicalType) || TIMES_OF_DAY.includes(logicalType) ? logicalType : named;
  const readPlain = plain.typeName === 'long' || plain.typeName === 'int' ? readWhole : readerOf(plain);
  if (TIMES_OF_DAY.includes(name)) return readingType((tap) => ({ timeOfDay: readPlain(tap) }));
  const unit = TIME_UNITS.get(name);
  if (unit === undefined) return null;
  return readingType((tap) => {
    const millis = toMillis(readPlain(tap) as number | bigint, unit);
    if (unit.local) return new LocalTime(millis);
    const asDate = unit.perMs !== 1 && Math.abs(millis) <= 8.64e15;
    return asDate ? new Date(millis) : millis;
  });
}

function readerOf(type: Type): (tap: Tap) => unknown {
  const { _read: read } = type as unknown as { _read(tap: Tap): unknown };
  return (tap) => read.call(type, tap);
}

/** Whole milliseconds, towards the past. The remainder is taken off first: a quotient of doubles may be rounded up. */
function toMillis(value: number | bigint, { perMs = 1, ms = 1 }: TimeUnit): number {
  if (typeof value === 'bigint') {
    const per = BigInt(perMs);
    const rest = ((value % per) + per) % per;
    return Number((value - rest) / per) * ms;
  }
  const rest = ((value % perMs) + perMs) % perMs;
  return ((value - rest) / perMs) * ms;
}

const LONGEST_DECIMAL = 64;

/**
 * The type of bytes that mean a whole number (`decimal`, as code generators write a NUMBER) or an id (`uuid`). Null: they mean
 * neither. `size` is that of a fixed; null for bytes. What is no whole number stays bytes.
 */
export function bytesType({ logicalType, scale = 0 }: Meaning, size: number | null): Type | null {
  const read = (tap: Tap) => (size === null ? tap.readBytes() : tap.readFixed(size));
  if (logicalType === 'uuid' && size === 16) return readingType((tap) => uuidOf(read(tap)));
  if (logicalType !== 'decimal' || !isScale(scale)) return null;
  return readingType((tap) => {
    const bytes = read(tap);
    return bytes === undefined ? bytes : (wholeOf(bytes, scale) ?? bytes);
  });
}

function isScale(scale: unknown): scale is number {
  return typeof scale === 'number' && Number.isInteger(scale) && scale >= 0 && scale <= 128;
}

/** Big-endian two's complement, divided by a power of ten; null where that is no whole number that a number holds. */
function wholeOf(bytes: Buffer, scale: number): number | null {
  if (bytes.length === 0 || bytes.length > LONGEST_DECIMAL) return null;
  const unscaled = BigInt.asIntN(bytes.length * 8, BigInt(`0x${bytes.toString('hex')}`));
  const ten = 10n ** BigInt(scale);
  const value = Number(unscaled / ten);
  return unscaled % ten === 0n && Number.isSafeInteger(value) ? value : null;
}

function uuidOf(bytes: Buffer | undefined): string | undefined {
  return bytes?.toString('hex').replace(/^(.{8})(.{4})(.{4})(.{4})/, '$1-$2-$3-$4-');
}
