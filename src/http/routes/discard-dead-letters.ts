import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { LETTER_BODY, readLetterFilter } from '../requests/letter-filter.ts';
import { NO_SUCH_TIME } from '../problems/operation-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { Count } from '../views/scalars.ts';

const Body = Type.Object(LETTER_BODY, {
  additionalProperties: false,
  minProperties: 1,
  description: 'Which letters; at least one condition, so that an empty body discards nothing.',
});

const DEADLINE_MS = 120_000;

export function discardDeadLetters(app: App, { operations }: RouteDeps): void {
  app.post(
    '/api/ops/dead-letters/discard',
    {
      config: { access: 'ops:write', audit: 'discard_dead_letters', deadlineMs: DEADLINE_MS },
      schema: {
        operationId: 'discardDeadLetters',
        summary: 'Take letters off the list; nothing is sent, and the next change is delivered as ever',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: Body,
        response: { 200: Type.Object({ discarded: Count }), ...problems(400, 401, 403, 415, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.body);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const discarded = await operations.discardDeadLetters(filter);
      noteAct(request, { count: discarded });
      return reply.code(200).send({ discarded });
    },
  );
}
