import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { pageSchema, pageView, PAGING, readPaging } from '../requests/paging.ts';
import type { RouteDeps } from './route-deps.ts';
import { problems } from '../problems/problem-schema.ts';
import { ReplaySchema, replayView } from '../views/replay-view.ts';

export function listReplays(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/replays',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listReplays',
        summary: 'Replays that were begun, newest first, with their progress',
        tags: ['operations'],
        querystring: Type.Object(PAGING, { additionalProperties: false }),
        response: { 200: pageSchema(ReplaySchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const replays = await operations.listReplays(readPaging(request.query));
      return reply.code(200).send(pageView(replays, replayView));
    },
  );
}
