import type { Collection, Document, Filter, UpdateFilter } from 'mongodb';
import type { MongoSession } from './mongo-session.ts';

/** Documents changed by one request: few enough to be done well within any deadline. */
const CHUNK = 500;

/**
 * Changes or deletes everything that a filter finds, piece by piece, and answers how many documents that were. The change
 * has to take a document out of the filter. A failure in between leaves less to do, never a document half done.
 */
export async function inChunks<T extends Document & { _id: string }>(
  { ask }: MongoSession,
  collection: Collection<T>,
  filter: Filter<T>,
  change: UpdateFilter<T> | 'delete',
): Promise<number> {
  let total = 0;
  for (;;) {
    const found = await ask(() =>
      collection.find(filter).limit(CHUNK).project<{ _id: string }>({ _id: 1 }).toArray(),
    );
    if (found.length === 0) return total;
    // What has left the filter since it was found is left alone. The ids stand for what the filter says of the id: that can't change.
    const chosen = { ...filter, _id: { $in: found.map((each) => each._id) } } as Filter<T>;
    total +=
      change === 'delete'
        ? (await ask(() => collection.deleteMany(chosen))).deletedCount
        : (await ask(() => collection.updateMany(chosen, change))).modifiedCount;
    if (found.length < CHUNK) return total;
  }
}
