import type { App } from '../base/app-types.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';

const TOO_SLOW: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'The answer took too long. What was asked for may still happen.',
  reason: 'timed_out',
  retryable: true,
};

declare module 'fastify' {
  interface FastifyRequest {
    /** The deadline has answered in place of the handler, which may still be at work. */
    timedOut: boolean;
  }
}

/**
 * Answers for a handler that doesn't in time. Fastify's own `handlerTimeout` (5.12) gives up watching as soon as a request's
 * body was read, so it would miss every POST.
 */
export function registerDeadlines(app: App, defaultMs: number): void {
  const timers = new WeakMap<object, NodeJS.Timeout>();
  app.decorateRequest('timedOut', false);
  app.addHook('onRequest', async (request, reply) => {
    const { deadlineMs = defaultMs } = request.routeOptions.config;
    if (deadlineMs === null) return;
    const timer = setTimeout(() => {
      if (reply.sent) return;
      request.timedOut = true;
      void sendProblem(reply, TOO_SLOW);
    }, deadlineMs);
    timers.set(request, timer);
  });
  // Once an answer is on its way it may still wait for the store: nobody else is to answer then.
  app.addHook('onSend', (request, _reply, payload, done) => {
    clearTimeout(timers.get(request));
    done(null, payload);
  });
  app.addHook('onResponse', async (request) => {
    clearTimeout(timers.get(request));
  });
}
