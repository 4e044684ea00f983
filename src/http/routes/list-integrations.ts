import type { App } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { IntegrationListSchema, integrationView } from '../views/integration-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function listIntegrations(app: App, { integrations }: RouteDeps): void {
  app.get(
    '/api/integrations/crm/user',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listIntegrations',
        summary: "The caller's connected CRMs and how they are",
        tags: ['integrations'],
        querystring: NO_QUERY,
        response: { 200: IntegrationListSchema, ...problems(401, 503) },
      },
    },
    async (request, reply) => {
      const summaries = await integrations.list(principalOf(request).userId);
      return reply.code(200).send({ integrations: summaries.map(integrationView) });
    },
  );
}
