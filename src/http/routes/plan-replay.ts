import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { principalOf } from '../access/authentication.ts';
import { LETTER_BODY, readLetterFilter } from '../requests/letter-filter.ts';
import { NO_SUCH_TIME } from '../problems/operation-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { ReplayPlanSchema, replayPlanView } from '../views/replay-view.ts';

/** It counts over the whole index. */
const DEADLINE_MS = 120_000;

const Body = Type.Object(LETTER_BODY, {
  additionalProperties: false,
  description: 'Which letters; an empty object takes all that are open. Parked ones only by `statuses`.',
});

export function planReplay(app: App, { operations }: RouteDeps): void {
  app.post(
    '/api/ops/dead-letters/plan',
    {
      config: { access: 'ops:write', audit: 'plan_replay', deadlineMs: DEADLINE_MS },
      schema: {
        operationId: 'planReplay',
        summary: 'Count what a replay would do, without doing it; the plan can be begun once within an hour',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: Body,
        response: { 200: ReplayPlanSchema, ...problems(400, 401, 403, 415, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.body);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const plan = await operations.planReplay(filter, principalOf(request).userId);
      noteAct(request, { resource: { kind: 'replay', id: plan.replayId }, count: plan.plan.total });
      return reply.code(200).send(replayPlanView(plan));
    },
  );
}
