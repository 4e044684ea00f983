import type { DeadLetterStore } from '../state-store.ts';
import { writeUnordered } from './bulk-write.ts';
import { deadLetterDocument } from './dead-letter-document.ts';
import { inChunks } from './in-chunks.ts';
import type { MongoSession } from './mongo-session.ts';

export function createDeadLetterStore(session: MongoSession): DeadLetterStore {
  const { deadLetters, ask } = session;
  return {
    // A letter that is there already is refused by its id: that is what 'once' asks for.
    async put(letters) {
      const inserts = letters.map((letter) => ({ insertOne: { document: deadLetterDocument(letter) } }));
      await writeUnordered(session, deadLetters, inserts);
    },
    count: () => ask(() => deadLetters.countDocuments({})),
    prune: (before) => inChunks(session, deadLetters, { failedAt: { $lt: before } }, 'delete'),
  };
}
