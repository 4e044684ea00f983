import type { Filter } from 'mongodb';
import type { DeadLetterStatus } from '../../../domain/dead-letter.ts';
import type { EntityKind } from '../../../domain/entity.ts';
import type { DeadLetterFilter } from '../../../domain/replay.ts';
import { TOPICS_OF, type StoredDeadLetter } from './stored-dead-letter.ts';

export type LetterCondition = Filter<StoredDeadLetter>;

/** What the filter takes; members that old letters lack count as `deadLetterOf` reads them. */
export function matching(filter: DeadLetterFilter): LetterCondition {
  const { ids, kind, code, provider, userId, connectionId, entity, entityId, from, to, statuses } = filter;
  const all: LetterCondition[] = [];
  if (ids !== undefined) all.push({ _id: { $in: [...ids] } });
  if (kind !== undefined)
    all.push(kind === 'decode' ? { kind: { $ne: 'deliver' } } : { kind: { $eq: kind } });
  if (code !== undefined) all.push({ code: { $eq: code } });
  if (provider !== undefined) all.push({ 'delivery.provider': { $eq: provider } });
  if (userId !== undefined) all.push({ 'delivery.userId': { $eq: userId } });
  if (connectionId !== undefined) all.push({ 'delivery.connectionId': { $eq: connectionId } });
  if (entity !== undefined) all.push(ofEntity(entity));
  if (entityId !== undefined) all.push({ entityId: { $eq: entityId } });
  if (from !== undefined) all.push({ failedAt: { $gte: from } });
  if (to !== undefined) all.push({ failedAt: { $lt: to } });
  if (statuses !== undefined) all.push(inStatus(statuses));
  return all.length === 0 ? {} : { $and: all };
}

export function inStatus(statuses: readonly DeadLetterStatus[]): LetterCondition {
  const named: LetterCondition = { status: { $in: [...statuses] } };
  return statuses.includes('open') ? { $or: [named, { status: { $exists: false } }] } : named;
}

export function withReplays(replays: number): LetterCondition {
  const counted: LetterCondition = { replays: { $eq: replays } };
  return replays === 0 ? { $or: [counted, { replays: { $exists: false } }] } : counted;
}

function ofEntity(entity: EntityKind): LetterCondition {
  return { $or: [{ entity: { $eq: entity } }, { entity: { $exists: false }, topic: TOPICS_OF[entity] }] };
}
