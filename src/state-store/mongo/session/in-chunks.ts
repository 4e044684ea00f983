import type { Collection, Document, Filter, UpdateFilter } from 'mongodb';
import type { MongoSession } from './mongo-session.ts';

/** Documents changed by one request: few enough to be done well within any deadline. */
const CHUNK = 500;

/**
 * Changes or deletes everything that a filter finds, piece by piece, and answers how many documents that were. The change
 * has to take a document out of the filter. A failure in between leaves less to do, never a document half done.
 */
export async function inChunks<T extends Document & { _id: string }>(
  session: MongoSession,
  collection: Collection<T>,
  filter: Filter<T>,
  change: UpdateFilter<T> | 'delete',
): Promise<number> {
  let total = 0;
  for (;;) {
    const { found, changed } = await changePiece(session, collection, filter, CHUNK, change);
    total += changed;
    if (found < CHUNK) return total;
  }
}

/** Changes or deletes at most `limit` of what a filter finds; the change takes a document out of the filter. */
export async function changeSome<T extends Document & { _id: string }>(
  session: MongoSession,
  collection: Collection<T>,
  filter: Filter<T>,
  limit: number,
  change: UpdateFilter<T> | 'delete',
): Promise<number> {
  return (await changePiece(session, collection, filter, limit, change)).changed;
}

async function changePiece<T extends Document & { _id: string }>(
  { ask }: MongoSession,
  collection: Collection<T>,
  filter: Filter<T>,
  limit: number,
  change: UpdateFilter<T> | 'delete',
): Promise<{ readonly found: number; readonly changed: number }> {
  const found = await ask(() =>
    collection.find(filter).limit(limit).project<{ _id: string }>({ _id: 1 }).toArray(),
  );
  if (found.length === 0) return { found: 0, changed: 0 };
  // What has left the filter since it was found is left alone. The ids stand for what the filter says of the id: that can't change.
  const chosen = { ...filter, _id: { $in: found.map((each) => each._id) } } as Filter<T>;
  const changed =
    change === 'delete'
      ? (await ask(() => collection.deleteMany(chosen))).deletedCount
      : (await ask(() => collection.updateMany(chosen, change))).modifiedCount;
  return { found: found.length, changed };
}
