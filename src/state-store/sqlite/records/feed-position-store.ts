import type { FeedPosition, FeedPositionStore } from '../../feed-position-store.port.ts';
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
  };
}
