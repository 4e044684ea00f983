import type { DeadLetterStore } from '../state-store.ts';
import type { SqliteSession } from './sqlite-session.ts';

const PUT = `
  INSERT INTO dead_letters (id, topic, partition, "offset", key, value, code, detail, failed_at)
  VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?) ON CONFLICT DO NOTHING`;

export function createDeadLetterStore(session: SqliteSession): DeadLetterStore {
  return {
    put: (letters) =>
      session.write(() => {
        const put = session.prepare(PUT);
        for (const letter of letters) {
          const { id, topic, partition, offset, key, value, code, detail, failedAt } = letter;
          put.run(id, topic, partition, offset, key, value, code, detail, failedAt);
        }
      }),
    count: () =>
      session.read(() =>
        Number(session.prepare('SELECT count(*) AS count FROM dead_letters').get()?.['count']),
      ),
    prune: (before) =>
      session.write(() =>
        Number(session.prepare('DELETE FROM dead_letters WHERE failed_at < ?').run(before).changes),
      ),
  };
}
