import type { SQLInputValue } from 'node:sqlite';
import { FOLDED_MARK, searchQuery } from '../../../domain/canonical/search-text.ts';
import { idsUnder } from '../../id-range.ts';
import type { LinkFilter, LinkStore, ListedLink } from '../../link-store.port.ts';
import { SUMMARY_COLUMNS, summaryOfRow, type SummaryRow } from '../records/stored-record.ts';
import { FOLD_FUNCTION } from '../session/fold-function.ts';
import { pageOfRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { createLoopTurns, linkStretches } from './link-stretches.ts';
import { GLANCE_COLUMNS, linkGlanceOf, type LinkRow } from './stored-link.ts';

/** `linkState` in SQL, rule by rule in the same order. */
const STATE = `
  CASE
    WHEN links.intent IS NOT NULL THEN 'creating'
    WHEN links.claim_until > :now THEN 'working'
    WHEN links.next_at IS NOT NULL THEN iif(links.due_at > :now, 'waiting', 'due')
    WHEN links.dead IS NOT NULL THEN 'dead'
    WHEN links.remote_id IS NULL THEN 'unlinked'
    ELSE 'linked'
  END`;

// What an earlier version stored is folded as it is read, until the record changes.
const HOLDS_TEXT = `
  AND (
    instr(records.search, :text) > 0
    OR (
      substr(records.search, 1, 1) <> char(${FOLDED_MARK.charCodeAt(0)})
      AND instr(${FOLD_FUNCTION}(records.search), :text) > 0
    )
  )`;

// A record that has moved to another user is not its former owner's to see any more.
const WITH_RECORDS =
  'FROM links LEFT JOIN records ON records.key = links.key AND records.user_id = links.user_id';
const GLANCE = GLANCE_COLUMNS.map((column) => `links.${column}`).join(', ');
// Its type stands in the row's head; for `IS NOT NULL` as a value the whole of it would be read.
const SELECT = `
  SELECT ${GLANCE}, typeof(links.shadow) <> 'null' AS acknowledged, ${SUMMARY_COLUMNS} ${WITH_RECORDS}`;

const ALL = `
  ${SELECT} WHERE links.id > :after AND links.id < :to AND links.scope = :scope ORDER BY links.id LIMIT +:limit`;
const FOUND = `
  ${SELECT} WHERE links.id IN (SELECT value FROM json_each(:ids)) ORDER BY links.id LIMIT +:limit`;

type ListRow = LinkRow & SummaryRow & { readonly acknowledged: number };

/** Links looked at in one turn of the event loop: some milliseconds. */
const STRETCH = 500;

/** The statement that finds the links of a stretch that pass a filter. */
export function listingSql(filter: LinkFilter): string {
  const conditions = [
    filter.kind === undefined ? '' : 'AND links.kind = :kind',
    filter.state === undefined ? '' : `AND ${STATE} = :state`,
    filter.text === undefined ? '' : HOLDS_TEXT,
  ];
  return `
    SELECT links.id ${WITH_RECORDS}
    WHERE links.id > :after AND links.id <= :upTo AND links.scope = :scope ${conditions.join(' ')}
    ORDER BY links.id LIMIT +:limit`;
}

export function createLinkListing(session: SqliteSession): Pick<LinkStore, 'list'> {
  const inTurn = createLoopTurns();

  /** The first ids that pass: as many as are wanted, or all there are. */
  async function find(filter: LinkFilter, now: number, range: Range, most: number): Promise<string[]> {
    const parameters: Record<string, SQLInputValue> = {
      scope: filter.scope,
      ...(filter.kind !== undefined && { kind: filter.kind }),
      ...(filter.state !== undefined && { state: filter.state, now }),
      ...(filter.text !== undefined && { text: searchQuery(filter.text) }),
    };
    const ids: string[] = [];
    for await (const { after, upTo } of linkStretches(session, range, STRETCH)) {
      const limit = most - ids.length;
      const found = await inTurn(() =>
        session.peek(() => session.prepare(listingSql(filter)).all({ ...parameters, after, upTo, limit })),
      );
      ids.push(...found.map((row) => row['id'] as string));
      if (ids.length >= most) break;
    }
    return ids;
  }

  return {
    async list(filter, now, cursor, limit) {
      const { from, to } = idsUnder(filter.scope);
      const range = { from: cursor !== null && cursor > from ? cursor : from, to };
      const most = limit + 1;
      const isWhole = filter.kind === undefined && filter.state === undefined && filter.text === undefined;
      const ids = isWhole ? null : await find(filter, now, range, most);
      return await session.peek(() => {
        const rows =
          ids === null
            ? session.prepare(ALL).iterate({ after: range.from, to, scope: filter.scope, limit: most })
            : session.prepare(FOUND).iterate({ ids: JSON.stringify(ids), limit: most });
        return pageOfRows(rows, limit, itemOf, (last) => last.link.id);
      });
    },
  };
}

interface Range {
  readonly from: string;
  readonly to: string;
}

function itemOf(read: object): ListedLink {
  const row = read as ListRow;
  return { link: linkGlanceOf(row), isAcknowledged: row.acknowledged === 1, record: summaryOfRow(row, row) };
}
