import type { Collection, Document, Filter } from 'mongodb';
import type { Page } from '../../../domain/page.ts';
import { cursorOf, placeOf } from '../../page-places.ts';
import { pageOfDocuments } from './page-documents.ts';
import type { MongoSession } from './mongo-session.ts';

/** A list that goes from the latest to the earliest. */
export interface TimeList<T> {
  readonly filter: Filter<T>;
  /** The field that holds the time, epoch ms. */
  readonly time: keyof T & string;
  /** How those of one time follow each other by their ids: 1 ascending, -1 descending. */
  readonly ids: 1 | -1;
  readonly projection?: Document;
}

/** The page of a list that begins after a cursor. */
export async function pageByTime<T extends Document & { readonly _id: string }>(
  session: MongoSession,
  collection: Collection<T>,
  { filter, time, ids, projection = {} }: TimeList<T>,
  cursor: string | null,
  limit: number,
): Promise<Page<T>> {
  const find = () =>
    collection
      .find<T>({ $and: [filter, afterCursor(cursor, time, ids)] } as Filter<T>, { projection })
      .sort({ [time]: -1, _id: ids })
      .limit(limit + 1);
  const itself = (document: T): T => document;
  return await pageOfDocuments(session, find, limit, itself, (last) =>
    cursorOf({ at: last[time], id: last._id }),
  );
}

function afterCursor(cursor: string | null, time: string, ids: 1 | -1): Document {
  if (cursor === null) return {};
  const { at, id } = placeOf(cursor);
  const later = ids === 1 ? { $gt: id } : { $lt: id };
  return { $or: [{ [time]: { $lt: at } }, { [time]: at, _id: later }] };
}
