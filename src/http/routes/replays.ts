import Type from 'typebox';
import { principalOf } from '../access/authentication.ts';
import type { App } from '../base/app-types.ts';
import { NO_SUCH_TIME, operationProblem } from '../problems/operation-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { sendProblem } from '../problems/problem.ts';
import { noteAct } from '../requests/audit.ts';
import { LETTER_BODY, readLetterFilter } from '../requests/letter-filter.ts';
import { PAGING, readPaging } from '../requests/paging.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { pageSchema, pageView } from '../views/page-view.ts';
import { ReplayPlanSchema, replayPlanView, ReplaySchema, replayView } from '../views/replay-view.ts';
import type { RouteDeps } from './route-deps.ts';

/** It counts over the whole index. */
const DEADLINE_MS = 120_000;

const REPLAY_PARAMS = Type.Object({ replayId: Type.String() });

const PlanBody = Type.Object(LETTER_BODY, {
  additionalProperties: false,
  description: 'Which letters; an empty object takes all that are open. Parked ones only by `statuses`.',
});

export function planReplay(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.post(
    '/api/ops/dead-letters/plan',
    {
      bodyLimit: BODY_LIMITS.ids,
      config: { access: 'ops:write', audit: 'plan_replay', deadlineMs: DEADLINE_MS },
      schema: {
        operationId: 'planReplay',
        summary: 'Count what a replay would do, without doing it; the plan can be begun once within an hour',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: PlanBody,
        response: { 200: ReplayPlanSchema, ...problems(400, 401, 403, 415, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.body);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const plan = await operations.planReplay(filter, principalOf(request).userId);
      noteAct(request, { resource: { kind: 'replay', id: plan.replayId }, count: plan.plan.total });
      return reply.code(200).send(replayPlanView(plan));
    },
  );
}

const BeginBody = Type.Object(
  { planId: Type.String({ minLength: 1, maxLength: 100 }) },
  { additionalProperties: false },
);

export function beginReplay(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.post(
    '/api/ops/dead-letters/replay',
    {
      bodyLimit: BODY_LIMITS.names,
      config: { access: 'ops:write', audit: 'begin_replay' },
      schema: {
        operationId: 'beginReplay',
        summary:
          'Begin a planned replay; 409 where the plan was used (`plan_used`) or is too old (`plan_expired`)',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: BeginBody,
        response: { 202: ReplaySchema, ...problems(400, 401, 403, 404, 409, 415, 503) },
      },
    },
    async (request, reply) => {
      const replay = await operations.beginReplay(request.body.planId);
      if (!replay.ok) return sendProblem(reply, operationProblem(replay.failure));
      const { replayId, plan } = replay.value;
      noteAct(request, { resource: { kind: 'replay', id: replayId }, count: plan.total });
      const location = `/api/ops/replays/${encodeURIComponent(replay.value.replayId)}`;
      return reply.code(202).header('location', location).send(replayView(replay.value));
    },
  );
}

export function listReplays(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/replays',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listReplays',
        summary: 'Replays that were begun, newest first, with their progress',
        tags: ['operations'],
        querystring: Type.Object(PAGING, { additionalProperties: false }),
        response: { 200: pageSchema(ReplaySchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const replays = await operations.listReplays(readPaging(request.query));
      return reply.code(200).send(pageView(replays, replayView));
    },
  );
}

export function getReplay(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/replays/:replayId',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'getReplay',
        summary: "A replay's progress, or a plan that was not begun",
        tags: ['operations'],
        params: REPLAY_PARAMS,
        querystring: NO_QUERY,
        response: { 200: ReplaySchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const replay = await operations.readReplay(request.params.replayId);
      if (!replay.ok) return sendProblem(reply, operationProblem(replay.failure));
      return reply.code(200).send(replayView(replay.value));
    },
  );
}

export function cancelReplay(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.post(
    '/api/ops/replays/:replayId/cancel',
    {
      config: { access: 'ops:write', audit: 'cancel_replay' },
      schema: {
        operationId: 'cancelReplay',
        summary: 'End a replay; what it had not sent yet is dropped, and its letters stay open',
        tags: ['operations'],
        params: REPLAY_PARAMS,
        querystring: NO_QUERY,
        response: { 200: ReplaySchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const replay = await operations.cancelReplay(request.params.replayId);
      if (!replay.ok) return sendProblem(reply, operationProblem(replay.failure));
      noteAct(request, { resource: { kind: 'replay', id: replay.value.replayId } });
      return reply.code(200).send(replayView(replay.value));
    },
  );
}
