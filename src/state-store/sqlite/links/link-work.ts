import type { Scope } from '../../../domain/connection.ts';
import type { LinkStore } from '../../state-store.port.ts';
import { urgencyOf } from './stored-link.ts';
import { scopeRange } from '../../id-range.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';

/** Rows deleted or changed in one transaction: few enough that other calls wait for some milliseconds only. */
const CHUNK = 2_000;

const DROP_WORK = `
  UPDATE links SET next_at = NULL, dirty_since = NULL, not_before = NULL, run_id = NULL, run_result = NULL
  WHERE rowid IN (
    SELECT rowid FROM links
    WHERE id > :from AND id < :to AND scope = :scope
      AND (next_at IS NOT NULL OR not_before IS NOT NULL OR run_id IS NOT NULL)
    LIMIT ${String(CHUNK)}
  )`;

/** What a run asks for by itself; a link on another lane is due for a reason of its own. */
const RUN_LANES = [urgencyOf('replay'), urgencyOf('sync')].join(', ');

const DROP_RUN = `
  UPDATE links SET next_at = NULL, dirty_since = NULL
  WHERE rowid IN (
    SELECT rowid FROM links
    WHERE run_id = ? AND run_result IS NULL AND lane IN (${RUN_LANES}) AND next_at IS NOT NULL
    LIMIT ${String(CHUNK)}
  )`;

const FORGET_TIMELINES = `
  DELETE FROM timeline WHERE rowid IN (
    SELECT rowid FROM timeline WHERE link_id > :from AND link_id < :to LIMIT ${String(CHUNK)}
  )`;

const FORGET_LINKS = `
  DELETE FROM links WHERE rowid IN (
    SELECT rowid FROM links WHERE id > :from AND id < :to AND scope = :scope LIMIT ${String(CHUNK)}
  )`;

type Work = Pick<LinkStore, 'dropWork' | 'dropRun' | 'forget'>;

/** Ending work for a whole scope or run, in short transactions: a crash in between leaves less to do, never something half done. */
export function createLinkWork(session: SqliteSession): Work {
  const inChunks = async (change: () => number): Promise<number> => {
    let total = 0;
    for (;;) {
      const changed = await session.write(change);
      total += changed;
      if (changed < CHUNK) return total;
    }
  };
  const changed = (sql: string, parameters: Record<string, string>) => (): number =>
    Number(session.prepare(sql).run(parameters).changes);

  return {
    dropWork: (scope: Scope) => inChunks(changed(DROP_WORK, { ...scopeRange(scope), scope })),
    dropRun: (runId) => inChunks(() => Number(session.prepare(DROP_RUN).run(runId).changes)),
    // The links go last: while any is left, forgetting again finds the rest.
    async forget(scope) {
      await inChunks(changed(FORGET_TIMELINES, scopeRange(scope)));
      return inChunks(changed(FORGET_LINKS, { ...scopeRange(scope), scope }));
    },
  };
}
