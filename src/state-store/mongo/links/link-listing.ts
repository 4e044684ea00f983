import type { Page } from '../../../domain/page.ts';
import type { LinkStore } from '../../state-store.port.ts';
import { inState, type LinkCondition } from './link-conditions.ts';
import { linkOf } from './stored-link.ts';
import { createLinkSearch, type LinkItem, type LinkSearch } from './link-search.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { prefixRange } from '../session/prefix-range.ts';
import { recordOf } from '../records/stored-record.ts';

export function createLinkListing(session: MongoSession): Pick<LinkStore, 'list'> {
  const { links, records, ask } = session;
  const search = createLinkSearch(session);

  /** A record that has moved to another user is not its former owner's to see any more. */
  const withRecords = async ({ filter, passes, after, most }: LinkSearch): Promise<LinkItem[]> => {
    const found = await ask(() =>
      links
        .find({ ...passes, _id: prefixRange(filter.scope, after) })
        .sort({ _id: 1 })
        .limit(most)
        .toArray(),
    );
    const keys = found.map((link) => link.key);
    const stored = keys.length === 0 ? [] : await ask(() => records.find({ _id: { $in: keys } }).toArray());
    const byKey = new Map(stored.map(recordOf).map((record) => [record.key, record]));
    return found.map(linkOf).map((link) => {
      const record = byKey.get(link.key);
      return { link, record: record?.userId === link.userId ? record : null };
    });
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
      const items = found.slice(0, limit);
      return { items, nextCursor: found.length > limit ? (items.at(-1)?.link.id ?? null) : null };
    },
  };
}
