import swagger from '@fastify/swagger';
import Type from 'typebox';
import { SESSION_COOKIE } from '../access/session-cookie.ts';
import type { App } from '../base/app-types.ts';
import { ProblemSchema } from '../problems/problem-schema.ts';

/** Collects the description of the API from the schemas that the routes are checked by. */
export async function registerOpenApi(app: App, version: string): Promise<void> {
  app.addSchema(ProblemSchema);
  await app.register(swagger, {
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Zena CRM Sync',
        version,
        description:
          'Keeps CRMs equal to Zena. Errors are `application/problem+json`; unknown fields are refused and nothing is coerced.',
        license: { name: 'MIT', identifier: 'MIT' },
      },
      servers: [{ url: '/' }],
      tags: [
        { name: 'integrations', description: 'Connecting CRMs' },
        { name: 'sync', description: 'Full syncs' },
        { name: 'records', description: 'What became of each record' },
        { name: 'changes', description: 'Changes from Zena' },
        {
          name: 'operations',
          description: 'For operators, across users: dead letters, connections, workers',
        },
        { name: 'session', description: "The dashboard's sign-in" },
        { name: 'service', description: 'The service itself' },
      ],
      security: [{ bearer: [] }, { session: [] }],
      components: {
        securitySchemes: {
          bearer: { type: 'http', scheme: 'bearer', bearerFormat: 'JWT' },
          session: { type: 'apiKey', in: 'cookie', name: SESSION_COOKIE },
        },
      },
    },
    // Components keep the names of their schemas instead of numbers.
    refResolver: {
      buildLocalReference: ({ $id }, _uri, _fragment, index) =>
        typeof $id === 'string' ? $id : `Schema${index}`,
    },
  });
}

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
