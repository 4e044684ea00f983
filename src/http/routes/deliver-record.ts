import { recordKey } from '../../domain/entity.ts';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { principalOf } from '../access/authentication.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { NOT_FOUND_PROBLEM, sendProblem } from '../problems/problem.ts';
import { recordAddress } from '../requests/record-address.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, RECORD_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { RecordSchema, recordView } from '../views/record-view.ts';

export function deliverRecord(app: App, { integrations }: RouteDeps): void {
  app.post(
    '/api/integrations/crm/:provider/records/:entity/:entityId/sync',
    {
      config: { access: 'user', audit: 'deliver_record', callLimit: { policy: 'deliver', perMinute: 600 } },
      schema: {
        operationId: 'deliverRecord',
        summary: 'Deliver a record now, whatever it waits for',
        tags: ['records'],
        params: RECORD_PARAMS,
        querystring: NO_QUERY,
        response: { 202: RecordSchema, ...problems(400, 401, 403, 404, 409, 429, 503) },
      },
    },
    async (request, reply) => {
      const address = recordAddress(principalOf(request).userId, request.params);
      if (address === null) return sendProblem(reply, NOT_FOUND_PROBLEM);
      const asked = await integrations.deliverNow(address);
      if (!asked.ok) return sendProblem(reply, failureProblem(asked.failure));
      const key = recordKey(address.kind, address.entityId);
      noteAct(request, { resource: { kind: 'record', id: key } });
      const [provider, kind, id] = [address.provider, address.kind, address.entityId].map(encodeURIComponent);
      const location = `/api/integrations/crm/${provider}/records/${kind}/${id}`;
      return reply.code(202).header('location', location).send(recordView(asked.value));
    },
  );
}
