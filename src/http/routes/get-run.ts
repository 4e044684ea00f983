import type { App } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, RUN_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { RunSchema, runView } from '../views/run-view.ts';

export function getRun(app: App, { integrations }: RouteDeps): void {
  app.get(
    '/api/integrations/crm/:provider/runs/:runId',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'getRun',
        summary: "A full sync's progress",
        tags: ['sync'],
        params: RUN_PARAMS,
        querystring: NO_QUERY,
        response: { 200: RunSchema, ...problems(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { provider, runId } = request.params;
      const run = await integrations.readRun(principalOf(request).userId, provider, runId);
      if (!run.ok) return sendProblem(reply, failureProblem(run.failure));
      return reply.code(200).send(runView(run.value));
    },
  );
}
