import Type, { type Static } from 'typebox';
import type { TakenChanges } from '../../integrations/take-changes.ts';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { parseNdjson } from '../requests/body-parsing.ts';
import { bodyText } from '../requests/body-text.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';
import { Count } from '../views/scalars.ts';

const DEADLINE_MS = 60_000;

const TakenSchema = Type.Object({
  accepted: Count,
  stale: Type.Optional(Count),
  rejected: Type.Array(Type.Object({ index: Count, code: Type.String(), message: Type.String() })),
});

/** The events themselves are checked one by one, so that a bad one doesn't keep the others out. */
const Body = Type.Array(Type.Unknown(), {
  description: 'At most 1,000 change events, each with `entity`; or the same as application/x-ndjson.',
});

export function postChanges(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.addContentTypeParser(
    'application/x-ndjson',
    { parseAs: 'buffer' },
    async (_request: unknown, body: Buffer) => parseNdjson(bodyText(body)),
  );
  app.post(
    '/api/changes',
    {
      bodyLimit: BODY_LIMITS.changes,
      config: { access: 'changes:write', audit: 'write_changes', deadlineMs: DEADLINE_MS, takesTurns: true },
      schema: {
        operationId: 'postChanges',
        summary: "Put Zena's changes into the feed, for any user; answered once they are durable",
        tags: ['changes'],
        consumes: ['application/json', 'application/x-ndjson'],
        querystring: NO_QUERY,
        body: Body,
        response: { 202: TakenSchema, ...problems(400, 401, 403, 413, 415, 422, 503) },
      },
    },
    async (request, reply) => {
      const taken = await integrations.takeChanges(request.body);
      noteAct(request, { count: request.body.length });
      if (!taken.ok) return sendProblem(reply, failureProblem(taken.failure));
      const { rejected } = taken.value;
      if (rejected.length > 0 && rejected.length === request.body.length) {
        return sendProblem(reply, allRejected(taken.value));
      }
      return reply.code(202).send(takenView(taken.value));
    },
  );
}

function takenView({ accepted, stale, rejected }: TakenChanges): Static<typeof TakenSchema> {
  return {
    accepted,
    ...(stale !== null && { stale }),
    rejected: rejected.map(({ index, code, message }) => ({ index, code, message })),
  };
}

function allRejected({ rejected }: TakenChanges): Problem {
  return {
    code: 'VALIDATION_FAILED',
    status: 422,
    detail: 'None of the changes could be read; nothing was stored.',
    reason: 'all_rejected',
    errors: rejected.map(({ index, code, message }) => {
      const [place = '', fault = message] = message.split(/: (.*)/s, 2);
      return { pointer: `/${index}${place === '/' ? '' : place}`, code, detail: fault };
    }),
  };
}
