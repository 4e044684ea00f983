import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import type { NotReadyReason } from '../base/health.ts';
import { sendProblem } from '../problems/problem.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';

const DETAILS: Readonly<Record<NotReadyReason, string>> = {
  store_unreachable: 'The store does not answer.',
  feed_not_ready: 'The change feed has not been joined.',
};

export function getReadyz(app: App, { health }: RouteDeps): void {
  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getReadyz',
        summary: 'Whether the store answers and the change feed is joined',
        tags: ['service'],
        security: [],
        querystring: NO_QUERY,
        response: { 200: Type.Object({ status: Type.Literal('ready') }), ...problems(503) },
      },
    },
    async (_request, reply) => {
      const reason = await health.notReady();
      if (reason === null) return reply.code(200).send({ status: 'ready' });
      const detail = DETAILS[reason];
      return sendProblem(reply, { code: 'NOT_READY', status: 503, detail, reason, retryable: true });
    },
  );
}
