import type { App, AppDeps } from './base/app-types.ts';

/** One line for each request: the route's pattern, never its path, which holds ids of people's records. */
export function registerRequestLog(app: App, { logger }: Pick<AppDeps, 'logger'>): void {
  app.addHook('onResponse', async (request, reply) => {
    logger.debug('http.request', {
      requestId: request.id,
      method: request.method,
      route: request.routeOptions.url ?? 'none',
      status: reply.statusCode,
      durationMs: Math.round(reply.elapsedTime),
      userId: request.principal?.userId,
    });
  });
}
