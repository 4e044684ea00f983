import type { AnyBulkWriteOperation } from 'mongodb';
import type { DeadLetter } from '../../../domain/dead-letter.ts';
import type { DeadLetterStore } from '../../dead-letter-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { inChunks } from '../session/in-chunks.ts';
import { pageByTime } from '../session/list-pages.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import {
  inStatus,
  letterGroups,
  matching,
  withReplays,
  type LetterCondition,
} from './dead-letter-queries.ts';
import {
  deadLetterDocument,
  deadLetterOf,
  deadLettersIn,
  type StoredDeadLetter,
} from './stored-dead-letter.ts';

type LetterWrite = AnyBulkWriteOperation<StoredDeadLetter>;

export function createDeadLetterStore(session: MongoSession): DeadLetterStore {
  const { ask } = session;
  const deadLetters = deadLettersIn(session);

  const put = async (letters: readonly DeadLetter[]): Promise<void> => {
    const { duplicates } = await writeUnordered(session, deadLetters, letters.map(putWrite));
    // Those letters are there. One that failed no earlier stands there, or another call has just put an earlier one: without
    // the upsert the same filter tells the two apart.
    const again = duplicates.flatMap((index) => letters[index] ?? []);
    const deliveries = again.filter((letter) => letter.kind === 'deliver');
    await writeUnordered(
      session,
      deadLetters,
      deliveries.map((letter) => deliveryWrite(letter, false)),
    );
  };

  return {
    put,
    async read(id) {
      const found = await ask(() => deadLetters.findOne({ _id: { $eq: id } }));
      return found === null ? null : deadLetterOf(found);
    },
    async list(filter, cursor, limit) {
      const list = { filter: matching(filter), time: 'failedAt', ids: 1, projection: { value: 0 } } as const;
      const { items, nextCursor } = await pageByTime(session, deadLetters, list, cursor, limit);
      return { items: items.map(deadLetterOf), nextCursor };
    },
    groups: (filter) => letterGroups(session, filter),
    count: (filter) => ask(() => deadLetters.countDocuments(matching(filter))),
    async setStatus(ids, from, to) {
      if (ids.length === 0 || from.length === 0) return 0;
      const chosen: LetterCondition = { _id: { $in: [...ids] }, ...inStatus(from) };
      const { matchedCount } = await ask(() => deadLetters.updateMany(chosen, { $set: { status: to } }));
      return matchedCount;
    },
    async replace(letter, { replays, status }) {
      const asExpected: LetterCondition = {
        _id: { $eq: letter.id },
        $and: [inStatus([status]), withReplays(replays)],
      };
      const { matchedCount } = await ask(() =>
        deadLetters.replaceOne(asExpected, deadLetterDocument(letter)),
      );
      return matchedCount === 1;
    },
    prune: (before) => inChunks(session, deadLetters, { failedAt: { $lt: before } }, 'delete'),
  };
}

/** Updates only, so that a batch of both kinds is one request. */
function putWrite(letter: DeadLetter): LetterWrite {
  if (letter.kind === 'deliver') return deliveryWrite(letter, true);
  const { _id, ...document } = deadLetterDocument(letter);
  return { updateOne: { filter: { _id }, update: { $setOnInsert: document }, upsert: true } };
}

/** An upsert finds no letter where one stands that failed no earlier, and is refused by its id. */
function deliveryWrite(letter: DeadLetter, upsert: boolean): LetterWrite {
  const { _id, firstFailedAt, ...document } = deadLetterDocument(letter);
  const absent = (['source', 'key', 'value', 'entityId', 'delivery'] as const).filter(
    (name) => document[name] === undefined,
  );
  return {
    updateOne: {
      filter: { _id, failedAt: { $lt: letter.failedAt } },
      update: {
        $setOnInsert: { firstFailedAt },
        $set: document,
        // Servers before MongoDB 5 refuse an operator without fields.
        ...(absent.length > 0 && { $unset: Object.fromEntries(absent.map((name) => [name, '' as const])) }),
      },
      upsert,
    },
  };
}
