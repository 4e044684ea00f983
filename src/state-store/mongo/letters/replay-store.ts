import type { Collection, Filter } from 'mongodb';
import {
  ENDED_REPLAY_STATUSES,
  type DeadLetterFilter,
  type Replay,
  type ReplayCounts,
  type ReplayPlan,
} from '../../../domain/replay.ts';
import type { ReplayStore } from '../../dead-letter-store.port.ts';
import { replaceRevision } from '../session/conditional-writes.ts';
import { inChunks } from '../session/in-chunks.ts';
import { pageByTime } from '../session/list-pages.ts';
import type { MongoSession } from '../session/mongo-session.ts';

export interface ReplayDocument {
  /** The replay's id. */
  readonly _id: string;
  readonly status: Replay['status'];
  readonly filter: DeadLetterFilter;
  readonly plan: ReplayPlan;
  readonly requestedBy: string;
  readonly createdAt: number;
  readonly expiresAt: number;
  readonly startedAt?: number;
  readonly finishedAt?: number;
  readonly cursor?: string;
  readonly walkedAll: boolean;
  readonly counts: ReplayCounts;
  readonly revision: number;
}

export function replaysIn({ database }: MongoSession): Collection<ReplayDocument> {
  return database.collection('replays');
}

export function createReplayStore(session: MongoSession): ReplayStore {
  const { ask } = session;
  const replays = replaysIn(session);

  return {
    async insert(replay) {
      await ask(() => replays.insertOne(replayDocument(replay)));
    },
    async read(replayId) {
      const found = await ask(() => replays.findOne({ _id: { $eq: replayId } }));
      return found === null ? null : replayOf(found);
    },
    replace: (replay, expectedRevision) =>
      replaceRevision(session, replays, replayDocument(replay), expectedRevision),
    async listRunning(limit) {
      const found = await ask(() =>
        replays.find({ status: 'running' }).sort({ createdAt: 1, _id: 1 }).limit(limit).toArray(),
      );
      return found.map(replayOf);
    },
    async list(cursor, limit) {
      const begun = { filter: { status: { $ne: 'planned' } }, time: 'createdAt', ids: -1 } as const;
      const { items, nextCursor } = await pageByTime(session, replays, begun, cursor, limit);
      return { items: items.map(replayOf), nextCursor };
    },
    prune: (before) => inChunks(session, replays, overBefore(before), 'delete'),
  };
}

function overBefore(before: number): Filter<ReplayDocument> {
  return {
    $or: [
      { status: 'planned', expiresAt: { $lt: before } },
      { status: { $in: [...ENDED_REPLAY_STATUSES] }, finishedAt: { $lt: before } },
    ],
  };
}

function replayDocument(replay: Replay): ReplayDocument {
  const { startedAt, finishedAt, cursor } = replay;
  return {
    _id: replay.replayId,
    status: replay.status,
    filter: filterCopy(replay.filter),
    plan: planCopy(replay.plan),
    requestedBy: replay.requestedBy,
    createdAt: replay.createdAt,
    expiresAt: replay.expiresAt,
    ...(startedAt !== null && { startedAt }),
    ...(finishedAt !== null && { finishedAt }),
    ...(cursor !== null && { cursor }),
    walkedAll: replay.walkedAll,
    counts: countsCopy(replay.counts),
    revision: replay.revision,
  };
}

function replayOf(document: ReplayDocument): Replay {
  return {
    replayId: document._id,
    status: document.status,
    filter: filterCopy(document.filter),
    plan: planCopy(document.plan),
    requestedBy: document.requestedBy,
    createdAt: document.createdAt,
    expiresAt: document.expiresAt,
    startedAt: document.startedAt ?? null,
    finishedAt: document.finishedAt ?? null,
    cursor: document.cursor ?? null,
    walkedAll: document.walkedAll,
    counts: countsCopy(document.counts),
    revision: document.revision,
  };
}

/** The members that are given: one stored as null would filter for null. */
function filterCopy(filter: DeadLetterFilter): DeadLetterFilter {
  const { ids, kind, code, provider, userId, connectionId, entity, entityId, from, to, statuses } = filter;
  return {
    ...(ids !== undefined && { ids: [...ids] }),
    ...(kind !== undefined && { kind }),
    ...(code !== undefined && { code }),
    ...(provider !== undefined && { provider }),
    ...(userId !== undefined && { userId }),
    ...(connectionId !== undefined && { connectionId }),
    ...(entity !== undefined && { entity }),
    ...(entityId !== undefined && { entityId }),
    ...(from !== undefined && { from }),
    ...(to !== undefined && { to }),
    ...(statuses !== undefined && { statuses: [...statuses] }),
  };
}

function planCopy(plan: ReplayPlan): ReplayPlan {
  const { total, toDeliver, toDecode, superseded, parked, willFailAgain, crmCalls } = plan;
  return { total, toDeliver, toDecode, superseded, parked, willFailAgain, crmCalls };
}

function countsCopy(counts: ReplayCounts): ReplayCounts {
  const { walked, delivering, delivered, failedAgain, decoded, undecodable, superseded, parked } = counts;
  return { walked, delivering, delivered, failedAgain, decoded, undecodable, superseded, parked };
}
