import rateLimit from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access, App, CallLimit } from '../base/app-types.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import { addProblems } from '../problems/problem-schema.ts';

/** Who is counted at most, for each limit; beyond that the one that was seen longest ago is forgotten. */
const MOST_CALLERS = 20_000;
const MINUTE_MS = 60_000;

const BY_ACCESS: Readonly<Partial<Record<Access, CallLimit>>> = {
  'ops:read': { policy: 'ops-read', perMinute: 600 },
  'ops:write': { policy: 'ops-write', perMinute: 300 },
  metrics: { policy: 'metrics', perMinute: 600 },
};

/** For every change that has no limit of its own. */
const CHANGES: CallLimit = { policy: 'changes', perMinute: 600 };
/** For all that a user reads. A dashboard asks once a second at most, and only in the tab that is seen. */
const READS: CallLimit = { policy: 'reads', perMinute: 6_000 };
/** A stream stays open: this many begin only where something goes wrong. */
const STREAMS: CallLimit = { policy: 'streams', perMinute: 600 };
/** For what looks through many records at once, with a search that reads them all. */
export const LISTS: CallLimit = { policy: 'lists', perMinute: 1_800 };

/** Counts a call and tells so in the headers; defined once it has answered that it is one too many. */
export type Limiter = (request: FastifyRequest, reply: FastifyReply) => Promise<FastifyReply | undefined>;

/**
 * Makes routes refuse what is more than their limit, with 429 and `Retry-After`. Every answer of such a route tells how much
 * is left, in `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
 */
export function registerRateLimits(app: App): void {
  const limiters = new Map<string, Limiter>();
  app.addHook('onRoute', (route) => {
    const { access, callLimit, deadlineMs } = route.config ?? {};
    const limit = callLimit ?? defaultLimit(access, String(route.method), deadlineMs === null);
    if (limit === null) return;
    addProblems(route, 429);
    const limiter = limiters.get(limit.policy) ?? createLimiter(app, limit);
    limiters.set(limit.policy, limiter);
    const hooks = [route.onRequest ?? []].flat();
    route.onRequest = [...hooks, limiter];
  });
}

/** Provides what counts calls. Before the routes that are to be limited. */
export async function registerCounters(app: App): Promise<void> {
  await app.register(rateLimit, { global: false, cache: MOST_CALLERS });
}

/** Counts by user, for a minute from each one's first call on. */
export function createLimiter(app: App, { policy, perMinute }: CallLimit): Limiter {
  const ask = app.createRateLimit({
    max: perMinute,
    timeWindow: MINUTE_MS,
    keyGenerator: ({ principal }) => {
      if (principal === null) throw new TypeError('only calls of somebody who is recognised are counted');
      return principal.userId;
    },
  });
  return async (request, reply) => {
    const found = await ask(request);
    // It tells nothing more only of those on a list of the allowed, which there is none of.
    if (found.isAllowed) throw new TypeError('a caller is exempt from a limit that knows no exemption');
    const resetSeconds = Math.max(1, found.ttlInSeconds);
    reply.header('ratelimit-policy', `"${policy}";q=${String(perMinute)};w=${String(MINUTE_MS / 1_000)}`);
    reply.header('ratelimit', `"${policy}";r=${String(found.remaining)};t=${String(resetSeconds)}`);
    return found.isExceeded ? sendProblem(reply, tooManyCalls({ resetSeconds })) : undefined;
  };
}

export function tooManyCalls({ resetSeconds }: { readonly resetSeconds: number }): Problem {
  return {
    code: 'RATE_LIMITED',
    status: 429,
    detail: 'Wait before the next request.',
    retryable: true,
    retryAfterSeconds: resetSeconds,
  };
}

function defaultLimit(access: Access | undefined, method: string, isStream: boolean): CallLimit | null {
  const ofAccess = access === undefined ? undefined : BY_ACCESS[access];
  if (ofAccess !== undefined) return ofAccess;
  if (access !== 'user') return null;
  if (method !== 'GET' && method !== 'HEAD') return CHANGES;
  return isStream ? STREAMS : READS;
}
