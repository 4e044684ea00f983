import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { auditedChange } from '../requests/audited-connection.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { IntegrationSchema, integrationView } from '../views/integration-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function pauseIntegration(app: App, { integrations }: RouteDeps): void {
  app.post(
    '/api/integrations/crm/:provider/pause',
    {
      config: { access: 'user', audit: 'pause' },
      schema: {
        operationId: 'pauseIntegration',
        summary: 'Hold the connection: nothing is sent, nothing is lost',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        response: { 200: IntegrationSchema, ...problems(401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const changed = await integrations.pause(principalOf(request).userId, request.params.provider);
      if (!changed.ok) return sendProblem(reply, failureProblem(changed.failure));
      noteAct(request, auditedChange(changed.value));
      return reply.code(200).send(integrationView(await integrations.summarise(changed.value)));
    },
  );
}
