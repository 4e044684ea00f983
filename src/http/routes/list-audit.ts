import Type from 'typebox';
import { AUDIT_ACTS } from '../../domain/audit-entry.ts';
import type { App } from '../base/app-types.ts';
import { NO_SUCH_TIME } from '../problems/operation-problem.ts';
import { pageSchema, pageView, PAGING, readPaging } from '../requests/paging.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { AuditEntrySchema, auditEntryView } from '../views/audit-view.ts';
import { problems } from '../problems/problem-schema.ts';

const Time = Type.String({ format: 'date-time' });

const Query = Type.Object(
  {
    ...PAGING,
    userId: Type.Optional(Type.String({ minLength: 1, maxLength: 256, description: 'Who did it.' })),
    act: Type.Optional(Type.Enum([...AUDIT_ACTS])),
    resourceId: Type.Optional(
      Type.String({ minLength: 1, maxLength: 300, description: 'To what, such as a connection.' }),
    ),
    from: Type.Optional({ ...Time, description: 'At or after this time.' }),
    to: Type.Optional({ ...Time, description: 'Before this time.' }),
  },
  { additionalProperties: false },
);

export function listAudit(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/audit',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listAudit',
        summary: 'Who changed what, latest first',
        tags: ['operations'],
        querystring: Query,
        response: { 200: pageSchema(AuditEntrySchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const { userId, act, resourceId, from, to } = request.query;
      const [begin, end] = [from, to].map((time) => (time === undefined ? undefined : Date.parse(time)));
      if (Number.isNaN(begin) || Number.isNaN(end)) return sendProblem(reply, NO_SUCH_TIME);
      const filter = {
        ...(userId !== undefined && { userId }),
        ...(act !== undefined && { act }),
        ...(resourceId !== undefined && { resourceId }),
        ...(begin !== undefined && { from: begin }),
        ...(end !== undefined && { to: end }),
      };
      const entries = await operations.listAudit(filter, readPaging(request.query));
      return reply.code(200).send(pageView(entries, auditEntryView));
    },
  );
}
