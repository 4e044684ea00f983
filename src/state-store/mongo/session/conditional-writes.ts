import type { Collection, Document, Filter, OptionalUnlessRequiredId } from 'mongodb';
import { isDuplicateKey } from './mongo-errors.ts';
import type { MongoSession } from './mongo-session.ts';

/** False where a document with the same id, or with the same unique value, stands. */
export async function insertIfAbsent<T extends Document>(
  { ask }: MongoSession,
  collection: Collection<T>,
  document: OptionalUnlessRequiredId<T>,
): Promise<boolean> {
  try {
    await ask(() => collection.insertOne(document));
    return true;
  } catch (error) {
    if (isDuplicateKey(error)) return false;
    throw error;
  }
}

/** Replaces the document of the same id; false where its revision is not the expected one. */
export async function replaceRevision<
  T extends Document & { readonly _id: string; readonly revision: number },
>({ ask }: MongoSession, collection: Collection<T>, document: T, expectedRevision: number): Promise<boolean> {
  const asExpected = { _id: document._id, revision: expectedRevision } as Filter<T>;
  const { matchedCount } = await ask(() => collection.replaceOne(asExpected, document));
  return matchedCount === 1;
}
