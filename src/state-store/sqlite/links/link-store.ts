import { connectionOfScope } from '../../../domain/connection.ts';
import { idsUnder } from '../../id-range.ts';
import { urgencyOf } from '../../lane-urgency.ts';
import type { LinkStore } from '../../link-store.port.ts';
import { inChunks } from '../session/in-chunks.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { createLinkClaiming } from './link-claiming.ts';
import { createLinkListing } from './link-listing.ts';
import { createLinkMarking } from './link-marking.ts';
import { createLinkQueries } from './link-queries.ts';
import { linkStretches } from './link-stretches.ts';
import { createLinkCopies, createLinkSettling } from './link-settling.ts';

export function createLinkStore(session: SqliteSession): LinkStore {
  return {
    ...createLinkMarking(session),
    ...createLinkClaiming(session),
    ...createLinkSettling(session),
    ...createLinkCopies(session),
    ...createLinkQueries(session),
    ...createLinkListing(session),
    ...createLinkWork(session),
  };
}

/** Rows deleted in one transaction; and changed, which takes longer, as their indexes change. */
const [CHUNK, CHANGED] = [2_000, 400];

const DROP_WORK = `
  UPDATE links SET next_at = NULL, dirty_since = NULL, not_before = NULL, run_id = NULL, run_result = NULL
  WHERE id > :after AND id <= :upTo AND scope = :scope
    AND (next_at IS NOT NULL OR not_before IS NOT NULL OR run_id IS NOT NULL)`;

/** What a run asks for by itself; a link on another lane is due for a reason of its own. */
const RUN_LANES = [urgencyOf('replay'), urgencyOf('sync')].join(', ');

const DROP_RUN = `
  UPDATE links SET next_at = NULL, dirty_since = NULL
  WHERE rowid IN (
    SELECT rowid FROM links
    WHERE run_id = :runId AND run_result IS NULL AND lane IN (${RUN_LANES}) AND next_at IS NOT NULL
    LIMIT ${String(CHANGED)}
  )`;

const FORGET_TIMELINES = `
  DELETE FROM timeline WHERE rowid IN (
    SELECT rowid FROM timeline WHERE link_id > :from AND link_id < :to LIMIT ${String(CHUNK)}
  )`;

const FORGET_LOOKS = 'DELETE FROM looks WHERE scope = :scope';
const FORGET_ACCOUNT = 'DELETE FROM accounts WHERE scope = :scope';

const FORGET_LINKS = `
  DELETE FROM links WHERE rowid IN (
    SELECT rowid FROM links WHERE id > :from AND id < :to AND scope = :scope LIMIT ${String(CHUNK)}
  )`;

/** Links whose timelines are gone through in one transaction. */
const LINKS_AT_ONCE = 50;
const NEXT_LINKS = `
  SELECT id FROM links WHERE id > :from AND id < :to AND scope = :scope ORDER BY id LIMIT ${String(LINKS_AT_ONCE)}`;
const DROP_WORDS = {
  timeline: `
    UPDATE timeline SET document = json_set(document, '$.errors', json('[]'))
    WHERE link_id = :id AND json_array_length(document, '$.errors') > 0`,
  link: `
    UPDATE links SET dead = json_set(dead, '$.fields', json('[]'))
    WHERE id = :id AND dead IS NOT NULL AND json_array_length(dead, '$.fields') > 0`,
  letters: `
    UPDATE dead_letters SET document = json_set(document, '$.fields', json('[]')) WHERE rowid IN (
      SELECT rowid FROM dead_letters
      WHERE connection_id = :connectionId AND document ->> '$.delivery.scope' = :scope
        AND json_array_length(document, '$.fields') > 0
      LIMIT ${String(CHUNK)}
    )`,
} as const;

type Work = Pick<LinkStore, 'dropWork' | 'dropWords' | 'dropRun' | 'forget'>;

/** Ending work for a whole scope or run. */
function createLinkWork(session: SqliteSession): Work {
  const change = (sql: string, parameters: Record<string, string>, most = CHUNK): Promise<number> =>
    inChunks(session, most, () => Number(session.prepare(sql).run(parameters).changes));

  return {
    async dropWork(scope) {
      let dropped = 0;
      for await (const stretch of linkStretches(session, idsUnder(scope), CHANGED)) {
        const { changes } = await session.write(() => session.prepare(DROP_WORK).run({ ...stretch, scope }));
        dropped += Number(changes);
      }
      return dropped;
    },
    async dropWords(scope) {
      let dropped = await change(DROP_WORDS.letters, { scope, connectionId: connectionOfScope(scope) });
      for (let { from, to } = idsUnder(scope); ;) {
        const ids = await session.write(() => {
          const next = session.prepare(NEXT_LINKS).all({ from, to, scope }) as { id: string }[];
          for (const { id } of next) {
            dropped += Number(session.prepare(DROP_WORDS.timeline).run({ id }).changes);
            dropped += Number(session.prepare(DROP_WORDS.link).run({ id }).changes);
          }
          return next.map(({ id }) => id);
        });
        if (ids.length < LINKS_AT_ONCE) return dropped;
        from = ids.at(-1) ?? to;
      }
    },
    dropRun: (runId) => change(DROP_RUN, { runId }, CHANGED),
    // The links go last: while any is left, forgetting again finds the rest.
    async forget(scope) {
      await change(FORGET_TIMELINES, { ...idsUnder(scope) });
      await change(FORGET_LOOKS, { scope });
      await change(FORGET_ACCOUNT, { scope });
      return change(FORGET_LINKS, { ...idsUnder(scope), scope });
    },
  };
}
