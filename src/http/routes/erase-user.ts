import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { noteAct } from '../requests/audit.ts';
import type { Erasure } from '../../operations/erase-user.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { ErasureSchema, erasureView } from '../views/erasure-view.ts';
import { problems } from '../problems/problem-schema.ts';

const Body = Type.Object(
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
export function eraseUser(app: App, { operations }: RouteDeps): void {
  app.post(
    '/api/ops/erase',
    {
      config: { access: 'ops:write', audit: 'erase_user', deadlineMs: DEADLINE_MS },
      schema: {
        operationId: 'eraseUser',
        summary: 'Remove all that is kept of a user; nothing is sent to a CRM',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: Body,
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
