import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { auditedChange } from '../requests/audited-connection.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';

const Query = Type.Object(
  {
    forget: Type.Optional(
      Type.Enum(['true', 'false'], {
        description:
          'Also drop the links: the same CRM account can then get duplicates when connected again.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function disconnectIntegration(app: App, { integrations }: RouteDeps): void {
  app.delete(
    '/api/integrations/crm/:provider',
    {
      config: { access: 'user', audit: 'disconnect' },
      schema: {
        operationId: 'disconnectIntegration',
        summary: 'Destroy the credentials and drop waiting work',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: Query,
        response: {
          204: Type.Null({
            description:
              'Disconnected. The header `x-credentials` says what became of them: `overwritten`, no copy is in the files of the ' +
              'store any more; or `removed`, no document holds them, and the database uses their place again when it does.',
          }),
          ...problems(400, 401, 403, 404, 409, 503),
        },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const forget = request.query.forget === 'true';
      const gone = await integrations.disconnect(userId, request.params.provider, { forget });
      if (!gone.ok) return sendProblem(reply, failureProblem(gone.failure));
      const { credentials, change } = gone.value;
      if (credentials !== null) reply.header('x-credentials', credentials);
      if (change !== null) noteAct(request, auditedChange(change));
      return reply.code(204).send(null);
    },
  );
}
