import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, RUN_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { RunSchema, runView } from '../views/run-view.ts';

export function cancelRun(app: App, { integrations }: RouteDeps): void {
  app.post(
    '/api/integrations/crm/:provider/runs/:runId/cancel',
    {
      config: { access: 'user', audit: 'cancel_run' },
      schema: {
        operationId: 'cancelRun',
        summary: 'End a full sync; what it had not sent yet is dropped',
        tags: ['sync'],
        params: RUN_PARAMS,
        querystring: NO_QUERY,
        response: { 200: RunSchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { provider, runId } = request.params;
      const run = await integrations.cancelRun(principalOf(request).userId, provider, runId);
      if (!run.ok) return sendProblem(reply, failureProblem(run.failure));
      noteAct(request, { resource: { kind: 'run', id: run.value.run.runId } });
      return reply.code(200).send(runView(run.value));
    },
  );
}
