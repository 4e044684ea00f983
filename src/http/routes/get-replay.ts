import type { App } from '../base/app-types.ts';
import { operationProblem } from '../problems/operation-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, REPLAY_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { ReplaySchema, replayView } from '../views/replay-view.ts';

export function getReplay(app: App, { operations }: RouteDeps): void {
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
