import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AppDeps } from './base/app-types.ts';

/** Node looks for slow callers every half a minute by itself. */
const TIMEOUTS = { requestTimeout: 10_000, headersTimeout: 5_000, connectionsCheckingInterval: 2_000 };

/**
 * A server for `/metrics` alone, without a token, for a port of its own. It does not listen yet. Whoever can reach it reads
 * them: they hold no personal data.
 */
export function buildMetricsListener({ metrics }: Pick<AppDeps, 'metrics'>): Server {
  const server = createServer({ ...TIMEOUTS }, (request, response) => {
    const path = request.url?.split('?')[0];
    if (request.method !== 'GET' || path !== '/metrics') {
      answer(response, 404, 'text/plain; charset=utf-8', 'Only GET /metrics is here.\n');
      return;
    }
    metrics.render().then(
      (text) => answer(response, 200, metrics.contentType, text),
      () => answer(response, 500, 'text/plain; charset=utf-8', 'The metrics could not be collected.\n'),
    );
  });
  return server;
}

function answer(response: ServerResponse, status: number, type: string, text: string): void {
  response.writeHead(status, { 'content-type': type, 'cache-control': 'no-store' }).end(text);
}
