import { setImmediate } from 'node:timers/promises';
import type { Scope } from '../../../domain/connection.ts';
import { ENTITY_KINDS } from '../../../domain/entity.ts';
import type { LinkCounts, LinkStore } from '../../link-store.port.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { rememberLarge } from './remember-large.ts';

/** Of a small scope, in one look. */
export const COUNTS = `
  SELECT
    (SELECT count(*) FROM links WHERE scope = :scope AND remote_id IS NOT NULL) AS linked,
    (SELECT count(*) FROM links WHERE scope = :scope AND dead IS NOT NULL) AS failed,
    count(*) FILTER (WHERE due_at <= :now) AS due,
    count(*) FILTER (WHERE due_at > :now) AS waiting,
    min(dirty_since) AS dirtySince
  FROM links INDEXED BY links_due_scope WHERE scope = :scope AND due_at IS NOT NULL`;

/** Whether a scope has more than so many of what is counted. */
export const IS_LARGE = `
  SELECT
    (SELECT count(*) FROM (SELECT 1 FROM links WHERE scope = :scope AND remote_id IS NOT NULL LIMIT +:most))
    + (SELECT count(*) FROM (SELECT 1 FROM links WHERE scope = :scope AND dead IS NOT NULL LIMIT +:most))
    + (SELECT count(*) FROM (
        SELECT 1 FROM links INDEXED BY links_due_scope WHERE scope = :scope AND due_at IS NOT NULL LIMIT +:most
      )) AS some`;

/** The last of the next stretch; those that are equal to it belong to it, too. */
export const LINKED_END = `
  SELECT max(remote_id) AS last FROM (
    SELECT remote_id FROM links WHERE scope = :scope AND kind = :kind AND remote_id > :after
    ORDER BY remote_id LIMIT +:most
  )`;
export const LINKED_STRETCH = `
  SELECT count(*) AS linked FROM links
  WHERE scope = :scope AND kind = :kind AND remote_id > :after AND remote_id <= :upTo`;

export const FAILED_STRETCH = `
  SELECT count(*) AS failed, max(row) AS last FROM (
    SELECT rowid AS row FROM links INDEXED BY links_dead
    WHERE scope = :scope AND dead IS NOT NULL AND rowid > :after ORDER BY rowid LIMIT +:most
  )`;

export const DUE_END = `
  SELECT scope, due_at AS dueAt FROM links INDEXED BY links_due_scope
  WHERE due_at IS NOT NULL AND (scope, due_at) > (:scope, :after) ORDER BY scope, due_at LIMIT 1 OFFSET +:most`;
export const DUE_STRETCH = `
  SELECT
    count(*) FILTER (WHERE due_at <= :now) AS due,
    count(*) FILTER (WHERE due_at > :now) AS waiting,
    min(dirty_since) AS dirtySince
  FROM links INDEXED BY links_due_scope
  WHERE due_at IS NOT NULL AND (scope, due_at) > (:scope, :after) AND (scope, due_at) <= (:lastScope, :upTo)`;

/** Counted in one turn of the event loop: some milliseconds. */
const STRETCH = 20_000;

type Due = Pick<LinkCounts, 'due' | 'waiting' | 'dirtySince'>;

/** What is counted over all links of a scope, or of all scopes: stretch by stretch, where that are many. */
export function createLinkCounts({
  prepare,
  peek,
}: Pick<SqliteSession, 'prepare' | 'peek'>): Pick<LinkStore, 'counts' | 'backlog'> {
  const large = rememberLarge<LinkCounts>();
  const most = STRETCH;

  const linkedOf = async (scope: string): Promise<number> => {
    let linked = 0;
    for (const kind of ENTITY_KINDS) {
      for (let after: string | null = ''; after !== null;) {
        const from: string = after;
        after = await peek(() => {
          const upTo = prepare(LINKED_END).get({ scope, kind, after: from, most })?.['last'] ?? null;
          if (typeof upTo !== 'string') return null;
          linked += Number(prepare(LINKED_STRETCH).get({ scope, kind, after: from, upTo })?.['linked']);
          return upTo;
        });
        await setImmediate();
      }
    }
    return linked;
  };

  const failedOf = async (scope: string): Promise<number> => {
    let failed = 0;
    for (let after: number | null = -1; after !== null;) {
      const from: number = after;
      const found = await peek(() => prepare(FAILED_STRETCH).get({ scope, after: from, most }));
      failed += Number(found?.['failed']);
      after = typeof found?.['last'] === 'number' ? found['last'] : null;
      await setImmediate();
    }
    return failed;
  };

  /** Behind a place, up to the end. */
  const dueBetween = async (begin: DuePlace, end: DuePlace, now: number): Promise<Due> => {
    let sum: Due = { due: 0, waiting: 0, dirtySince: null };
    for (let place: DuePlace | null = begin; place !== null;) {
      const { scope, dueAt: after }: DuePlace = place;
      place = await peek(() => {
        const found = prepare(DUE_END).get({ scope, after, most }) as unknown as DuePlace | undefined;
        const next = found !== undefined && isBefore(found, end) ? found : null;
        const { scope: lastScope, dueAt: upTo } = next ?? end;
        sum = added(sum, prepare(DUE_STRETCH).get({ scope, after, now, lastScope, upTo }) as unknown as Due);
        return next;
      });
      await setImmediate();
    }
    return sum;
  };

  return {
    async counts(scope: Scope, now) {
      const small = await peek(() => {
        const { some } = prepare(IS_LARGE).get({ scope, most: STRETCH }) as { some: number };
        return some >= STRETCH ? null : { ...(prepare(COUNTS).get({ scope, now }) as unknown as LinkCounts) };
      });
      return (
        small ??
        (await large.remember(scope, async () => {
          const [linked, failed] = [await linkedOf(scope), await failedOf(scope)];
          return {
            linked,
            failed,
            ...(await dueBetween({ scope, dueAt: FIRST }, { scope, dueAt: LAST }, now)),
          };
        }))
      );
    },
    async backlog(now) {
      const { due, dirtySince } = await dueBetween(FIRST_OF_ALL, LAST_OF_ALL, now);
      return { due, dirtySince };
    },
  };
}

interface DuePlace {
  readonly scope: string;
  readonly dueAt: number;
}

/** Before and behind every time. */
const [FIRST, LAST] = [-1, Number.MAX_SAFE_INTEGER];
const FIRST_OF_ALL: DuePlace = { scope: '', dueAt: FIRST };
/** Scopes are ASCII. */
const LAST_OF_ALL: DuePlace = { scope: '\u{10ffff}', dueAt: LAST };

/** In the order of the index. */
const isBefore = (one: DuePlace, other: DuePlace): boolean =>
  one.scope === other.scope ? one.dueAt < other.dueAt : one.scope < other.scope;

function added(one: Due, other: Due): Due {
  const since = [one.dirtySince, other.dirtySince].filter((at) => at !== null);
  return {
    due: one.due + other.due,
    waiting: one.waiting + other.waiting,
    dirtySince: since.length === 0 ? null : Math.min(...since),
  };
}
