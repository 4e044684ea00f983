import type { DeadLetterFilter, Replay, ReplayCounts, ReplayPlan } from '../../../domain/replay.ts';

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

export function replayDocument(replay: Replay): ReplayDocument {
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

export function replayOf(document: ReplayDocument): Replay {
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
