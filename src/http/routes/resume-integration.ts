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

export function resumeIntegration(app: App, { integrations }: RouteDeps): void {
  app.post(
    '/api/integrations/crm/:provider/resume',
    {
      config: { access: 'user', audit: 'resume' },
      schema: {
        operationId: 'resumeIntegration',
        summary: 'Go on with what waited',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        response: { 200: IntegrationSchema, ...problems(401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const changed = await integrations.resume(principalOf(request).userId, request.params.provider);
      if (!changed.ok) return sendProblem(reply, failureProblem(changed.failure));
      noteAct(request, auditedChange(changed.value));
      return reply.code(200).send(integrationView(await integrations.summarise(changed.value)));
    },
  );
}
