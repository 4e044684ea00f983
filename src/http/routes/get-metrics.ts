import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { problems } from '../problems/problem-schema.ts';

export function getMetrics(app: App, { metrics }: RouteDeps): void {
  app.get(
    '/metrics',
    {
      config: { access: 'metrics' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics as Prometheus reads them',
        tags: ['service'],
        querystring: NO_QUERY,
        response: {
          200: { description: 'Prometheus text.', content: { 'text/plain': { schema: Type.String() } } },
          ...problems(401, 403),
        },
      },
    },
    async (_request, reply) => {
      const text = await metrics.render();
      return reply.type(metrics.contentType).send(text);
    },
  );
}
