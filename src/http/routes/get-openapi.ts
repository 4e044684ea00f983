import Type from 'typebox';
import type { App } from '../base/app-types.ts';

export function getOpenApi(app: App): void {
  app.get(
    '/openapi.json',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getOpenApi',
        summary: 'This description',
        tags: ['service'],
        security: [],
        response: {
          200: {
            description: 'OpenAPI 3.1.',
            content: { 'application/json': { schema: Type.Unsafe<object>({ type: 'object' }) } },
          },
        },
      },
    },
    async (_request, reply) => reply.type('application/json').serializer(JSON.stringify).send(app.swagger()),
  );
}
