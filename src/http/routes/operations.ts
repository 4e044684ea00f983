import Type from 'typebox';
import { AUDIT_ACTS } from '../../domain/audit-entry.ts';
import type { Erasure } from '../../operations/erase-user.ts';
import type { App } from '../base/app-types.ts';
import { NO_SUCH_TIME } from '../problems/operation-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { sendProblem } from '../problems/problem.ts';
import { noteAct } from '../requests/audit.ts';
import { PAGING, readPaging } from '../requests/paging.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { pageSchema, pageView } from '../views/page-view.ts';
import {
  AuditEntrySchema,
  auditEntryView,
  OpsConnectionSchema,
  opsConnectionView,
  WorkerSchema,
  workerView,
} from '../views/operations-view.ts';
import { ErasureSchema, erasureView } from '../views/erasure-view.ts';
import type { RouteDeps } from './route-deps.ts';

export function listConnections(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/connections',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listConnections',
        summary: "Every user's connections, in an order that is stable and means nothing",
        tags: ['operations'],
        querystring: Type.Object(PAGING, { additionalProperties: false }),
        response: { 200: pageSchema(OpsConnectionSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const connections = await operations.listConnections(readPaging(request.query));
      return reply.code(200).send(pageView(connections, opsConnectionView));
    },
  );
}

export function listWorkers(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/workers',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listWorkers',
        summary: 'The processes that deliver, oldest first; never more than one page',
        tags: ['operations'],
        querystring: NO_QUERY,
        response: { 200: pageSchema(WorkerSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (_request, reply) => {
      const items = await operations.listWorkers();
      return reply.code(200).send(pageView({ items, nextCursor: null }, workerView));
    },
  );
}

const EraseBody = Type.Object(
  {
    userId: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'Exactly as the claim `sub` and events say it.',
    }),
    dryRun: Type.Optional(Type.Boolean({ description: 'Count what stands, and change nothing.' })),
  },
  { additionalProperties: false },
);

const DEADLINE_MS = 120_000;

/** The user is named in the body, not in the path: paths are logged. */
export function eraseUser(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.post(
    '/api/ops/erase',
    {
      bodyLimit: BODY_LIMITS.names,
      config: { access: 'ops:write', audit: 'erase_user', deadlineMs: DEADLINE_MS },
      schema: {
        operationId: 'eraseUser',
        summary: 'Remove all that is kept of a user; nothing is sent to a CRM',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: EraseBody,
        response: { 200: ErasureSchema, ...problems(400, 401, 403, 415, 503) },
      },
    },
    async (request, reply) => {
      const { userId, dryRun = false } = request.body;
      const erasure = await operations.eraseUser({ userId, dryRun });
      noteAct(request, { resource: { kind: 'user', id: userId }, count: removedIn(erasure) });
      return reply.code(200).send(erasureView(erasure));
    },
  );
}

function removedIn({ removed }: Erasure): number {
  return Object.values(removed).reduce((sum, count) => sum + count, 0);
}

const Time = Type.String({ format: 'date-time' });

const AuditQuery = Type.Object(
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

export function listAudit(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/audit',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listAudit',
        summary: 'Who changed what, latest first',
        tags: ['operations'],
        querystring: AuditQuery,
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
