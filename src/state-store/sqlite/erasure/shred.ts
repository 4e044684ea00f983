import type { Destruction, StateStore } from '../../state-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

/** A larger file is not written anew as a whole while the service runs: nothing else happens meanwhile. */
const LARGEST_REWRITE_BYTES = 128 * 1_048_576;

// Removed content is zeroed where it lay, but rows that SQLite moved between pages before leave copies that no statement reaches.
// Writing a table anew clears every page that it had, these included.
const REWRITE_CONNECTIONS = `
  BEGIN IMMEDIATE;
  CREATE TEMP TABLE kept_connections AS SELECT * FROM main.connections;
  DELETE FROM main.connections;
  INSERT INTO main.connections SELECT * FROM temp.kept_connections;
  DROP TABLE temp.kept_connections;
  COMMIT;`;

/** The log beside the file holds former pages until it is cut to nothing. */
const EMPTY_LOG = 'PRAGMA wal_checkpoint(TRUNCATE)';

export function createShredding(
  session: SqliteSession,
  largestBytes = LARGEST_REWRITE_BYTES,
): StateStore['shred'] {
  const { database } = session;
  const pragma = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);

  const rewrite = (sql: string): void => {
    try {
      database.exec(sql);
    } finally {
      if (database.isTransaction) database.exec('ROLLBACK');
    }
  };
  const emptyLog = (): boolean => database.prepare(EMPTY_LOG).get()?.['busy'] === 0;

  return (what) =>
    session.apart((): Destruction => {
      const whole = what === 'everything' && pragma('page_count') * pragma('page_size') <= largestBytes;
      rewrite(whole ? 'VACUUM' : REWRITE_CONNECTIONS);
      return emptyLog() && (whole || what === 'credentials') ? 'overwritten' : 'removed';
    });
}
