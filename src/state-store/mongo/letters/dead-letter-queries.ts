import type { Filter } from 'mongodb';
import type { DeadLetterKind, DeadLetterStatus } from '../../../domain/dead-letter.ts';
import type { EntityKind } from '../../../domain/entity.ts';
import type { DeadLetterFilter } from '../../../domain/replay.ts';
import type { DeadLetterGroup } from '../../dead-letter-store.port.ts';
import type { MongoSession } from '../session/mongo-session.ts';
import { deadLettersIn, TOPICS_OF, type StoredDeadLetter } from './stored-dead-letter.ts';

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

export async function letterGroups(
  session: MongoSession,
  filter: DeadLetterFilter,
): Promise<DeadLetterGroup[]> {
  const found = await session.ask(() =>
    deadLettersIn(session)
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
