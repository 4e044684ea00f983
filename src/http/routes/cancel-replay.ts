import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { operationProblem } from '../problems/operation-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, REPLAY_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { ReplaySchema, replayView } from '../views/replay-view.ts';

export function cancelReplay(app: App, { operations }: RouteDeps): void {
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
