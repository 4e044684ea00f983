import type { FastifySchema, RouteOptions } from 'fastify';
import Type from 'typebox';
import { PROBLEM_CODES, PROBLEM_TYPE } from './problem.ts';

export const PROBLEM_SCHEMA_ID = 'Problem';

export const ProblemSchema = Type.Object(
  {
    type: Type.String({ description: 'The page that says what it means, who can fix it and what to do.' }),
    title: Type.String(),
    status: Type.Integer(),
    detail: Type.String(),
    code: Type.Enum(PROBLEM_CODES),
    reason: Type.Optional(Type.String()),
    requestId: Type.String(),
    retryable: Type.Boolean(),
    providerStatus: Type.Optional(Type.Integer()),
    runId: Type.Optional(Type.String()),
    errors: Type.Optional(
      Type.Array(Type.Object({ pointer: Type.String(), code: Type.String(), detail: Type.String() })),
    ),
  },
  { $id: PROBLEM_SCHEMA_ID },
);

const DESCRIPTIONS: Readonly<Record<number, string>> = {
  400: 'VALIDATION_FAILED, or INTEGRATION_FAILED when the CRM refuses the credentials.',
  401: 'AUTH_REQUIRED',
  403: 'FORBIDDEN',
  404: 'NOT_FOUND: unknown, not connected or not yours.',
  405: 'METHOD_NOT_ALLOWED, with Allow.',
  409: 'CONFLICT',
  413: 'TOO_LARGE',
  415: 'VALIDATION_FAILED: the body is no JSON.',
  422: 'VALIDATION_FAILED: well-formed and not acceptable.',
  429: 'RATE_LIMITED, with Retry-After.',
  502: 'INTEGRATION_FAILED: the CRM can not be reached or fails.',
  503: 'NOT_READY',
};

const LIMIT_HEADERS = {
  'Retry-After': { type: 'integer', description: 'Seconds.' },
  'RateLimit-Policy': { type: 'string', description: 'The limit: `"name";q=calls;w=seconds`.' },
  RateLimit: { type: 'string', description: 'What is left of it: `"name";r=calls;t=seconds`.' },
};

/** The problems that a route may answer, for its response schema. */
export function problems(...statuses: readonly number[]): Record<number, unknown> {
  return Object.fromEntries(
    statuses.map((status) => [
      status,
      {
        description: DESCRIPTIONS[status] ?? 'A problem.',
        ...(status === 429 && { headers: LIMIT_HEADERS }),
        content: { [PROBLEM_TYPE]: { schema: { $ref: `${PROBLEM_SCHEMA_ID}#` } } },
      },
    ]),
  );
}

/** Whether what a route declares for a status is one of these. */
export function isProblemResponse(response: unknown): boolean {
  const { content } = (response ?? {}) as { content?: Readonly<Record<string, unknown>> };
  return content?.[PROBLEM_TYPE] !== undefined;
}

/** Adds problems to what a route declares that it may answer, where it doesn't already. */
export function addProblems(route: RouteOptions, ...statuses: readonly number[]): void {
  const { response } = (route.schema ?? {}) as { response?: object };
  const all = { ...problems(...statuses), ...response };
  route.schema = { ...route.schema, response: all } satisfies FastifySchema;
}
