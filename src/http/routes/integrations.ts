import Type from 'typebox';
import { principalOf } from '../access/authentication.ts';
import { isTimeZone } from '../../domain/events/day-of.ts';
import type { ConnectedIntegration } from '../../integrations/connection-access.ts';
import type { IntegrationFailure } from '../../integrations/integration-failure.ts';
import type { App } from '../base/app-types.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { sendProblem } from '../problems/problem.ts';
import { auditedChange, noteAct } from '../requests/audit.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { NO_QUERY, PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import {
  IntegrationListSchema,
  IntegrationSchema,
  type IntegrationView,
  integrationView,
} from '../views/integration-view.ts';
import { ProviderListSchema, providerListView } from '../views/provider-view.ts';
import { Seconds, Timestamp, timestamp } from '../views/scalars.ts';
import { SYNC_CONFIG_FIELDS, SyncConfigInputSchema } from '../views/sync-config-schema.ts';
import type { RouteDeps } from './route-deps.ts';

export function listProviders(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.get(
    '/api/integrations/crm',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listProviders',
        summary: 'The CRMs that can be connected, and those that are planned',
        tags: ['integrations'],
        querystring: NO_QUERY,
        response: { 200: ProviderListSchema, ...problems(401) },
      },
    },
    async (_request, reply) => reply.code(200).send(providerListView(integrations.catalogue)),
  );
}

export function listIntegrations(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.get(
    '/api/integrations/crm/user',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listIntegrations',
        summary: "The caller's connected CRMs and how they are",
        tags: ['integrations'],
        querystring: NO_QUERY,
        response: { 200: IntegrationListSchema, ...problems(401, 503) },
      },
    },
    async (request, reply) => {
      const summaries = await integrations.list(principalOf(request).userId);
      return reply.code(200).send({ integrations: summaries.map(integrationView) });
    },
  );
}

const CredentialsSchema = Type.Record(
  Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' }),
  Type.String({ minLength: 1, maxLength: 8_192 }),
  {
    additionalProperties: false,
    maxProperties: 20,
    description:
      "The provider's `credentialFields`, such as `apiKey` and `instanceUrl`. Never answered again.",
  },
);

const ConnectBody = Type.Object(
  { credentials: CredentialsSchema, syncConfig: Type.Optional(SyncConfigInputSchema) },
  { additionalProperties: false },
);

const ConnectQuery = Type.Object(
  {
    account: Type.Optional(
      Type.Literal('replace', {
        description: 'The credentials may belong to another CRM account than before.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function connectIntegration(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.post(
    '/api/integrations/crm/:provider/connect',
    {
      bodyLimit: BODY_LIMITS.credentials,
      config: { access: 'user', audit: 'connect', callLimit: { policy: 'connect', perMinute: 120 } },
      schema: {
        operationId: 'connectIntegration',
        summary: 'Connect a CRM, or replace its credentials; the CRM is asked first',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: ConnectQuery,
        body: ConnectBody,
        response: {
          200: IntegrationSchema,
          201: IntegrationSchema,
          ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503),
        },
      },
    },
    async (request, reply) => {
      const { credentials, syncConfig = {} } = request.body;
      const fault = timeZoneFault(syncConfig, '/syncConfig');
      if (fault !== null) return sendProblem(reply, failureProblem(fault));
      const connected = await integrations.connect({
        userId: principalOf(request).userId,
        provider: request.params.provider,
        credentials,
        syncConfig,
        replaceAccount: request.query.account === 'replace',
      });
      if (!connected.ok) return sendProblem(reply, failureProblem(connected.failure));
      const view = await changedView(request, integrations, { ...connected.value, unavailable: null });
      return reply.code(connected.value.isNew ? 201 : 200).send(view);
    },
  );
}

const ConfigureBody = Type.Object(
  { ...SYNC_CONFIG_FIELDS, syncConfig: Type.Optional(SyncConfigInputSchema) },
  {
    additionalProperties: false,
    minProperties: 1,
    description: 'The fields themselves, or within `syncConfig` as connect takes them.',
  },
);

export function configureIntegration(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.patch(
    '/api/integrations/crm/:provider',
    {
      bodyLimit: BODY_LIMITS.settings,
      config: { access: 'user', audit: 'configure' },
      schema: {
        operationId: 'configureIntegration',
        summary: 'Change what is synchronised, without credentials',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        body: ConfigureBody,
        response: { 200: IntegrationSchema, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const { syncConfig, ...fields } = request.body;
      const fault = timeZoneFault(fields, '') ?? timeZoneFault(syncConfig ?? {}, '/syncConfig');
      if (fault !== null) return sendProblem(reply, failureProblem(fault));
      const input = { ...syncConfig, ...fields };
      const changed = await integrations.configure(userId, request.params.provider, input);
      if (!changed.ok) return sendProblem(reply, failureProblem(changed.failure));
      return reply.code(200).send(await changedView(request, integrations, changed.value));
    },
  );
}

export function pauseIntegration(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.post(
    '/api/integrations/crm/:provider/pause',
    {
      config: { access: 'user', audit: 'pause' },
      schema: {
        operationId: 'pauseIntegration',
        summary: 'Hold the connection: nothing is sent, nothing is lost',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        response: { 200: IntegrationSchema, ...problems(401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const changed = await integrations.pause(principalOf(request).userId, request.params.provider);
      if (!changed.ok) return sendProblem(reply, failureProblem(changed.failure));
      return reply.code(200).send(await changedView(request, integrations, changed.value));
    },
  );
}

export function resumeIntegration(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.post(
    '/api/integrations/crm/:provider/resume',
    {
      config: { access: 'user', audit: 'resume' },
      schema: {
        operationId: 'resumeIntegration',
        summary: 'Go on with what waited',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        response: { 200: IntegrationSchema, ...problems(401, 403, 404, 409, 503) },
      },
    },
    async (request, reply) => {
      const changed = await integrations.resume(principalOf(request).userId, request.params.provider);
      if (!changed.ok) return sendProblem(reply, failureProblem(changed.failure));
      return reply.code(200).send(await changedView(request, integrations, changed.value));
    },
  );
}

const TestedSchema = Type.Object({
  success: Type.Literal(true),
  checkedAt: Timestamp,
  durationSeconds: Seconds,
});

export function testIntegration(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
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

const DisconnectQuery = Type.Object(
  {
    forget: Type.Optional(
      Type.Enum(['true', 'false'], {
        description:
          'Also drop the links: the same CRM account can then get duplicates when connected again.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function disconnectIntegration(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.delete(
    '/api/integrations/crm/:provider',
    {
      config: { access: 'user', audit: 'disconnect' },
      schema: {
        operationId: 'disconnectIntegration',
        summary: 'Destroy the credentials and drop waiting work',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: DisconnectQuery,
        response: {
          204: Type.Null({
            description:
              'Disconnected. The header `x-credentials` says what became of them: `overwritten`, no copy is in the files of the ' +
              'store any more; or `removed`, no document holds them, and the database uses their place again when it does.',
          }),
          ...problems(400, 401, 403, 404, 409, 503),
        },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const forget = request.query.forget === 'true';
      const gone = await integrations.disconnect(userId, request.params.provider, { forget });
      if (!gone.ok) return sendProblem(reply, failureProblem(gone.failure));
      const { credentials, change } = gone.value;
      if (credentials !== null) reply.header('x-credentials', credentials);
      if (change !== null) noteAct(request, auditedChange(change));
      return reply.code(204).send(null);
    },
  );
}

/** Notes for the audit what a request changed; answers the integration as it is now. */
async function changedView(
  request: Parameters<typeof noteAct>[0],
  { summarise }: Pick<RouteDeps['integrations'], 'summarise'>,
  changed: ConnectedIntegration & Parameters<typeof auditedChange>[0],
): Promise<IntegrationView> {
  noteAct(request, auditedChange(changed));
  return integrationView(await summarise(changed));
}

/** A schema can't say which zones there are. */
export function timeZoneFault(
  { timeZone }: { readonly timeZone?: string },
  within: string,
): IntegrationFailure | null {
  if (timeZone === undefined || isTimeZone(timeZone)) return null;
  const detail = 'must be a time zone of the IANA database, such as Pacific/Auckland';
  return { code: 'INVALID', faults: [{ pointer: `${within}/timeZone`, code: 'NOT_ONE_OF', detail }] };
}
