import { setImmediate } from 'node:timers/promises';
import type { SQLOutputValue } from 'node:sqlite';
import type { Link, LinkHead, LinkId } from '../../../domain/link.ts';
import type { Scope } from '../../../domain/connection.ts';
import { PAGE_BYTES } from '../../../domain/page.ts';
import type { Run, RunCount, RunMotion } from '../../../domain/run.ts';
import { MOST_KIN, type LinkPart, type LinkStore, type NeighbourMarks } from '../../link-store.port.ts';
import { idsUnder } from '../../id-range.ts';
import { createNeighbourRoom, withoutContent, type NeighbourRoom } from '../../../domain/deciding/sharers.ts';
import { ascendingIds, createPageFiller, readUntilFull } from '../../page-places.ts';
import { KIN_SCOPES } from '../connections/account-store.ts';
import { pageRows, rowBytes } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { createLinkCounts } from './link-counts.ts';
import { linkStretches } from './link-stretches.ts';
import { LINK_HEAD_COLUMNS, linkHeadOf, linkOf, type LinkRow } from './stored-link.ts';

/** All that have one of these values by one statement: a search may find hundreds, and they are looked up at each step. */
const having = (column: string, read = 'links.*'): string => `
  SELECT ${read} FROM json_each(:values) AS wanted CROSS JOIN links
  ON links.scope = :scope AND links.kind = :kind AND links.${column} = wanted.value`;
export const BY_REMOTE = having('remote_id');
export const SHARING_REMOTE = having('remote_id', 'links.id');
export const SHARING_KEY_HASH = having('key_hash', 'links.id');
export const SHARING_INTENT = having('intent_key_hash', 'links.id');
/** Few links of a scope ever left a CRM record. */
export const BY_LEFT = `
  SELECT * FROM links INDEXED BY links_left
  WHERE scope = ? AND kind = ? AND left_records IS NOT NULL
    AND EXISTS (SELECT 1 FROM json_each(left_records) AS one WHERE one.key = ?) LIMIT 20`;

/** Of a stretch of a scope's links those that were seen last: all are looked through, which is for rare acts. */
export const SEEN_LAST = `
  SELECT id, coalesce(copy ->> '$.heldAt', 0) AS at FROM links
  WHERE id > :after AND id <= :upTo AND +scope = :scope AND remote_id IS NOT NULL
  ORDER BY at DESC LIMIT +:limit`;
const BY_IDS = `
  SELECT links.* FROM json_each(?) AS wanted CROSS JOIN links ON links.id = wanted.value
  ORDER BY wanted.key LIMIT +?`;
/** Links that are looked through in one turn of the event loop. */
const LOOKED_THROUGH = 1_000;

const OF_KIN = `
  SELECT links.* FROM (${KIN_SCOPES}) AS kin JOIN links ON links.scope = kin.scope
  WHERE links.kind = :kind AND links.remote_id IS NOT NULL`;
const FEW = `LIMIT ${String(MOST_KIN)}`;
export const KIN_BY_REMOTE = `${OF_KIN} AND links.remote_id = :value ${FEW}`;
export const KIN_BY_KEY_HASH = `${OF_KIN} AND links.key_hash = :value ${FEW}`;

export const PENDING_WAKES = 'SELECT * FROM links WHERE scope = ? AND wake = 1 LIMIT +?';

export const UNTOLD_DEAD = 'SELECT * FROM links WHERE scope = ? AND untold = 1 LIMIT +?';

export const COUNT_RUN = `
  SELECT kind, run_result AS result, count(*) AS count FROM links
  WHERE run_id = ? GROUP BY kind, run_result`;

const OF_RUN = "run_id = :runId AND kind IN ('contact', 'property', 'deal')";
/** What is not tried yet: 2 = moves now, 1 = backs off, 0 = waits for another. */
export const RUN_UNTRIED = `
  SELECT max(CASE
    WHEN claim_token IS NOT NULL OR due_at <= :now THEN 2
    WHEN not_before > :now THEN 1
    WHEN waiting_since IS NULL AND due_at IS NOT NULL THEN 2
    ELSE 0
  END) AS motion
  FROM links WHERE ${OF_RUN} AND run_result IS NULL`;
export const RUN_WAKES = `
  SELECT 1 FROM links INDEXED BY links_wake WHERE scope = :scope AND wake = 1 AND run_id = :runId LIMIT 1`;
export const RUN_STIRRED = `
  SELECT 1 FROM links
  WHERE ${OF_RUN} AND run_result IN ('unchanged', 'superseded', 'skipped', 'retrying')
    AND not_before IS NULL AND (claim_token IS NOT NULL OR due_at <= :now)
  LIMIT 1`;

type Queries = Pick<
  LinkStore,
  | 'read'
  | 'heads'
  | 'readPart'
  | 'pendingWakes'
  | 'untoldDead'
  | 'findNeighbours'
  | 'visitByRemote'
  | 'readByLeft'
  | 'findKin'
  | 'sampleLinked'
  | 'counts'
  | 'countRun'
  | 'runMotion'
  | 'backlog'
>;

export function createLinkQueries(session: SqliteSession): Queries {
  const { prepare } = session;

  const read = (ids: readonly LinkId[]): Map<LinkId, Link> => {
    const select = prepare('SELECT * FROM links WHERE id = ?');
    const found = new Map<LinkId, Link>();
    for (const id of ids) {
      const row = select.get(id) as unknown as LinkRow | undefined;
      if (row !== undefined) found.set(id, linkOf(row));
    }
    return found;
  };

  /** Those of a scope, one row after another. */
  const some = (sql: string, scope: string, limit: number): Link[] => [
    ...pageRows(prepare(sql).iterate(scope, limit), limit, (row) => linkOf(row as unknown as LinkRow)).items,
  ];

  /** Each link once, though several of the values may lead to it. */
  const distinct = (rows: readonly unknown[]): Link[] => {
    const byId = new Map((rows as readonly LinkRow[]).map((row) => [row.id, row]));
    return [...byId.values()].map(linkOf);
  };

  const runMotion = ({ runId, scope }: Pick<Run, 'runId' | 'scope'>, now: number): RunMotion => {
    const untried = prepare(RUN_UNTRIED).get({ runId, now }) as { motion: number | null } | undefined;
    if (untried?.motion === 2) return 'now';
    if (prepare(RUN_WAKES).get({ runId, scope }) !== undefined) return 'now';
    if (prepare(RUN_STIRRED).get({ runId, now }) !== undefined) return 'now';
    return untried?.motion === 1 ? 'later' : 'none';
  };

  return {
    read: (ids) => session.read(() => read(ids)),
    ...createPartialReads(session),
    pendingWakes: (scope, limit) => session.peek(() => some(PENDING_WAKES, scope, limit)),
    untoldDead: (scope, limit) => session.peek(() => some(UNTOLD_DEAD, scope, limit)),
    findNeighbours: createNeighbours(session),
    visitByRemote: (scope, kind, remoteIds, visit) =>
      session.peek(() => {
        const values = JSON.stringify([...new Set(remoteIds)]);
        for (const row of prepare(BY_REMOTE).iterate({ scope, kind, values }))
          visit(linkOf(row as unknown as LinkRow));
      }),
    readByLeft: (scope, kind, remoteId) =>
      session.read(() => distinct(prepare(BY_LEFT).all(scope, kind, remoteId))),
    findKin: ({ scope, kind }, { remoteIds, keyHashes }) =>
      session.peek(() => {
        const by = (sql: string, values: readonly string[]) =>
          values.flatMap((value) => prepare(sql).all({ scope, kind, value }));
        return distinct([...by(KIN_BY_REMOTE, remoteIds), ...by(KIN_BY_KEY_HASH, keyHashes)]).slice(
          0,
          MOST_KIN,
        );
      }),
    sampleLinked: (scope, limit) => sampleLinked(session, scope, limit),
    ...createLinkCounts(session),
    countRun: (runId) =>
      session.read(() =>
        prepare(COUNT_RUN)
          .all(runId)
          .map((row) => ({ ...row }) as unknown as RunCount),
      ),
    runMotion: (run, now) => session.read(() => runMotion(run, now)),
  };
}

/** Those whose CRM records were seen last, looked for stretch by stretch. */
async function sampleLinked(session: SqliteSession, scope: Scope, limit: number): Promise<Link[]> {
  const { prepare } = session;
  let last: { readonly id: string; readonly at: number }[] = [];
  for await (const stretch of linkStretches(session, idsUnder(scope), LOOKED_THROUGH)) {
    const found = await session.peek(() => prepare(SEEN_LAST).all({ ...stretch, scope, limit }));
    last = [...last, ...(found as unknown as typeof last)].sort((a, b) => b.at - a.at).slice(0, limit);
  }
  const ids = JSON.stringify(last.map(({ id }) => id));
  return await session.peek(() => [
    ...pageRows(prepare(BY_IDS).iterate(ids, limit), limit, (row) => linkOf(row as unknown as LinkRow)).items,
  ]);
}

/** Links that are read in one turn of the event loop: some milliseconds. */
const READ_AT_ONCE = 200;
const HEADS_AT_ONCE = 50;
const NEIGHBOUR_HEAD = `
  SELECT ${LINK_HEAD_COLUMNS.join(', ')}, typeof(copy) <> 'null' OR typeof(shadow) <> 'null' AS knows FROM links WHERE id = ?`;

/** Who shares is known at once; what they hold is read part by part, and as far as there is room: of very many that may be very much. */
function createNeighbours(session: SqliteSession): LinkStore['findNeighbours'] {
  const { prepare } = session;
  const sharing = (
    { id, scope, kind }: Neighbourhood,
    { remoteIds, keyHashes }: NeighbourMarks,
  ): LinkId[] => {
    const by = (sql: string, values: readonly string[]): LinkId[] =>
      values.length === 0
        ? []
        : prepare(sql)
            .all({ scope, kind, values: JSON.stringify(values) })
            .map((row) => row['id'] as LinkId);
    const found = [
      ...by(SHARING_REMOTE, remoteIds),
      ...by(SHARING_KEY_HASH, keyHashes),
      ...by(SHARING_INTENT, keyHashes),
    ];
    return ascendingIds(found.filter((other) => other !== id)).wanted;
  };

  /** Reads one after another until a turn's work is done; answers how many were looked at. */
  const readSome = (ids: readonly LinkId[], room: NeighbourRoom, found: Link[]): number => {
    const whole = prepare('SELECT * FROM links WHERE id = ?');
    const head = prepare(NEIGHBOUR_HEAD);
    const turn = createPageFiller<LinkId>(READ_AT_ONCE);
    return readUntilFull(turn, ids, (id) => {
      // Of one that is told of without its content, what stands behind that is walked to nonetheless.
      const seen = room.isOpen() ? undefined : (head.get(id) as unknown as HeadRow | undefined);
      if (seen !== undefined && room.isFull(seen.remote_id)) {
        found.push(withoutContent(linkHeadOf(seen), seen.knows === 1));
        turn.add(id, PAGE_BYTES / HEADS_AT_ONCE);
        return;
      }
      const row = whole.get(id) as unknown as (LinkRow & Record<string, SQLOutputValue>) | undefined;
      if (row === undefined) return;
      found.push(room.take(linkOf(row), rowBytes(row)));
      turn.add(id, rowBytes(row));
    });
  };

  return async (of, marks) => {
    const room = createNeighbourRoom(marks.remoteIds);
    const found: Link[] = [];
    let rest = await session.peek(() => {
      const ids = sharing(of, marks);
      return ids.slice(readSome(ids, room, found));
    });
    while (rest.length > 0) {
      const ids = rest;
      await setImmediate();
      rest = await session.peek(() => ids.slice(readSome(ids, room, found)));
    }
    return found;
  };
}

type HeadRow = LinkRow & { readonly knows: number };
type Neighbourhood = Parameters<LinkStore['findNeighbours']>[0];

function readPart({ prepare }: SqliteSession, ids: readonly LinkId[]): LinkPart {
  const select = prepare('SELECT * FROM links WHERE id = ?');
  const part = createPageFiller<Link>(Number.POSITIVE_INFINITY);
  const { wanted } = ascendingIds(ids);
  const looked = readUntilFull(part, wanted, (id) => {
    const row = select.get(id);
    if (row !== undefined) part.add(linkOf(row as unknown as LinkRow), rowBytes(row));
  });
  return { links: new Map(part.items.map((link) => [link.id, link])), rest: wanted.slice(looked) };
}

/** Reads of what may be large, or of which what is large isn't needed. */
function createPartialReads(session: SqliteSession): Pick<LinkStore, 'heads' | 'readPart'> {
  const { prepare } = session;

  return {
    heads: (ids) =>
      session.peek(() => {
        const select = prepare(`SELECT ${LINK_HEAD_COLUMNS.join(', ')} FROM links WHERE id = ?`);
        const found = new Map<LinkId, LinkHead>();
        for (const id of ids) {
          const row = select.get(id) as unknown as LinkRow | undefined;
          if (row !== undefined) found.set(id, linkHeadOf(row));
        }
        return found;
      }),
    readPart: (ids) => session.peek(() => readPart(session, ids)),
  };
}
