import type { Socket } from 'node:net';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { App, AppDeps } from '../base/app-types.ts';
import { errorProblem } from './error-problem.ts';
import { NOT_FOUND_PROBLEM, type Problem, rawProblem, sendProblem } from './problem.ts';

const SURPRISE: Problem = {
  code: 'INTERNAL',
  status: 500,
  detail: 'The service failed. Name the requestId when you report it.',
};

type Reports = Pick<AppDeps, 'logger'>;

/** Turns whatever a route or the framework throws into a problem; only a surprise is logged, with its request id. */
export function answerError(
  error: unknown,
  request: FastifyRequest,
  reply: FastifyReply,
  { logger }: Reports,
) {
  const problem = errorProblem(error);
  if (problem === null) {
    const { name, message, stack } = error instanceof Error ? error : new Error(String(error));
    logger.error('http.failed', {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url,
      errorName: name,
      errorMessage: message,
      errorStack: stack,
    });
  }
  return sendProblem(reply, problem ?? SURPRISE);
}

/** Unknown routes are problems, too. */
export function registerErrorHandling(app: App, reports: Reports): void {
  app.setErrorHandler((error, request, reply) => answerError(error, request, reply, reports));
  app.setNotFoundHandler((_request, reply) => sendProblem(reply, NOT_FOUND_PROBLEM));
}

/** Answers what is no HTTP, or too slow or too long to become a request. */
export function answerClientError(error: Error & { code?: string }, socket: Socket, requestId: string): void {
  if (error.code === 'ECONNRESET' || !socket.writable) {
    socket.destroy();
    return;
  }
  socket.end(rawProblem(clientProblem(error.code), requestId), () => socket.destroy());
}

function clientProblem(code: string | undefined): Problem {
  if (code === 'HPE_HEADER_OVERFLOW') {
    return { code: 'TOO_LARGE', status: 431, detail: 'The headers are larger than this service takes.' };
  }
  const status = code === 'ERR_HTTP_REQUEST_TIMEOUT' ? 408 : 400;
  return {
    code: 'VALIDATION_FAILED',
    status,
    detail: 'The request could not be read.',
    reason: 'unreadable',
  };
}
