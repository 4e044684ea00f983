import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { operationProblem } from '../problems/operation-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { ReplaySchema, replayView } from '../views/replay-view.ts';

const Body = Type.Object(
  { planId: Type.String({ minLength: 1, maxLength: 100 }) },
  { additionalProperties: false },
);

export function beginReplay(app: App, { operations }: RouteDeps): void {
  app.post(
    '/api/ops/dead-letters/replay',
    {
      config: { access: 'ops:write', audit: 'begin_replay' },
      schema: {
        operationId: 'beginReplay',
        summary:
          'Begin a planned replay; 409 where the plan was used (`plan_used`) or is too old (`plan_expired`)',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: Body,
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
