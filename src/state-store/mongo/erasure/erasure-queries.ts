import type { Filter } from 'mongodb';
import { ENTITY_KINDS, recordKey } from '../../../domain/entity.ts';
import { linksOfConnection } from '../../id-range.ts';
import { connectionsIn } from '../connections/stored-connection.ts';
import { replaysIn, type ReplayDocument } from '../letters/replay-store.ts';
import { deadLetterOf, deadLettersIn } from '../letters/stored-dead-letter.ts';
import type { LinkDocument } from '../links/stored-link.ts';
import { recordsIn } from '../records/stored-record.ts';
import type { MongoSession } from '../session/mongo-session.ts';

export async function connectionsOf(session: MongoSession, userId: string): Promise<string[]> {
  const found = await session.ask(() =>
    connectionsIn(session)
      .find({ 'owner.id': userId, 'owner.type': 'user' })
      .project<{ _id: string }>({ _id: 1 })
      .toArray(),
  );
  return found.map((each) => each._id);
}

/** A connection's links, whatever their account. */
export function ofConnection(connectionId: string): Filter<LinkDocument> {
  const { from, to } = linksOfConnection(connectionId);
  return { _id: { $gt: from, $lt: to }, connectionId };
}

/** Replays are few, and no index knows their filters. One record's that runs is somebody's work, and ends soon. */
export async function replaysOf(
  session: MongoSession,
  userId: string,
  owned: readonly string[],
): Promise<string[]> {
  const { ask } = session;
  const replays = replaysIn(session);
  const named = await ask(() =>
    replays
      .find({ $or: [{ 'filter.userId': userId }, { 'filter.connectionId': { $in: [...owned] } }] })
      .toArray(),
  );
  const ofRecords = await ask(() =>
    replays.find({ status: { $ne: 'running' }, 'filter.entityId': { $exists: true } }).toArray(),
  );
  const keys = ofRecords.flatMap(keysOf);
  const own = new Set(
    (
      await ask(() =>
        recordsIn(session)
          .find({ _id: { $in: keys }, userId })
          .project<{ _id: string }>({ _id: 1 })
          .toArray(),
      )
    ).map((each) => each._id),
  );
  const about = ofRecords.filter((replay) => keysOf(replay).some((key) => own.has(key)));
  return [...new Set([...named, ...about].map((replay) => replay._id))];
}

function keysOf({ filter: { entity, entityId } }: ReplayDocument): string[] {
  if (entityId === undefined) return [];
  return (entity === undefined ? ENTITY_KINDS : [entity]).map((kind) => `${kind}/${entityId}`);
}

/** Letters looked at by one request. */
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
  session: MongoSession,
  counts: (owner: string | null) => boolean,
): Promise<number> {
  const { ask } = session;
  const deadLetters = deadLettersIn(session);
  const records = recordsIn(session);
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
