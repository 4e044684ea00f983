import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { auditedChange } from '../requests/audited-connection.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { IntegrationSchema, integrationView } from '../views/integration-view.ts';
import { problems } from '../problems/problem-schema.ts';
import { SyncConfigInputSchema } from '../views/sync-config-schema.ts';

const CredentialsSchema = Type.Record(
  Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' }),
  Type.String({ minLength: 1, maxLength: 8_192 }),
  {
    additionalProperties: false,
    maxProperties: 20,
    description:
      "The provider's `credentialFields`, such as `apiKey` and `instanceUrl`. Never answered again.",
  },
);

const Body = Type.Object(
  { credentials: CredentialsSchema, syncConfig: Type.Optional(SyncConfigInputSchema) },
  { additionalProperties: false },
);

const Query = Type.Object(
  {
    account: Type.Optional(
      Type.Literal('replace', {
        description: 'The credentials may belong to another CRM account than before.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function connectIntegration(app: App, { integrations }: RouteDeps): void {
  app.post(
    '/api/integrations/crm/:provider/connect',
    {
      config: { access: 'user', audit: 'connect', callLimit: { policy: 'connect', perMinute: 120 } },
      schema: {
        operationId: 'connectIntegration',
        summary: 'Connect a CRM, or replace its credentials; the CRM is asked first',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: Query,
        body: Body,
        response: {
          200: IntegrationSchema,
          201: IntegrationSchema,
          ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503),
        },
      },
    },
    async (request, reply) => {
      const { credentials, syncConfig = {} } = request.body;
      const connected = await integrations.connect({
        userId: principalOf(request).userId,
        provider: request.params.provider,
        credentials,
        syncConfig,
        replaceAccount: request.query.account === 'replace',
      });
      if (!connected.ok) return sendProblem(reply, failureProblem(connected.failure));
      noteAct(request, auditedChange(connected.value));
      const view = integrationView(await integrations.summarise(connected.value));
      return reply.code(connected.value.isNew ? 201 : 200).send(view);
    },
  );
}
