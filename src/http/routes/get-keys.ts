import type { App } from '../base/app-types.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { KeyStatusSchema, keyStatusView } from '../views/key-view.ts';
import { problems } from '../problems/problem-schema.ts';

export function getKeys(app: App, { operations }: RouteDeps): void {
  app.get(
    '/api/ops/keys',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'getKeys',
        summary: 'The encryption keys by id: what is sealed under each, and which may be taken away',
        tags: ['operations'],
        querystring: NO_QUERY,
        response: { 200: KeyStatusSchema, ...problems(400, 401, 403, 503) },
      },
    },
    async (_request, reply) => reply.code(200).send(keyStatusView(await operations.readKeyStatus())),
  );
}
