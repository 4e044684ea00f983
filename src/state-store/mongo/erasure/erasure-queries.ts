import { recordKey } from '../../../domain/entity.ts';
import { deadLetterOf } from '../letters/stored-dead-letter.ts';
import type { MongoSession } from '../session/mongo-session.ts';

const PAGE = 500;

/** Letters of events about a user's records. */
export function countOwnLetters(session: MongoSession, userId: string): Promise<number> {
  return countByOwner(session, (owner) => owner === userId);
}

/** Letters of events about no record that is kept. */
export function countUnknownLetters(session: MongoSession): Promise<number> {
  return countByOwner(session, (owner) => owner === null);
}

/** Goes through all letters of events, page by page, since only the records tell whose they are. */
async function countByOwner(
  { deadLetters, records, ask }: MongoSession,
  counts: (owner: string | null) => boolean,
): Promise<number> {
  let total = 0;
  let after = '';
  for (;;) {
    const found = await ask(() =>
      deadLetters
        .find({ delivery: { $exists: false }, _id: { $gt: after } }, { projection: { key: 0, value: 0 } })
        .sort({ _id: 1 })
        .limit(PAGE)
        .toArray(),
    );
    const keys = found
      .map(deadLetterOf)
      .map(({ entity, entityId }) => (entityId === null ? null : recordKey(entity, entityId)));
    const asked = keys.filter((key) => key !== null);
    const owners = await ask(() =>
      records
        .find({ _id: { $in: asked } })
        .project<{ _id: string; userId: string }>({ userId: 1 })
        .toArray(),
    );
    const ownerOf = new Map(owners.map((each) => [each._id, each.userId]));
    total += keys.filter((key) => counts(key === null ? null : (ownerOf.get(key) ?? null))).length;
    after = found.at(-1)?._id ?? '';
    if (found.length < PAGE) return total;
  }
}
