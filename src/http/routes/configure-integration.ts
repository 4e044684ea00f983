import Type from 'typebox';
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
import { SYNC_CONFIG_FIELDS, SyncConfigInputSchema } from '../views/sync-config-schema.ts';

const Body = Type.Object(
  { ...SYNC_CONFIG_FIELDS, syncConfig: Type.Optional(SyncConfigInputSchema) },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'The fields themselves, or within `syncConfig` as connect takes them.',
  },
);

export function configureIntegration(app: App, { integrations }: RouteDeps): void {
  app.patch(
    '/api/integrations/crm/:provider',
    {
      config: { access: 'user', audit: 'configure' },
      schema: {
        operationId: 'configureIntegration',
        summary: 'Change what is synchronised, without credentials',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        body: Body,
        response: { 200: IntegrationSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const { syncConfig, ...fields } = request.body;
      const input = { ...syncConfig, ...fields };
      const changed = await integrations.configure(userId, request.params.provider, input);
      if (!changed.ok) return sendProblem(reply, failureProblem(changed.failure));
      noteAct(request, auditedChange(changed.value));
      return reply.code(200).send(integrationView(await integrations.summarise(changed.value)));
    },
  );
}
