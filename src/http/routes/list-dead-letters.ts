import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { LETTER_QUERY, readLetterFilter } from '../requests/letter-filter.ts';
import { NO_SUCH_TIME } from '../problems/operation-problem.ts';
import { pageSchema, pageView, PAGING, readPaging } from '../requests/paging.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { DeadLetterSchema, deadLetterView } from '../views/dead-letter-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function listDeadLetters(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/dead-letters',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listDeadLetters',
        summary: 'Dead letters of all users, latest failure first',
        tags: ['operations'],
        querystring: Type.Object({ ...PAGING, ...LETTER_QUERY }, { additionalProperties: false }),
        response: { 200: pageSchema(DeadLetterSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.query);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const letters = await operations.listDeadLetters(filter, readPaging(request.query));
      return reply.code(200).send(pageView(letters, deadLetterView));
    },
  );
}
