import rateLimit from '@fastify/rate-limit';
import type { FastifyRequest } from 'fastify';
import type { App } from './app-types.ts';

const MOST_CALLERS = 20_000;
const MINUTE_MS = 60_000;

/** Makes routes with `perUserAndMinute` refuse what is more than that, with 429 and `Retry-After`. */
export async function registerRateLimits(app: App): Promise<void> {
  await app.register(rateLimit, {
    global: false,
    cache: MOST_CALLERS,
    keyGenerator: callerOf,
    // The error handler writes the answer; the plugin has set the headers by then.
    errorResponseBuilder: () => Object.assign(new Error('Too many requests'), { statusCode: 429 }),
  });
}

/** A route's limit: calls that one user (one address, on public routes) may make in a minute. */
export function perUserAndMinute(max: number) {
  return { max, timeWindow: MINUTE_MS };
}

function callerOf(request: FastifyRequest): string {
  return request.principal === null ? `ip ${request.ip}` : `user ${request.principal.userId}`;
}
