import Type from 'typebox';
import { ENTITY_KINDS } from '../../domain/entity.ts';
import { LINK_STATES } from '../../domain/link.ts';
import type { App } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { pageSchema, pageView, PAGING, readPaging } from '../requests/paging.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { RecordSchema, recordView } from '../views/record-view.ts';

const Query = Type.Object(
  {
    ...PAGING,
    q: Type.Optional(
      Type.String({ maxLength: 200, description: 'Part of a name, e-mail, phone, address or id.' }),
    ),
    state: Type.Optional(Type.Enum([...LINK_STATES])),
    entity: Type.Optional(Type.Enum([...ENTITY_KINDS])),
  },
  { additionalProperties: false },
);

export function listRecords(app: App, { integrations }: RouteDeps): void {
  app.get(
    '/api/integrations/crm/:provider/records',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listRecords',
        summary: 'Search the records that this connection has dealt with',
        tags: ['records'],
        params: PROVIDER_PARAMS,
        querystring: Query,
        response: { 200: pageSchema(RecordSchema), ...problems(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { q, state = null, entity: kind = null } = request.query;
      const { userId } = principalOf(request);
      const text = q?.trim() || null;
      const query = { text, state, kind, ...readPaging(request.query) };
      const records = await integrations.listRecords(userId, request.params.provider, query);
      if (!records.ok) return sendProblem(reply, failureProblem(records.failure));
      return reply.code(200).send(pageView(records.value, recordView));
    },
  );
}
