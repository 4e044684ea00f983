import type { App } from '../base/app-types.ts';
import { operationProblem } from '../problems/operation-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { LETTER_PARAMS, NO_QUERY } from '../requests/route-schemas.ts';
import { DeadLetterDetailsSchema, deadLetterDetailsView } from '../views/dead-letter-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function getDeadLetter(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/dead-letters/:letterId',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'getDeadLetter',
        summary: 'One dead letter, with the bytes of an unreadable event and the words of the CRM',
        tags: ['operations'],
        params: LETTER_PARAMS,
        querystring: NO_QUERY,
        response: { 200: DeadLetterDetailsSchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const letter = await operations.readDeadLetter(request.params.letterId);
      if (!letter.ok) return sendProblem(reply, operationProblem(letter.failure));
      return reply.code(200).send(deadLetterDetailsView(letter.value));
    },
  );
}
