import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AppDeps } from './base/app-types.ts';
import {
  methodNotAllowed,
  NOT_FOUND_PROBLEM,
  type Problem,
  PROBLEM_TYPE,
  problemBody,
} from './problems/problem.ts';

/** Node looks for slow callers every half a minute by itself. */
const TIMEOUTS = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 2_000 };

const METHODS = ['GET', 'HEAD'];

/**
 * A server for `/metrics` alone, without a token, for a port of its own. It does not listen yet. Whoever can reach it reads
 * them: they hold no personal data.
 */
export function buildMetricsListener({ metrics, random }: Pick<AppDeps, 'metrics' | 'random'>): Server {
  const server = createServer({ ...TIMEOUTS }, (request, response) => {
    const path = request.url?.split('?')[0];
    if (path !== '/metrics') {
      refuse(response, NOT_FOUND_PROBLEM, random.uuid());
      return;
    }
    if (!METHODS.includes(request.method ?? '')) {
      response.setHeader('allow', METHODS.join(', '));
      refuse(response, methodNotAllowed(METHODS), random.uuid());
      return;
    }
    // Of HEAD, Node sends the headers alone.
    metrics.render().then(
      (text) => answer(response, 200, metrics.contentType, text),
      () => answer(response, 500, 'text/plain; charset=utf-8', 'The metrics could not be collected.\n'),
    );
  });
  return server;
}

function refuse(response: ServerResponse, problem: Problem, requestId: string): void {
  answer(response, problem.status, PROBLEM_TYPE, JSON.stringify(problemBody(problem, requestId)));
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}
