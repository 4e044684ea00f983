import type { App } from '../base/app-types.ts';
import { ENDED_RUN_STATUSES } from '../../domain/run.ts';
import { principalOf } from '../access/authentication.ts';
import type { EventSource } from '../streams/event-stream.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY, RUN_PARAMS } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { EVENT_STREAM } from '../streams/event-stream-schema.ts';
import { runView } from '../views/run-view.ts';

export function streamRun(app: App, { integrations, streams }: RouteDeps): void {
  app.get(
    '/api/integrations/crm/:provider/runs/:runId/events',
    {
      exposeHeadRoute: false,
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
