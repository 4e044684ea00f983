const DAY_MS = 86_400_000;
const MINUTE_MS = 60_000;
const HOUR_MS = 3_600_000;
/** What a date can be at all. */
const FURTHEST_MS = 8.64e15;
const [FIRST_YEAR, LAST_YEAR] = [1900, 2200];
const [FIRST_MS, END_MS] = [Date.UTC(FIRST_YEAR, 0), Date.UTC(LAST_YEAR + 1, 0)];

/** A time as it was told. */
export interface ToldTime {
  /** Milliseconds since 1970, UTC; may be beyond what a date can be. */
  readonly millis: number;
  /** `YYYY-MM-DD` where the day itself was told: by a date, or by a time with an offset. Null where no zone was. */
  readonly day: string | null;
}

/** What a decoder makes of a date, or of a time on somebody's clock: it tells its day, and no zone. */
export class LocalTime {
  /** Milliseconds since 1970 as if that clock showed UTC. */
  readonly millis: number;

  constructor(millis: number) {
    this.millis = millis;
  }
}

/**
 * Reads a time: whole milliseconds since 1970, a text in ISO 8601 (a day, or a day and a time with an offset), or what a decoder
 * made of its own types. Null: it is none of these.
 */
export function readTime(value: unknown): ToldTime | null {
  if (value instanceof Date) {
    const millis = value.getTime();
    return Number.isNaN(millis) ? null : { millis, day: null };
  }
  if (typeof value === 'string') return readText(value);
  if (typeof value === 'number' || typeof value === 'bigint') {
    return typeof value === 'bigint' || Number.isInteger(value) ? { millis: Number(value), day: null } : null;
  }
  return value instanceof LocalTime ? toldDay(value.millis, 0) : null;
}

/** Whether a time is in the years 1900 to 2200; another is a wrong unit or a slip of the pen. */
export function isPlausible({ millis, day }: ToldTime): boolean {
  if (day === null) return millis >= FIRST_MS && millis < END_MS;
  const year = Number(day.slice(0, 4));
  return year >= FIRST_YEAR && year <= LAST_YEAR;
}

/**
 * The text that is read back to the same time and the same day: with an offset at which it is that day. The offset need not be the one
 * that it came with.
 */
export function writeTime(millis: number, day: string): string {
  const start = Date.parse(day);
  const [early, late] = [start - millis, millis - (start + DAY_MS)];
  const minutes =
    early > 0 ? Math.ceil(early / MINUTE_MS) : late >= 0 ? -Math.floor(late / MINUTE_MS) - 1 : 0;
  const hours = Math.trunc(Math.abs(minutes) / 60);
  const offset = [hours, Math.abs(minutes) % 60].map((part) => String(part).padStart(2, '0')).join(':');
  const local = new Date(millis + minutes * MINUTE_MS).toISOString().slice(0, -1);
  return `${local}${minutes < 0 ? '-' : '+'}${offset}`;
}

function toldDay(localMs: number, offsetMs: number): ToldTime {
  const known = Math.abs(localMs) <= FURTHEST_MS;
  return { millis: localMs - offsetMs, day: known ? new Date(localMs).toISOString().slice(0, -14) : null };
}

const FRACTION = String.raw`(?:[.,](?<fraction>\d+))?`;
const ZONE = String.raw`(?:(?<utc>[Zz])|(?<sign>[+\-\u2212])(?<zoneHours>[01]\d|2[0-3])(?::?(?<zoneMinutes>[0-5]\d))?)`;
const DAY = String.raw`(?<year>\d{4})-(?<month>\d\d)-(?<date>\d\d)`;
/** A space in place of the `T` is what RFC 3339 allows and many programs write. */
const EXTENDED = new RegExp(
  String.raw`^${DAY}(?:[Tt ](?<hours>\d\d)(?::(?<minutes>\d\d)(?::(?<seconds>\d\d))?)?${FRACTION}${ZONE})?$`,
);
const BASIC = new RegExp(
  String.raw`^${DAY.replaceAll('-(', '(')}[Tt](?<hours>\d\d)(?:(?<minutes>\d\d)(?<seconds>\d\d)?)?${FRACTION}${ZONE}$`,
);

type Parts = Readonly<Partial<Record<string, string>>>;

function readText(text: string): ToldTime | null {
  const parts: Parts | undefined = (EXTENDED.exec(text) ?? BASIC.exec(text))?.groups;
  if (parts === undefined) return null;
  const day = `${parts['year']}-${parts['month']}-${parts['date']}`;
  const dayMs = Date.parse(day);
  // The parser takes the 31st of February for a day in March.
  if (Number.isNaN(dayMs) || !new Date(dayMs).toISOString().startsWith(day)) return null;
  if (parts['hours'] === undefined) return toldDay(dayMs, 0);
  const clockMs = readClock(parts);
  if (clockMs === null) return null;
  if (parts['utc'] !== undefined) return { millis: dayMs + clockMs, day: null };
  const { sign, zoneHours, zoneMinutes = '0' } = parts;
  const offset = Number(zoneHours) * HOUR_MS + Number(zoneMinutes) * MINUTE_MS;
  return toldDay(dayMs + clockMs, sign === '+' ? offset : -offset);
}

/** Milliseconds since midnight; a fraction is of the smallest unit that is written, and what is below a millisecond is cut off. */
function readClock({ hours = '0', minutes, seconds, fraction = '' }: Parts): number | null {
  const [h, m, s] = [Number(hours), Number(minutes ?? 0), Number(seconds ?? 0)];
  const unit = seconds !== undefined ? 1_000 : minutes !== undefined ? MINUTE_MS : HOUR_MS;
  const part = Math.floor((Number(fraction.slice(0, 9).padEnd(9, '0')) * unit) / 1e9);
  const millis = h * HOUR_MS + m * MINUTE_MS + s * 1_000 + part;
  // The end of a day may be written as 24:00, and a leap second as the sixtieth.
  const within = h < 24 || (h === 24 && millis === DAY_MS);
  return within && m < 60 && (s < 60 || (s === 60 && m === 59)) ? millis : null;
}
