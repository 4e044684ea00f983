import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';

const VersionSchema = Type.Object({
  name: Type.Literal('zena-crm-sync'),
  version: Type.String(),
  mode: Type.String(),
  store: Type.String(),
  feed: Type.String(),
});

export function getVersion(app: App, { version }: RouteDeps): void {
  app.get(
    '/version',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getVersion',
        summary: 'What runs here',
        tags: ['service'],
        security: [],
        querystring: NO_QUERY,
        response: { 200: VersionSchema },
      },
    },
    async (_request, reply) => {
      const { version: number, mode, store, feed } = version;
      return reply.code(200).send({ name: 'zena-crm-sync', version: number, mode, store, feed });
    },
  );
}
