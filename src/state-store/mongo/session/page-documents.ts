import type { Document, FindCursor } from 'mongodb';
import type { Page } from '../../../domain/page.ts';
import { weightOf } from '../../../domain/json.ts';
import { createPageFiller } from '../../page-places.ts';
import type { MongoSession } from './mongo-session.ts';

/** As many documents as a page holds, by count and by bytes; the server sends no more than 16 MiB at a time. `more`: there are others. */
export async function pageDocuments<D extends Document>(
  { ask }: MongoSession,
  find: () => FindCursor<D>,
  limit: number,
  weigh: (document: D) => number = weightOf,
): Promise<{ readonly items: readonly D[]; readonly more: boolean }> {
  return await ask(async () => {
    const page = createPageFiller<D>(limit);
    const cursor = find();
    try {
      for await (const document of cursor) {
        if (page.full()) return { items: page.items, more: true };
        page.add(document, weigh(document));
      }
      return { items: page.items, more: false };
    } finally {
      await cursor.close();
    }
  });
}

/** A page with a cursor; what is found may be more than `limit`, by which it is known that there is more. */
export async function pageOfDocuments<D extends Document, T>(
  session: MongoSession,
  find: () => FindCursor<D>,
  limit: number,
  read: (document: D) => T,
  cursorOf: (last: T) => string,
): Promise<Page<T>> {
  const { items: found, more } = await pageDocuments(session, find, limit);
  const items = found.map(read);
  const last = items.at(-1);
  return { items, nextCursor: more && last !== undefined ? cursorOf(last) : null };
}
