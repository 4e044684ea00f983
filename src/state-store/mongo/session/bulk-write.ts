import type { AnyBulkWriteOperation, Collection, Document } from 'mongodb';
import { isDuplicateKeysOnly } from './mongo-errors.ts';
import type { MongoSession } from './mongo-session.ts';

export interface BulkOutcome {
  /** How many filters found a document; what was upserted does not count. */
  readonly matched: number;
  /** Indexes of the writes that were refused because a document with the same unique value exists. */
  readonly duplicates: readonly number[];
}

/**
 * Sends writes of one kind (all inserts, or all updates and replacements) in one round trip, in no order: each stands or
 * falls by itself. A failure that is not a duplicate key is thrown; the other writes may have taken effect.
 */
export async function writeUnordered<T extends Document>(
  session: MongoSession,
  collection: Collection<T>,
  writes: AnyBulkWriteOperation<T>[],
): Promise<BulkOutcome> {
  if (writes.length === 0) return { matched: 0, duplicates: [] };
  return session.ask(async () => {
    try {
      const { matchedCount } = await collection.bulkWrite(writes, { ordered: false });
      return { matched: matchedCount, duplicates: [] };
    } catch (error) {
      if (!isDuplicateKeysOnly(error)) throw error;
      const duplicates = [error.writeErrors].flat().map((failure) => failure.index);
      return { matched: error.matchedCount, duplicates };
    }
  });
}
