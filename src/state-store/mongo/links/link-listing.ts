import { linkId, type Link } from '../../../domain/link.ts';
import type { RecordKey } from '../../../domain/entity.ts';
import type { Page } from '../../../domain/page.ts';
import type { ZenaRecord } from '../../../domain/record.ts';
import { weightOf } from '../../../domain/json.ts';
import { createPageFiller } from '../../page-places.ts';
import type { LinkFilter, LinkStore } from '../../link-store.port.ts';
import { createRecordStore } from '../records/record-store.ts';
import { recordOf, recordsIn } from '../records/stored-record.ts';
import { holdsText } from '../records/search-pattern.ts';
import { pageDocuments } from '../session/page-documents.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { prefixRange } from '../session/prefix-range.ts';
import { inState, type LinkCondition } from './link-conditions.ts';
import { linkOf, linksIn } from './stored-link.ts';

interface LinkItem {
  readonly link: Link;
  readonly record: ZenaRecord | null;
}

interface FoundItems {
  readonly items: LinkItem[];
  /** Others were left out for their bytes. */
  readonly cut: boolean;
}

interface LinkSearch {
  readonly filter: LinkFilter;
  /** The filter's conditions on the link itself. */
  readonly passes: LinkCondition;
  /** A link id of the scope. */
  readonly after: string | null;
  readonly most: number;
}

export function createLinkListing(session: MongoSession): Pick<LinkStore, 'list'> {
  const links = linksIn(session);
  const records = createRecordStore(session);
  const search = createLinkSearch(session);

  /** A record that has moved to another user is not its former owner's to see any more. */
  const withRecords = async ({ filter, passes, after, most }: LinkSearch): Promise<FoundItems> => {
    const { items: found, more } = await pageDocuments(
      session,
      () =>
        links
          .find({ ...passes, _id: prefixRange(filter.scope, after) })
          .sort({ _id: 1 })
          .limit(most),
      most,
    );
    // Those of which the records fit, too: a scope's links stand in the order of their records' keys.
    const part = await records.readPart(found.map((link) => link.key as RecordKey));
    const rest = new Set<string>(part.rest);
    const read = found.filter(({ key }) => !rest.has(key)).map(linkOf);
    const items = read.map((link) => {
      const record = part.records.get(link.key);
      return { link, record: record?.userId === link.userId ? record : null };
    });
    return { items, cut: more || rest.size > 0 };
  };

  return {
    async list(filter, now, cursor, limit): Promise<Page<LinkItem>> {
      const { scope, kind, state, text } = filter;
      const passes: LinkCondition = {
        scope,
        ...(kind !== undefined && { kind }),
        ...(state !== undefined && inState(state, now)),
      };
      // A cursor that is none of this scope's begins at the beginning: it can't lead out of the scope.
      const after = cursor?.startsWith(`${scope}/`) === true ? cursor : null;
      const query = { filter, passes, after, most: limit + 1 };
      const found = text === undefined ? await withRecords(query) : await search(text, query);
      const items = found.items.slice(0, limit);
      const more = found.cut || found.items.length > limit;
      return { items, nextCursor: more ? (items.at(-1)?.link.id ?? null) : null };
    },
  };
}

/** Records that one request reads, at least. */
const READ_AT_ONCE = 200;

/**
 * Finds links by a text that their records hold, by ascending id. A scope is one user's and its link ids end with the
 * record's key: the user's records that hold the text, in the order of their keys, lead to the links in the order of their ids.
 */
function createLinkSearch(session: MongoSession) {
  const { ask } = session;
  const links = linksIn(session);
  const records = recordsIn(session);

  const ownerOf = async (scope: LinkFilter['scope']): Promise<string | null> => {
    const any = await ask(() =>
      links.findOne({ _id: prefixRange(scope), scope }, { projection: { userId: 1 } }),
    );
    return any?.userId ?? null;
  };

  const recordsHolding = async (
    text: string,
    { kind }: LinkFilter,
    userId: string,
    after: string,
    limit: number,
  ): Promise<{ readonly page: readonly ZenaRecord[]; readonly isLast: boolean }> => {
    const find = () =>
      records
        .find({
          userId,
          _id: { $gt: after },
          ...(kind !== undefined && { kind }),
          $or: holdsText(text),
        })
        .sort({ _id: 1 })
        .limit(limit);
    const { items, more } = await pageDocuments(session, find, limit);
    return { page: items.map(recordOf), isLast: !more && items.length < limit };
  };

  const withLinks = async (
    page: readonly ZenaRecord[],
    { filter, passes }: LinkSearch,
  ): Promise<LinkItem[]> => {
    if (page.length === 0) return [];
    const ids = page.map((record) => linkId(filter.scope, record.key));
    const found = await ask(() => links.find({ ...passes, _id: { $in: ids } }).toArray());
    const byKey = new Map(found.map(linkOf).map((link) => [link.key, link]));
    return page.flatMap((record) => {
      const link = byKey.get(record.key);
      return link?.userId === record.userId ? [{ link, record }] : [];
    });
  };

  return async (text: string, search: LinkSearch): Promise<FoundItems> => {
    const { filter, after, most } = search;
    const owner = await ownerOf(filter.scope);
    if (owner === null) return { items: [], cut: false };
    const found = createPageFiller<LinkItem>(most);
    const size = Math.max(most, READ_AT_ONCE);
    let last = after === null ? '' : after.slice(filter.scope.length + 1);
    for (;;) {
      const { page, isLast } = await recordsHolding(text, filter, owner, last, size);
      for (const item of await withLinks(page, search)) {
        if (found.full()) return { items: found.items, cut: true };
        found.add(item, weightOf(item));
      }
      if (isLast) return { items: found.items, cut: false };
      last = page.at(-1)?.key ?? last;
    }
  };
}
