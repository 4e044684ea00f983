import { linkId } from '../../../domain/link.ts';
import type { RecordKey } from '../../../domain/entity.ts';
import type { Page } from '../../../domain/page.ts';
import { summaryOf, type RecordSummary } from '../../../domain/record.ts';
import type { LinkFilter, LinkStore, ListedLink } from '../../link-store.port.ts';
import { createRecordStore } from '../records/record-store.ts';
import { listedOf, recordsIn, WITHOUT_CONTENT, type HeadDocument } from '../records/stored-record.ts';
import { holdsText } from '../records/search-pattern.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { prefixRange } from '../session/prefix-range.ts';
import { inState, type LinkCondition } from './link-conditions.ts';
import { linkGlanceOf, linksIn, type LinkDocument } from './stored-link.ts';

interface LinkSearch {
  readonly filter: LinkFilter;
  /** The filter's conditions on the link itself. */
  readonly passes: LinkCondition;
  /** A link id of the scope. */
  readonly after: string | null;
  readonly most: number;
}

export function createLinkListing(session: MongoSession): Pick<LinkStore, 'list'> {
  const { ask } = session;
  const links = linksIn(session);
  const search = createLinkSearch(session);
  const summaries = createSummaries(session);

  const inOrder = ({ filter, passes, after, most }: LinkSearch): Promise<LinkDocument[]> =>
    ask(() =>
      links
        .find({ ...passes, _id: prefixRange(filter.scope, after) })
        .sort({ _id: 1 })
        .limit(most)
        .project<LinkDocument>(LIGHT)
        .toArray(),
    );

  return {
    async list(filter, now, cursor, limit): Promise<Page<ListedLink>> {
      const { scope, kind, state, text } = filter;
      const passes: LinkCondition = {
        scope,
        ...(kind !== undefined && { kind }),
        ...(state !== undefined && inState(state, now)),
      };
      // A cursor that is none of this scope's begins at the beginning: it can't lead out of the scope.
      const after = cursor?.startsWith(`${scope}/`) === true ? cursor : null;
      const query = { filter, passes, after, most: limit + 1 };
      const found = text === undefined ? await inOrder(query) : await search(text, query);
      const shown = found.slice(0, limit);
      const records = await summaries(shown.map(({ key }) => key as RecordKey));
      const items = shown.map((document): ListedLink => {
        const link = linkGlanceOf(document);
        const record = records.get(link.key);
        // A record that has moved to another user is not its former owner's to see any more.
        const own = record?.userId === link.userId ? record : null;
        return { link, isAcknowledged: document.shadow !== undefined, record: own };
      });
      return { items, nextCursor: found.length > limit ? (items.at(-1)?.link.id ?? null) : null };
    },
  };
}

/** Of what the CRM holds only whether it is known. */
const LIGHT = { 'shadow.fields': 0, copy: 0 } as const;

/** What lists show of records; of those that an older program wrote, after reading them whole, a page of bytes at a time. */
function createSummaries(session: MongoSession) {
  const records = recordsIn(session);
  const { readPart } = createRecordStore(session);
  return async (keys: readonly RecordKey[]): Promise<ReadonlyMap<RecordKey, RecordSummary>> => {
    if (keys.length === 0) return new Map();
    const found = await session.ask(() =>
      records
        .find({ _id: { $in: [...keys] } })
        .project<HeadDocument>(WITHOUT_CONTENT)
        .toArray(),
    );
    const summaries = new Map<RecordKey, RecordSummary>();
    const untitled: RecordKey[] = [];
    for (const document of found) {
      const key = document._id as RecordKey;
      const summary = listedOf(document);
      if (summary === null) untitled.push(key);
      else summaries.set(key, summary);
    }
    for (let rest: readonly RecordKey[] = untitled; rest.length > 0;) {
      const part = await readPart(rest);
      for (const [key, record] of part.records) summaries.set(key, summaryOf(record));
      rest = part.rest;
    }
    return summaries;
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
  ): Promise<{ readonly page: readonly HeadDocument[]; readonly isLast: boolean }> => {
    const page = await ask(() =>
      records
        .find({
          userId,
          _id: { $gt: after },
          ...(kind !== undefined && { kind }),
          $or: holdsText(text),
        })
        .sort({ _id: 1 })
        .limit(limit)
        .project<HeadDocument>(WITHOUT_CONTENT)
        .toArray(),
    );
    return { page, isLast: page.length < limit };
  };

  const withLinks = async (
    page: readonly HeadDocument[],
    { filter, passes }: LinkSearch,
  ): Promise<LinkDocument[]> => {
    if (page.length === 0) return [];
    const ids = page.map(({ _id }) => linkId(filter.scope, _id as RecordKey));
    const found = await ask(() =>
      links
        .find({ ...passes, _id: { $in: ids } })
        .project<LinkDocument>(LIGHT)
        .toArray(),
    );
    const byKey = new Map(found.map((link) => [link.key, link]));
    return page.flatMap((record) => {
      const link = byKey.get(record._id);
      return link?.userId === record.userId ? [link] : [];
    });
  };

  return async (text: string, search: LinkSearch): Promise<LinkDocument[]> => {
    const { filter, after, most } = search;
    const owner = await ownerOf(filter.scope);
    if (owner === null) return [];
    const found: LinkDocument[] = [];
    const size = Math.max(most, READ_AT_ONCE);
    let last = after === null ? '' : after.slice(filter.scope.length + 1);
    for (;;) {
      const { page, isLast } = await recordsHolding(text, filter, owner, last, size);
      found.push(...(await withLinks(page, search)));
      if (isLast || found.length >= most) return found.slice(0, most);
      last = page.at(-1)?._id ?? last;
    }
  };
}
