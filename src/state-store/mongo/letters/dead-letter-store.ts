import type { AnyBulkWriteOperation } from 'mongodb';
import type { DeadLetter, DeadLetterKind } from '../../../domain/dead-letter.ts';
import type { DeadLetterFilter } from '../../../domain/replay.ts';
import type { DeadLetterGroup, DeadLetterStore } from '../../dead-letter-store.port.ts';
import { writeUnordered } from '../session/bulk-write.ts';
import { inStatus, matching, withReplays, type LetterCondition } from './dead-letter-queries.ts';
import { deadLetterDocument, deadLetterOf, type StoredDeadLetter } from './stored-dead-letter.ts';
import { inChunks } from '../session/in-chunks.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { pageOf, placeOf } from '../../page-places.ts';

type LetterWrite = AnyBulkWriteOperation<StoredDeadLetter>;

export function createDeadLetterStore(session: MongoSession): DeadLetterStore {
  const { deadLetters, ask } = session;

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
      const found = await ask(() =>
        deadLetters
          .find({ $and: [matching(filter), afterCursor(cursor)] }, { projection: { value: 0 } })
          .sort({ failedAt: -1, _id: 1 })
          .limit(limit + 1)
          .toArray(),
      );
      return pageOf(found.map(deadLetterOf), limit, ({ failedAt, id }) => ({ at: failedAt, id }));
    },
    groups: (filter) => groupsOf(session, filter),
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

interface StoredGroup {
  readonly _id: {
    readonly kind?: DeadLetterKind | null;
    readonly code: string;
    readonly provider?: string | null;
  };
  readonly count: number;
  readonly oldest: number;
  readonly newest: number;
}

async function groupsOf(
  { deadLetters, ask }: MongoSession,
  filter: DeadLetterFilter,
): Promise<DeadLetterGroup[]> {
  const found = await ask(() =>
    deadLetters
      .aggregate<StoredGroup>([
        { $match: matching(filter) },
        {
          $group: {
            _id: { kind: '$kind', code: '$code', provider: '$delivery.provider' },
            count: { $sum: 1 },
            oldest: { $min: '$failedAt' },
            newest: { $max: '$failedAt' },
          },
        },
      ])
      .toArray(),
  );
  return merged(found).sort((a, b) => b.count - a.count || (causeOf(a) < causeOf(b) ? -1 : 1));
}

function causeOf({ kind, code, provider }: DeadLetterGroup): string {
  return [kind, code, provider ?? ''].join(' ');
}

/** Letters that don't say their kind, for their age, count among those of their cause that do. */
function merged(found: readonly StoredGroup[]): DeadLetterGroup[] {
  const groups = new Map<string, DeadLetterGroup>();
  for (const { _id, count, oldest, newest } of found) {
    const cause = { kind: _id.kind ?? 'decode', code: _id.code, provider: _id.provider ?? null };
    const name = JSON.stringify(cause);
    const other = groups.get(name);
    groups.set(name, {
      ...cause,
      count: count + (other?.count ?? 0),
      oldest: Math.min(oldest, other?.oldest ?? oldest),
      newest: Math.max(newest, other?.newest ?? newest),
    });
  }
  return [...groups.values()];
}

/** What stands after a cursor. */
function afterCursor(cursor: string | null): LetterCondition {
  if (cursor === null) return {};
  const { at, id } = placeOf(cursor);
  return { $or: [{ failedAt: { $lt: at } }, { failedAt: at, _id: { $gt: id } }] };
}
