import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { LETTER_QUERY, readLetterFilter } from '../requests/letter-filter.ts';
import { NO_SUCH_TIME } from '../problems/operation-problem.ts';
import { pageSchema, pageView } from '../requests/paging.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { DeadLetterGroupSchema, deadLetterGroupView } from '../views/dead-letter-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function groupDeadLetters(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/dead-letters/groups',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'groupDeadLetters',
        summary: 'Dead letters by cause, most first, each with what helps; never more than one page',
        tags: ['operations'],
        querystring: Type.Object(LETTER_QUERY, { additionalProperties: false }),
        response: { 200: pageSchema(DeadLetterGroupSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.query);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const items = await operations.groupDeadLetters(filter);
      return reply.code(200).send(pageView({ items, nextCursor: null }, deadLetterGroupView));
    },
  );
}
