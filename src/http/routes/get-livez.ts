import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';

const STUCK: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'The change feed has not been polled for two minutes, for no reason that is known.',
  reason: 'feed_silent',
};

export function getLivez(app: App, { health }: RouteDeps): void {
  app.get(
    '/livez',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getLivez',
        summary: 'Whether the process does its work; what it depends on has no say in it',
        tags: ['service'],
        security: [],
        querystring: NO_QUERY,
        response: { 200: Type.Object({ status: Type.Literal('live') }), ...problems(503) },
      },
    },
    async (_request, reply) =>
      health.live() ? reply.code(200).send({ status: 'live' }) : sendProblem(reply, STUCK),
  );
}
