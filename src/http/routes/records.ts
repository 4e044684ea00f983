import Type from 'typebox';
import { isEntityKind } from '../../domain/events/decode-change.ts';
import { ENTITY_KINDS, recordKey } from '../../domain/entity.ts';
import { LINK_STATES } from '../../domain/link.ts';
import type { RecordAddress } from '../../integrations/records.ts';
import { principalOf } from '../access/authentication.ts';
import { LISTS } from '../access/rate-limits.ts';
import type { App } from '../base/app-types.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { NOT_FOUND_PROBLEM, sendProblem } from '../problems/problem.ts';
import { noteAct } from '../requests/audit.ts';
import { PAGING, readPaging } from '../requests/paging.ts';
import { NO_QUERY, PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { pageSchema, pageView } from '../views/page-view.ts';
import { RecordHistorySchema, recordHistoryView, RecordSchema, recordView } from '../views/record-view.ts';
import type { RouteDeps } from './route-deps.ts';

/** Anything may come as an entity: an unknown one is not found, like an unknown id. */
const RECORD_PARAMS = Type.Object({
  ...PROVIDER_PARAMS.properties,
  entity: Type.String({ description: `One of ${ENTITY_KINDS.join(', ')}.` }),
  entityId: Type.String(),
});

/** A form sends what was left empty, too. */
const ANY = { description: 'Empty or absent: any.' };

const RecordsQuery = Type.Object(
  {
    ...PAGING,
    q: Type.Optional(
      Type.String({ maxLength: 200, description: 'Part of a name, e-mail, phone, address or id.' }),
    ),
    state: Type.Optional(Type.Enum(['', ...LINK_STATES], ANY)),
    entity: Type.Optional(Type.Enum(['', ...ENTITY_KINDS], ANY)),
  },
  { additionalProperties: false },
);

export function listRecords(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.get(
    '/api/integrations/crm/:provider/records',
    {
      config: { access: 'user', callLimit: LISTS },
      schema: {
        operationId: 'listRecords',
        summary: 'Search the records that this connection has dealt with',
        tags: ['records'],
        params: PROVIDER_PARAMS,
        querystring: RecordsQuery,
        response: { 200: pageSchema(RecordSchema), ...problems(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { q, state, entity } = request.query;
      const { userId } = principalOf(request);
      const text = q?.trim() || null;
      const query = { text, state: state || null, kind: entity || null, ...readPaging(request.query) };
      const records = await integrations.listRecords(userId, request.params.provider, query);
      if (!records.ok) return sendProblem(reply, failureProblem(records.failure));
      return reply.code(200).send(pageView(records.value, recordView));
    },
  );
}

export function getRecord(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
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

export function deliverRecord(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
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

/** Which record a path names; null for an entity that there is none of. */
function recordAddress(
  userId: string,
  { provider, entity, entityId }: { provider: string; entity: string; entityId: string },
): RecordAddress | null {
  return isEntityKind(entity) ? { userId, provider, kind: entity, entityId } : null;
}
