import type { SqliteSession } from './sqlite-session.ts';

/**
 * Repeats a change of at most `most` rows until it finds fewer, and answers how many rows that were. Each is a transaction of its
 * own: other calls wait for some milliseconds only, and a crash in between leaves less to do, never something half done.
 */
export async function inChunks(session: SqliteSession, most: number, change: () => number): Promise<number> {
  let total = 0;
  for (;;) {
    const changed = await session.write(change);
    total += changed;
    if (changed < most) return total;
  }
}
