import Type, { type Static } from 'typebox';
import { type DeadLetterFilter, type Replay, REPLAY_STATUSES } from '../../domain/replay.ts';
import { Count, nullable, Timestamp, timestamp, timestampOrNull } from './scalars.ts';

const FilterSchema = Type.Record(Type.String(), Type.Union([Type.String(), Type.Array(Type.String())]), {
  description: 'Which letters: as asked, up to the time of the plan.',
});

const PLAN = {
  total: Count,
  toDeliver: Count,
  toDecode: Count,
  superseded: Count,
  parked: Count,
  willFailAgain: Type.Integer({ minimum: 0, description: 'Of those to deliver.' }),
  crmCalls: Type.Integer({ minimum: 0, description: 'Most CRM calls that the deliveries can take.' }),
};

export const ReplayPlanSchema = Type.Object({
  planId: Type.String(),
  ...PLAN,
  filter: FilterSchema,
  createdAt: Timestamp,
  expiresAt: Timestamp,
});

export type ReplayPlanView = Static<typeof ReplayPlanSchema>;

export function replayPlanView(replay: Replay): ReplayPlanView {
  return {
    planId: replay.replayId,
    ...replay.plan,
    filter: filterView(replay.filter),
    createdAt: timestamp(replay.createdAt),
    expiresAt: timestamp(replay.expiresAt),
  };
}

export const ReplaySchema = Type.Object({
  replayId: Type.String(),
  status: Type.Enum([...REPLAY_STATUSES]),
  requestedBy: Type.String(),
  filter: FilterSchema,
  plan: Type.Object(PLAN),
  counts: Type.Object({
    walked: Count,
    delivering: Count,
    delivered: Count,
    failedAgain: Count,
    decoded: Count,
    undecodable: Count,
    superseded: Count,
    parked: Count,
  }),
  createdAt: Timestamp,
  startedAt: nullable(Timestamp),
  finishedAt: nullable(Timestamp),
});

export type ReplayView = Static<typeof ReplaySchema>;

export function replayView(replay: Replay): ReplayView {
  const { replayId, status, requestedBy, plan, counts } = replay;
  return {
    replayId,
    status,
    requestedBy,
    filter: filterView(replay.filter),
    plan,
    counts,
    createdAt: timestamp(replay.createdAt),
    startedAt: timestampOrNull(replay.startedAt),
    finishedAt: timestampOrNull(replay.finishedAt),
  };
}

function filterView({ from, to, ids, statuses, ...texts }: DeadLetterFilter): Static<typeof FilterSchema> {
  return {
    ...texts,
    ...(ids !== undefined && { ids: [...ids] }),
    ...(statuses !== undefined && { statuses: [...statuses] }),
    ...(from !== undefined && { from: timestamp(from) }),
    ...(to !== undefined && { to: timestamp(to) }),
  };
}
