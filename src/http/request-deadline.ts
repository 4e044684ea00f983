import type { App } from './app-types.ts';
import { type Problem, sendProblem } from './problem.ts';

const TOO_SLOW: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'The answer took too long. What was asked for may still happen.',
  reason: 'timed_out',
  retryable: true,
};

/**
 * Answers for a handler that doesn't in time. Fastify's own `handlerTimeout` (5.12) gives up watching as soon as a request's
 * body was read, so it would miss every POST.
 */
export function registerDeadlines(app: App, defaultMs: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  app.addHook('onRequest', async (request, reply) => {
    const { deadlineMs = defaultMs } = request.routeOptions.config;
    if (deadlineMs === null) return;
    const timer = setTimeout(() => {
      if (!reply.sent) void sendProblem(reply, TOO_SLOW);
    }, deadlineMs);
    timers.set(request, timer);
  });
  app.addHook('onResponse', async (request) => {
    clearTimeout(timers.get(request));
  });
}
