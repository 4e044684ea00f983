import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { pageSchema, pageView, PAGING, readPaging } from '../requests/paging.ts';
import type { RouteDeps } from './route-deps.ts';
import { OpsConnectionSchema, opsConnectionView } from '../views/operations-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function listConnections(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/connections',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listConnections',
        summary: "Every user's connections, in an order that is stable and means nothing",
        tags: ['operations'],
        querystring: Type.Object(PAGING, { additionalProperties: false }),
        response: { 200: pageSchema(OpsConnectionSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const connections = await operations.listConnections(readPaging(request.query));
      return reply.code(200).send(pageView(connections, opsConnectionView));
    },
  );
}
