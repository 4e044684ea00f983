import type { DatabaseSync } from 'node:sqlite';
import type { Destruction, StateStore } from '../../state-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

/** What a file may be, in bytes, to be written anew as a whole: nothing else happens meanwhile. */
export interface RewriteLimits {
  /** While the service runs: some 40 ms. */
  readonly running: number;
  /** At the start: some seconds, once. */
  readonly starting: number;
}

const MIB = 1_048_576;
export const REWRITE_LIMITS: RewriteLimits = { running: 5 * MIB, starting: 128 * MIB };

/** The log beside the file holds former pages until it is cut to nothing. */
const EMPTY_LOG = 'PRAGMA wal_checkpoint(TRUNCATE)';

const NOTE_DUE = "INSERT INTO settings (name, value) VALUES ('rewrite_due', 1) ON CONFLICT DO NOTHING";
const IS_DUE = "SELECT 1 FROM settings WHERE name = 'rewrite_due'";
const DROP_DUE = "DELETE FROM settings WHERE name = 'rewrite_due'";

/**
 * Removed content is zeroed where it lay, and credentials lie where SQLite never moves them (`SECRETS`, a step of the schema), so of
 * these only the log remains to be emptied, which takes the same time whatever the number of connections. Of all else, rows that were
 * moved between pages leave copies; writing the file anew takes these away. Where that would hold up everything, it is left to the
 * next start.
 */
export function createShredding(
  session: SqliteSession,
  limits: RewriteLimits = REWRITE_LIMITS,
): StateStore['shred'] {
  const { database } = session;
  return async (what) => {
    if (what === 'everything') await session.write(() => session.prepare(NOTE_DUE).run());
    return session.apart((): Destruction => {
      const complete = what === 'credentials' || rewritten(database, limits.running);
      return emptyLog(database) && complete ? 'overwritten' : 'removed';
    });
  };
}

/** Before anything else uses the file: what a process did not come to, that ended before its time or had no time for it. */
export function finishShredding(database: DatabaseSync, { starting }: RewriteLimits = REWRITE_LIMITS): void {
  if (database.prepare(IS_DUE).get() !== undefined) rewritten(database, starting);
  emptyLog(database);
}

/** False where the file is larger than that. */
function rewritten(database: DatabaseSync, largestBytes: number): boolean {
  const pragma = (name: string): number => Number(database.prepare(`PRAGMA ${name}`).get()?.[name]);
  if (pragma('page_count') * pragma('page_size') > largestBytes) return false;
  database.exec('VACUUM');
  database.exec(DROP_DUE);
  return true;
}

function emptyLog(database: DatabaseSync): boolean {
  return database.prepare(EMPTY_LOG).get()?.['busy'] === 0;
}
