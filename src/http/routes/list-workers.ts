import type { App } from '../base/app-types.ts';
import { pageSchema, pageView } from '../requests/paging.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { WorkerSchema, workerView } from '../views/operations-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function listWorkers(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/workers',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listWorkers',
        summary: 'The processes that deliver, oldest first; never more than one page',
        tags: ['operations'],
        querystring: NO_QUERY,
        response: { 200: pageSchema(WorkerSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (_request, reply) => {
      const items = await operations.listWorkers();
      return reply.code(200).send(pageView({ items, nextCursor: null }, workerView));
    },
  );
}
