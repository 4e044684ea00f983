import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { DatabaseSync } from 'node:sqlite';

/** What the registry's library makes of an event; the rest of it is only written. */
export interface DecodedRow {
  readonly entityId: string;
  readonly userId: string;
}

/** The least that keeps an event and marks its link: two upserts by key. It reads nothing, compares nothing, indexes nothing. */
export interface BareRows {
  /** One transaction, on disk when it returns. */
  write(events: readonly DecodedRow[]): void;
  count(): number;
  close(): Promise<void>;
}

export async function openBareRows(): Promise<BareRows> {
  const folder = await mkdtemp(join(tmpdir(), 'zena-crm-bench-'));
  const database = new DatabaseSync(join(folder, 'rows.sqlite'));
  database.exec(`
    PRAGMA locking_mode = EXCLUSIVE;
    PRAGMA journal_mode = WAL;
    PRAGMA synchronous = FULL;
    PRAGMA cache_size = -32000;
    CREATE TABLE records (key TEXT PRIMARY KEY, user_id TEXT, document TEXT) STRICT;
    CREATE TABLE links (id TEXT PRIMARY KEY, wanted INTEGER NOT NULL) STRICT;`);
  const record = database.prepare(`
    INSERT INTO records VALUES (?, ?, ?)
    ON CONFLICT DO UPDATE SET user_id = excluded.user_id, document = excluded.document`);
  const link = database.prepare(`
    INSERT INTO links VALUES (?, 1) ON CONFLICT DO UPDATE SET wanted = wanted + 1`);
  return {
    write(events) {
      database.exec('BEGIN IMMEDIATE');
      for (const event of events) {
        record.run(event.entityId, event.userId, JSON.stringify(event));
        link.run(event.entityId);
      }
      database.exec('COMMIT');
    },
    count: () => Number(database.prepare('SELECT count(*) AS count FROM records').get()?.['count']),
    async close() {
      database.close();
      await rm(folder, { recursive: true, force: true });
    },
  };
}
