import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { Seconds, Timestamp, timestamp } from '../views/scalars.ts';

const TestedSchema = Type.Object({
  success: Type.Literal(true),
  checkedAt: Timestamp,
  durationSeconds: Seconds,
});

export function testIntegration(app: App, { integrations }: RouteDeps): void {
  app.post(
    '/api/integrations/crm/:provider/test',
    {
      config: { access: 'user', audit: 'test', callLimit: { policy: 'test', perMinute: 60 } },
      schema: {
        operationId: 'testIntegration',
        summary: 'Ask the CRM now whether it accepts the stored credentials',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        response: { 200: TestedSchema, ...problems(400, 401, 403, 404, 422, 429, 502, 503) },
      },
    },
    async (request, reply) => {
      const tested = await integrations.test(principalOf(request).userId, request.params.provider);
      if (!tested.ok) return sendProblem(reply, failureProblem(tested.failure));
      const { checkedAt, durationMs } = tested.value;
      const durationSeconds = Math.round(durationMs) / 1_000;
      return reply.code(200).send({ success: true, checkedAt: timestamp(checkedAt), durationSeconds });
    },
  );
}
