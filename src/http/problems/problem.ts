import { STATUS_CODES } from 'node:http';
import type { FastifyReply } from 'fastify';
import type { InputFault } from '../../integrations/integration-failure.ts';

/** Every code that an error answer can carry, with its title. Each has a page in `docs/problems`. */
export const PROBLEM_TITLES = {
  AUTH_REQUIRED: 'Sign in first',
  VALIDATION_FAILED: 'The request is not valid',
  INTEGRATION_FAILED: 'The CRM did not go along',
  FORBIDDEN: 'You may not do this',
  NOT_FOUND: 'There is no such thing',
  METHOD_NOT_ALLOWED: 'This is not done to it',
  CONFLICT: 'Something stands in the way',
  TOO_LARGE: 'The request is too large',
  RATE_LIMITED: 'Too many requests',
  NOT_READY: 'The service is not ready',
  INTERNAL: 'Something went wrong in the service',
} as const;

export type ProblemCode = keyof typeof PROBLEM_TITLES;

export const PROBLEM_CODES = Object.keys(PROBLEM_TITLES) as ProblemCode[];

/** An error answer before it is bound to a request. */
export interface Problem {
  readonly code: ProblemCode;
  readonly status: number;
  /** A sentence for people, without personal data and without secrets. */
  readonly detail: string;
  /** A fixed lower-case word where a code has several causes. */
  readonly reason?: string;
  /** Whether the same request may succeed later without anybody doing anything. */
  readonly retryable?: boolean;
  /** The status that the CRM answered. */
  readonly providerStatus?: number;
  readonly errors?: readonly InputFault[];
  /** A run that waits and goes on by itself. */
  readonly runId?: string;
  readonly retryAfterSeconds?: number;
  /** The methods that the path takes. */
  readonly allow?: readonly string[];
}

export const PROBLEM_TYPE = 'application/problem+json';

/** The same for every way of not being signed in, so that nothing can be learned by trying. */
export const AUTH_REQUIRED_PROBLEM: Problem = {
  code: 'AUTH_REQUIRED',
  status: 401,
  detail: 'Send a valid access token as "Authorization: Bearer", or sign in.',
};

export const NOT_FOUND_PROBLEM: Problem = {
  code: 'NOT_FOUND',
  status: 404,
  detail: 'It does not exist, or it is not yours.',
};

export const TOO_LARGE_BODY: Problem = {
  code: 'TOO_LARGE',
  status: 413,
  detail: 'The body is larger than this route takes.',
};

/** For a path that takes these methods alone. */
export function methodNotAllowed(allow: readonly string[]): Problem {
  return {
    code: 'METHOD_NOT_ALLOWED',
    status: 405,
    detail: 'This path does not take this method. The header Allow names those that it takes.',
    allow,
  };
}

export const KEYS_UNAVAILABLE_PROBLEM: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'The service that keeps the encryption keys does not answer. Nothing was changed.',
  reason: 'keys_unavailable',
  retryable: true,
  retryAfterSeconds: 5,
};

/** The body of an error answer. */
export function problemBody(problem: Problem, requestId: string) {
  const { code, status, detail, reason, retryable = false, providerStatus, errors, runId } = problem;
  return {
    type: `/problems/${code}`,
    title: PROBLEM_TITLES[code],
    status,
    detail,
    code,
    ...(reason !== undefined && { reason }),
    requestId,
    retryable,
    ...(providerStatus !== undefined && { providerStatus }),
    ...(runId !== undefined && { runId }),
    ...(errors !== undefined && errors.length > 0 && { errors }),
  };
}

/** Answers with a problem, whatever the route's reply is typed to carry. */
export function sendProblem(
  typedReply: { readonly request: { readonly id: string } },
  problem: Problem,
): FastifyReply {
  const reply = typedReply as unknown as FastifyReply;
  if (problem.status === 401) reply.header('www-authenticate', 'Bearer');
  if (problem.allow !== undefined) reply.header('allow', problem.allow.join(', '));
  if (problem.retryAfterSeconds !== undefined) reply.header('retry-after', problem.retryAfterSeconds);
  return reply
    .header('cache-control', 'no-store')
    .code(problem.status)
    .type(PROBLEM_TYPE)
    .serializer(JSON.stringify)
    .send(problemBody(problem, reply.request.id));
}

/** The same for a request that never got as far as a route: the bytes of a whole answer. */
export function rawProblem(problem: Problem, requestId: string): string {
  const body = JSON.stringify(problemBody(problem, requestId));
  return [
    `HTTP/1.1 ${problem.status} ${STATUS_CODES[problem.status] ?? 'Error'}`,
    `content-type: ${PROBLEM_TYPE}`,
    `content-length: ${Buffer.byteLength(body)}`,
    'cache-control: no-store',
    'x-content-type-options: nosniff',
    'connection: close',
    '',
    body,
  ].join('\r\n');
}
