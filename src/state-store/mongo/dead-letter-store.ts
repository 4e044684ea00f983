import { Binary } from 'mongodb';
import type { DeadLetterStore, DecodeDeadLetter } from '../state-store.ts';
import { writeUnordered } from './bulk-write.ts';
import type { MongoSession } from './mongo-session.ts';

export interface DeadLetterDocument {
  /** The letter's id. */
  readonly _id: string;
  readonly topic: string;
  readonly partition: number;
  readonly offset: string;
  readonly key?: Binary;
  readonly value?: Binary;
  readonly code: string;
  readonly detail: string;
  readonly failedAt: number;
}

function deadLetterDocument({ key, value, ...letter }: DecodeDeadLetter): DeadLetterDocument {
  return {
    _id: letter.id,
    topic: letter.topic,
    partition: letter.partition,
    offset: letter.offset,
    ...(key !== null && { key: new Binary(key) }),
    ...(value !== null && { value: new Binary(value) }),
    code: letter.code,
    detail: letter.detail,
    failedAt: letter.failedAt,
  };
}

export function createDeadLetterStore(session: MongoSession): DeadLetterStore {
  const { deadLetters, ask } = session;
  return {
    // A letter that is there already is refused by its id: that is what 'once' asks for.
    async put(letters) {
      const inserts = letters.map((letter) => ({ insertOne: { document: deadLetterDocument(letter) } }));
      await writeUnordered(session, deadLetters, inserts);
    },
    count: () => ask(() => deadLetters.countDocuments({})),
  };
}
