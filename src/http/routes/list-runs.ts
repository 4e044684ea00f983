import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { pageSchema, pageView, PAGING, readPaging } from '../requests/paging.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { RunSchema, runView } from '../views/run-view.ts';

export function listRuns(app: App, { integrations }: RouteDeps): void {
  app.get(
    '/api/integrations/crm/:provider/runs',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listRuns',
        summary: 'Full syncs of the connection, newest first',
        tags: ['sync'],
        params: PROVIDER_PARAMS,
        querystring: Type.Object(PAGING, { additionalProperties: false }),
        response: { 200: pageSchema(RunSchema), ...problems(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const runs = await integrations.listRuns(userId, request.params.provider, readPaging(request.query));
      if (!runs.ok) return sendProblem(reply, failureProblem(runs.failure));
      return reply.code(200).send(pageView(runs.value, runView));
    },
  );
}
