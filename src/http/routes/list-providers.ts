import type { App } from '../base/app-types.ts';
import type { RouteDeps } from './route-deps.ts';
import { problems } from '../problems/problem-schema.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { ProviderListSchema, providerListView } from '../views/provider-view.ts';

export function listProviders(app: App, { integrations }: RouteDeps): void {
  app.get(
    '/api/integrations/crm',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listProviders',
        summary: 'The CRMs that can be connected, and those that are planned',
        tags: ['integrations'],
        querystring: NO_QUERY,
        response: { 200: ProviderListSchema, ...problems(401) },
      },
    },
    async (_request, reply) => reply.code(200).send(providerListView(integrations.catalogue)),
  );
}
