import type { SQLInputValue } from 'node:sqlite';
import { FOLDED_MARK, searchQuery } from '../../../domain/canonical/search-text.ts';
import type { Link } from '../../../domain/link.ts';
import type { ZenaRecord } from '../../../domain/record.ts';
import { idsUnder } from '../../id-range.ts';
import type { LinkFilter, LinkStore } from '../../link-store.port.ts';
import { recordOf, type RecordRow } from '../records/stored-record.ts';
import { FOLD_FUNCTION } from '../session/fold-function.ts';
import { pageOfRows } from '../session/page-rows.ts';
import type { SqliteSession } from '../session/sqlite-session.ts';
import { linkOf, type LinkRow } from './stored-link.ts';

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
const FROM = `
  SELECT links.*, records.revision, records.deleted, records.document
  FROM links LEFT JOIN records ON records.key = links.key AND records.user_id = links.user_id
  WHERE links.id > :after AND links.id < :to AND links.scope = :scope`;

type ListRow = LinkRow & Pick<RecordRow, 'revision' | 'deleted'> & { readonly document: string | null };

/** The statement that lists what passes a filter. */
export function listingSql(filter: LinkFilter): string {
  const conditions = [
    filter.kind === undefined ? '' : 'AND links.kind = :kind',
    filter.state === undefined ? '' : `AND ${STATE} = :state`,
    filter.text === undefined ? '' : HOLDS_TEXT,
  ];
  return `${FROM} ${conditions.join(' ')} ORDER BY links.id LIMIT +:limit`;
}

export function createLinkListing(session: SqliteSession): Pick<LinkStore, 'list'> {
  return {
    list: (filter, now, cursor, limit) =>
      session.read(() => {
        const { from, to } = idsUnder(filter.scope);
        const parameters: Record<string, SQLInputValue> = {
          after: cursor !== null && cursor > from ? cursor : from,
          to,
          scope: filter.scope,
          limit: limit + 1,
          ...(filter.kind !== undefined && { kind: filter.kind }),
          ...(filter.state !== undefined && { state: filter.state, now }),
          ...(filter.text !== undefined && { text: searchQuery(filter.text) }),
        };
        const rows = session.prepare(listingSql(filter)).iterate(parameters);
        return pageOfRows(rows, limit, itemOf, (last) => last.link.id);
      }),
  };
}

function itemOf(read: object): { readonly link: Link; readonly record: ZenaRecord | null } {
  const row = read as ListRow;
  const { document } = row;
  return { link: linkOf(row), record: document === null ? null : recordOf({ ...row, document }) };
}
