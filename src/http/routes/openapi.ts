import swagger from '@fastify/swagger';
import Type from 'typebox';
import { SESSION_COOKIE } from '../access/session-cookie.ts';
import type { FastifySchema, RouteOptions } from 'fastify';
import type { App } from '../base/app-types.ts';
import { isProblemResponse, ProblemSchema } from '../problems/problem-schema.ts';

declare module 'fastify' {
  interface FastifyContextConfig {
    /** What the route may answer beside its success, by status, for the description alone. */
    problems?: Readonly<Record<string, unknown>>;
  }
}

/** Collects the description of the API from the schemas that the routes are checked by. */
export async function registerOpenApi(app: App, version: string): Promise<void> {
  app.addSchema(ProblemSchema);
  app.addHook('onRoute', setProblemsAside);
  await app.register(swagger, {
    transform: ({ schema, url, route }) => ({ schema: withProblems(schema, route.config?.problems), url }),
    openapi: {
      openapi: '3.1.0',
      info: {
        title: 'Zena CRM Sync',
        version,
        description:
          'Keeps CRMs equal to Zena. Errors are `application/problem+json`; unknown fields are refused and nothing is coerced. ' +
          'Where there is GET there is HEAD; any other method than those of a path is 405 `METHOD_NOT_ALLOWED`, with `Allow`.',
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

/**
 * A problem is written by `sendProblem` alone, never by its schema. So the hundreds that the routes declare are kept for the
 * description and not compiled, which would be most of a start.
 */
function setProblemsAside(route: RouteOptions): void {
  const { response } = (route.schema ?? {}) as { response?: Readonly<Record<string, unknown>> };
  if (response === undefined) return;
  const [problems, own] = [true, false].map((wanted) =>
    Object.fromEntries(Object.entries(response).filter(([, one]) => isProblemResponse(one) === wanted)),
  );
  route.schema = { ...route.schema, response: own } satisfies FastifySchema;
  route.config = { ...route.config, problems: { ...route.config?.problems, ...problems } };
}

function withProblems(
  schema: FastifySchema,
  problems: Readonly<Record<string, unknown>> = {},
): FastifySchema {
  // What has no schema is no part of the description.
  if (schema === undefined) return schema;
  return { ...schema, response: { ...(schema.response as object | undefined), ...problems } };
}

export function getOpenApi(app: App): void {
  // Anybody may ask for it, so it is written once.
  let document: Buffer | undefined;
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
            content: { 'application/json': { schema: Type.Unsafe<Buffer>({ type: 'object' }) } },
          },
        },
      },
    },
    async (_request, reply) => {
      document ??= Buffer.from(JSON.stringify(app.swagger()));
      return reply.type('application/json; charset=utf-8').send(document);
    },
  );
}
