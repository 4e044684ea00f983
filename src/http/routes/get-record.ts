import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { PAGING, readPaging } from '../requests/paging.ts';
import { NOT_FOUND_PROBLEM, sendProblem } from '../problems/problem.ts';
import { recordAddress } from '../requests/record-address.ts';
import type { RouteDeps } from './route-deps.ts';
import { RECORD_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { RecordHistorySchema, recordHistoryView } from '../views/record-view.ts';

export function getRecord(app: App, { integrations }: RouteDeps): void {
  app.get(
    '/api/integrations/crm/:provider/records/:entity/:entityId',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'getRecord',
        summary: "A record's link and timeline: what was sent, skipped or refused, and why",
        tags: ['records'],
        params: RECORD_PARAMS,
        querystring: Type.Object(PAGING, { additionalProperties: false }),
        response: { 200: RecordHistorySchema, ...problems(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const address = recordAddress(principalOf(request).userId, request.params);
      if (address === null) return sendProblem(reply, NOT_FOUND_PROBLEM);
      const history = await integrations.readRecord(address, readPaging(request.query));
      if (!history.ok) return sendProblem(reply, failureProblem(history.failure));
      return reply.code(200).send(recordHistoryView(history.value));
    },
  );
}
