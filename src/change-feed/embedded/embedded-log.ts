import { PAGE_BYTES } from '../../domain/page.ts';
import type { SqliteStateStore } from '../../state-store/sqlite/open-sqlite-store.ts';

export interface NewLogEntry {
  readonly topic: string;
  readonly key: string;
  readonly value: Uint8Array;
}

/** An entry of the log's only partition. */
export interface LogEntry extends NewLogEntry {
  readonly offset: bigint;
  readonly partition: 0;
}

/** Entries, the last one included, and how many processes began with them. */
export interface Tried {
  readonly from: bigint;
  readonly upTo: bigint;
  readonly times: number;
}

/** Append-only log in the embedded store's file: what stands in for Kafka where there is none. */
export interface EmbeddedLog {
  /**
   * Durable when it resolves. The entries take consecutive offsets, in order, from `first` to `last`; offsets begin at 1 and
   * are never given twice. Nothing appended: `last` is `first` - 1.
   */
  append(entries: readonly NewLogEntry[]): Promise<{ readonly first: bigint; readonly last: bigint }>;
  /** Entries with an offset greater than `afterOffset`, ascending: no more than a page holds by bytes, and one where there is any. */
  read(afterOffset: bigint, limit: number): Promise<LogEntry[]>;
  /** The offset of the last entry that was dealt with; 0 at the beginning. */
  committed(): Promise<bigint>;
  /** Moves the committed offset forward; a lower one changes nothing. */
  commit(offset: bigint): Promise<void>;
  /** Entries that a process noted down before it looked into them; null where none did. */
  tried(): Promise<Tried | null>;
  noteTried(tried: Tried): Promise<void>;
  /** As the store's. */
  breathe(): Promise<void>;
  /** Drops committed entries that stand before the newest `KEPT_ENTRIES`, or before the newest `KEPT_BYTES`; answers how many. */
  trim(): Promise<number>;
}

/** Kept after they were committed, so that a person can still see what came in. */
export const KEPT_ENTRIES = 10_000;
/** As they are stored, those included that were not dealt with: however large entries are, the file stays small. */
export const KEPT_BYTES = 64 * 1_048_576;

const TRIMMED_AT_ONCE = 2_000;
const LAST = `SELECT coalesce((SELECT seq FROM sqlite_sequence WHERE name = 'change_log'), 0) AS last`;
const READ = 'SELECT * FROM change_log WHERE "offset" > ? ORDER BY "offset" LIMIT +?';
/** Of a value its length alone is read, which stands in the row's head. */
const NEWEST_SIZES = `
  SELECT "offset", length(key) + length(value) AS bytes FROM change_log
  ORDER BY "offset" DESC LIMIT ${String(KEPT_ENTRIES)}`;
const COMMITTED = `SELECT value FROM settings WHERE name = 'change_log_committed'`;
const COMMIT = `
  INSERT INTO settings (name, value) VALUES ('change_log_committed', ?)
  ON CONFLICT (name) DO UPDATE SET value = max(value, excluded.value)`;
const TRIED = `SELECT value FROM settings WHERE name = 'change_log_tried'`;
const NOTE_TRIED = `
  INSERT INTO settings (name, value) VALUES ('change_log_tried', ?)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;
const TRIM = `
  DELETE FROM change_log WHERE "offset" IN (
    SELECT "offset" FROM change_log WHERE "offset" <= ? ORDER BY "offset" LIMIT ${String(TRIMMED_AT_ONCE)}
  )`;

export function createEmbeddedLog({ session }: SqliteStateStore): EmbeddedLog {
  const { prepare } = session;
  const last = (): number => Number(prepare(LAST).get()?.['last']);
  const committed = (): number => Number(prepare(COMMITTED).get()?.['value'] ?? 0);
  /** The oldest entry that is kept where all are dealt with. */
  const firstKept = (): number => {
    let bytes = 0;
    let first = last() + 1;
    for (const row of prepare(NEWEST_SIZES).iterate()) {
      bytes += Number(row['bytes']);
      if (bytes > KEPT_BYTES) break;
      first = Number(row['offset']);
    }
    return first;
  };

  return {
    append: (entries) =>
      session.write(() => {
        const first = last() + 1;
        const insert = prepare('INSERT INTO change_log (topic, key, value) VALUES (?, ?, ?)');
        for (const { topic, key, value } of entries) insert.run(topic, key, value);
        return { first: BigInt(first), last: BigInt(last()) };
      }),
    read: (afterOffset, limit) =>
      session.peek(() => {
        const entries: LogEntry[] = [];
        let bytes = 0;
        for (const row of prepare(READ).iterate(afterOffset, limit)) {
          const entry = entryOf(row);
          entries.push(entry);
          bytes += entry.value.byteLength;
          if (bytes >= PAGE_BYTES) break;
        }
        return entries;
      }),
    breathe: () => session.breathe(),
    committed: () => session.peek(() => BigInt(committed())),
    commit: (offset) =>
      session.write(() => {
        prepare(COMMIT).run(offset);
      }),
    tried: () =>
      session.read(() => {
        const text = prepare(TRIED).get()?.['value'];
        return typeof text === 'string' ? triedOf(text) : null;
      }),
    noteTried: ({ from, upTo, times }) =>
      session.write(() => {
        prepare(NOTE_TRIED).run([from, upTo, times].join(' '));
      }),
    async trim() {
      const kept = await session.peek(firstKept);
      let total = 0;
      for (;;) {
        const dropped = await session.write(() => {
          const bound = Math.min(committed(), kept - 1);
          return Number(prepare(TRIM).run(bound).changes);
        });
        total += dropped;
        if (dropped < TRIMMED_AT_ONCE) return total;
      }
    },
  };
}

function triedOf(text: string): Tried {
  const [from = '0', upTo = '0', times = '0'] = text.split(' ');
  return { from: BigInt(from), upTo: BigInt(upTo), times: Number(times) };
}

function entryOf(row: Readonly<Record<string, unknown>>): LogEntry {
  return {
    offset: BigInt(row['offset'] as number),
    partition: 0,
    topic: row['topic'] as string,
    key: row['key'] as string,
    value: row['value'] as Uint8Array,
  };
}
