import type { FeedPosition, FeedPositionStore, TriedPart } from '../../feed-position-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

// As text: an integer beyond 2^53 can't be read as a number.
const READ = `
  SELECT topic, partition, CAST(next AS TEXT) AS next FROM feed_positions
  WHERE topic IN (SELECT value FROM json_each(?))`;

const ADVANCE = `
  INSERT INTO feed_positions (topic, partition, next) VALUES (?, ?, ?)
  ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next WHERE next < excluded.next`;

const REPLACE = `
  INSERT INTO feed_positions (topic, partition, next) VALUES (?, ?, ?)
  ON CONFLICT (topic, partition) DO UPDATE SET next = excluded.next`;

const TRIED = 'SELECT value FROM settings WHERE name = ?';

const NOTE_TRIED = `
  INSERT INTO settings (name, value) VALUES (?, ?)
  ON CONFLICT (name) DO UPDATE SET value = excluded.value`;

const CLEAR_TRIED = "DELETE FROM settings WHERE name = ? AND value ->> '$.by' = ?";

/** Offsets as texts: they may be larger than a number is exact. */
type StoredTried = Readonly<Record<'from' | 'upTo' | 'by', string> & { times: number }>;

const triedName = (topic: string, partition: number): string => `feed_tried ${topic}/${partition}`;

export function createFeedPositionStore(session: SqliteSession): FeedPositionStore {
  const { prepare } = session;
  const write = (text: string, positions: readonly FeedPosition[]): Promise<void> =>
    session.write(() => {
      const upsert = prepare(text);
      for (const { topic, partition, next } of positions) upsert.run(topic, partition, next);
    });

  return {
    read: (topics) =>
      session.read(() =>
        prepare(READ)
          .all(JSON.stringify(topics))
          .map((row) => ({
            topic: row['topic'] as string,
            partition: row['partition'] as number,
            next: BigInt(row['next'] as string),
          })),
      ),
    advance: (positions) => write(ADVANCE, positions),
    replace: (positions) => write(REPLACE, positions),
    tried: (topic, partition) =>
      session.read(() => {
        const text = prepare(TRIED).get(triedName(topic, partition))?.['value'];
        return typeof text === 'string' ? triedOf(JSON.parse(text) as StoredTried) : null;
      }),
    noteTried: (topic, partition, { from, upTo, times, by }) =>
      session.write(() => {
        const stored: StoredTried = { from: from.toString(), upTo: upTo.toString(), times, by };
        prepare(NOTE_TRIED).run(triedName(topic, partition), JSON.stringify(stored));
      }),
    clearTried: (topic, partition, by) =>
      session.write(() => {
        prepare(CLEAR_TRIED).run(triedName(topic, partition), by);
      }),
  };
}

function triedOf({ from, upTo, times, by }: StoredTried): TriedPart {
  return { from: BigInt(from), upTo: BigInt(upTo), times, by };
}
