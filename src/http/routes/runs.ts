import Type from 'typebox';
import { ENDED_RUN_STATUSES } from '../../domain/run.ts';
import { principalOf } from '../access/authentication.ts';
import type { App } from '../base/app-types.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { sendProblem } from '../problems/problem.ts';
import { noAct, noteAct } from '../requests/audit.ts';
import { clientSignal } from '../requests/client-signal.ts';
import { PAGING, readPaging } from '../requests/paging.ts';
import { readWaitPreference } from '../requests/prefer.ts';
import { NO_QUERY, PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { pageSchema, pageView } from '../views/page-view.ts';
import { EVENT_STREAM } from '../streams/event-streams.ts';
import type { EventSource } from '../streams/event-stream.ts';
import { PreviewSchema, previewView, RunSchema, runView } from '../views/run-view.ts';
import type { RouteDeps } from './route-deps.ts';

/** How long a caller may ask to wait, ms, unless the service waits longer by itself. */
const LONGEST_WAIT_MS = 60_000;
/** For all that isn't waiting. */
const SPARE_MS = 30_000;
const PREVIEW_ITEMS = 200;

const RUN_PARAMS = Type.Object({ ...PROVIDER_PARAMS.properties, runId: Type.String() });

const SyncQuery = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Enum(['true', 'false'], { description: 'Only tell what it would do, field by field.' }),
    ),
  },
  { additionalProperties: false },
);

const SyncHeaders = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description: '`wait=N` (seconds) or `respond-async`, in place of the service’s own wait.',
    }),
  ),
});

export function syncIntegration(
  app: App,
  { integrations, settings }: Pick<RouteDeps, 'integrations' | 'settings'>,
): void {
  const { syncWaitMs } = settings;
  const longestMs = Math.max(LONGEST_WAIT_MS, syncWaitMs);
  app.post(
    '/api/integrations/crm/:provider/sync',
    {
      config: {
        access: 'user',
        audit: 'sync',
        deadlineMs: longestMs + SPARE_MS,
        callLimit: { policy: 'sync', perMinute: 120 },
      },
      schema: {
        operationId: 'syncIntegration',
        summary: 'Make the CRM equal to Zena: starts a full sync or joins the running one',
        tags: ['sync'],
        params: PROVIDER_PARAMS,
        querystring: SyncQuery,
        headers: SyncHeaders,
        response: {
          200: Type.Union([RunSchema, PreviewSchema]),
          202: RunSchema,
          ...problems(400, 401, 403, 404, 409, 429, 502, 503),
        },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const { provider } = request.params;
      if (request.query.dryRun === 'true') {
        noAct(request);
        const preview = await integrations.previewSync(userId, provider, PREVIEW_ITEMS);
        if (!preview.ok) return sendProblem(reply, failureProblem(preview.failure));
        // As it stands: to find out which of the route's two answers it is would take a validator of each.
        return reply
          .code(200)
          .type('application/json; charset=utf-8')
          .serializer((view: unknown) => JSON.stringify(view))
          .send(previewView(preview.value));
      }
      const preference = readWaitPreference(request.headers.prefer, longestMs);
      if (preference !== null) reply.header('preference-applied', preference.applied);
      const waitMs = preference?.waitMs ?? syncWaitMs;
      const signal = clientSignal(reply.raw);
      const answer = await integrations.sync(userId, provider, { waitMs, signal });
      if (!answer.ok) return sendProblem(reply, failureProblem(answer.failure));
      const view = runView(answer.value.progress);
      noteAct(request, { resource: { kind: 'run', id: view.runId } });
      if (answer.value.settled) return reply.code(200).send(view);
      const location = `/api/integrations/crm/${encodeURIComponent(provider)}/runs/${encodeURIComponent(view.runId)}`;
      return reply.code(202).header('location', location).send(view);
    },
  );
}

export function listRuns(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.get(
    '/api/integrations/crm/:provider/runs',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'listRuns',
        summary: 'Full syncs of the connection, newest first',
        tags: ['sync'],
        params: PROVIDER_PARAMS,
        querystring: Type.Object(PAGING, { additionalProperties: false }),
        response: { 200: pageSchema(RunSchema), ...problems(400, 401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const runs = await integrations.listRuns(userId, request.params.provider, readPaging(request.query));
      if (!runs.ok) return sendProblem(reply, failureProblem(runs.failure));
      return reply.code(200).send(pageView(runs.value, runView));
    },
  );
}

export function getRun(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.get(
    '/api/integrations/crm/:provider/runs/:runId',
    {
      config: { access: 'user' },
      schema: {
        operationId: 'getRun',
        summary: "A full sync's progress",
        tags: ['sync'],
        params: RUN_PARAMS,
        querystring: NO_QUERY,
        response: { 200: RunSchema, ...problems(401, 404, 503) },
      },
    },
    async (request, reply) => {
      const { provider, runId } = request.params;
      const run = await integrations.readRun(principalOf(request).userId, provider, runId);
      if (!run.ok) return sendProblem(reply, failureProblem(run.failure));
      return reply.code(200).send(runView(run.value));
    },
  );
}

export function streamRun(
  app: App,
  { integrations, streams }: Pick<RouteDeps, 'integrations' | 'streams'>,
): void {
  app.get(
    '/api/integrations/crm/:provider/runs/:runId/events',
    {
      config: { access: 'user', deadlineMs: null },
      schema: {
        operationId: 'streamRun',
        summary: "A full sync's progress, live: events `progress` until it ends",
        tags: ['sync'],
        params: RUN_PARAMS,
        querystring: NO_QUERY,
        response: { 200: EVENT_STREAM, ...problems(401, 404, 429, 503) },
      },
    },
    async (request, reply) => {
      const { provider, runId } = request.params;
      const { userId } = principalOf(request);
      const first = await integrations.readRun(userId, provider, runId);
      if (!first.ok) return sendProblem(reply, failureProblem(first.failure));
      const lastId = request.headers['last-event-id'];
      return streams.open(request, reply, runEvents(integrations, { userId, provider, runId, lastId }));
    },
  );
}

interface WatchedRun {
  readonly userId: string;
  readonly provider: string;
  readonly runId: string;
  readonly lastId: string | string[] | undefined;
}

/** A frame says all that is known, so only the newest matters: its id names the state, and the same state isn't told twice. */
function runEvents(
  { readRun, onRunProgress }: RouteDeps['integrations'],
  { userId, provider, runId, lastId }: WatchedRun,
): EventSource {
  let told = lastId;
  return {
    subscribe: (wake) => onRunProgress(runId, wake),
    async next() {
      const read = await readRun(userId, provider, runId);
      if (!read.ok) return { frames: [], done: true };
      const data = runView(read.value);
      const { run, totals } = read.value;
      const done = ENDED_RUN_STATUSES.includes(run.status);
      const id = `${run.revision}-${data.done}-${totals.failed + totals.retrying}`;
      if (id === told) return { frames: [], done };
      told = id;
      return { frames: [{ id, event: 'progress', data }], done };
    },
  };
}

export function cancelRun(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.post(
    '/api/integrations/crm/:provider/runs/:runId/cancel',
    {
      config: { access: 'user', audit: 'cancel_run' },
      schema: {
        operationId: 'cancelRun',
        summary: 'End a full sync; what it had not sent yet is dropped',
        tags: ['sync'],
        params: RUN_PARAMS,
        querystring: NO_QUERY,
        response: { 200: RunSchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const { provider, runId } = request.params;
      const run = await integrations.cancelRun(principalOf(request).userId, provider, runId);
      if (!run.ok) return sendProblem(reply, failureProblem(run.failure));
      noteAct(request, { resource: { kind: 'run', id: run.value.run.runId } });
      return reply.code(200).send(runView(run.value));
    },
  );
}
