import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { noAct, noteAct } from '../requests/audit.ts';
import { principalOf } from '../access/authentication.ts';
import { clientSignal } from '../requests/client-signal.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { readWaitPreference } from '../requests/prefer.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { PreviewSchema, previewView } from '../views/preview-view.ts';
import { problems } from '../problems/problem-schema.ts';
import { RunSchema, runView } from '../views/run-view.ts';

/** How long a caller may ask to wait, ms, unless the service waits longer by itself. */
const LONGEST_WAIT_MS = 60_000;
/** For all that isn't waiting. */
const SPARE_MS = 30_000;
const PREVIEW_ITEMS = 200;

const Query = Type.Object(
  {
    dryRun: Type.Optional(
      Type.Enum(['true', 'false'], { description: 'Only tell what it would do, field by field.' }),
    ),
  },
  { additionalProperties: false },
);

const Headers = Type.Object({
  prefer: Type.Optional(
    Type.String({
      description: '`wait=N` (seconds) or `respond-async`, in place of the service’s own wait.',
    }),
  ),
});

export function syncIntegration(app: App, { integrations, syncWaitMs }: RouteDeps): void {
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
        querystring: Query,
        headers: Headers,
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
        return reply.code(200).send(previewView(preview.value));
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
