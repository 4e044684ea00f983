import rateLimit, { normalizeIP } from '@fastify/rate-limit';
import type { FastifyReply, FastifyRequest } from 'fastify';
import type { Access, App, CallLimit } from '../base/app-types.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import { addProblems } from '../problems/problem-schema.ts';

/** Who is counted at most, for each limit; beyond that the one that was seen longest ago is forgotten. */
const MOST_CALLERS = 20_000;
const MINUTE_MS = 60_000;
/** An IPv6 customer has at least this much, so that single addresses of it say nothing. */
const IPV6_PREFIX = 64;

const BY_ACCESS: Readonly<Partial<Record<Access, CallLimit>>> = {
  'ops:read': { policy: 'ops-read', perMinute: 600 },
  'ops:write': { policy: 'ops-write', perMinute: 300 },
};

/** For every change that has no limit of its own. */
const CHANGES: CallLimit = { policy: 'changes', perMinute: 600 };

/** How many of a limit's calls are left, and in how many seconds all are again. */
interface Count {
  readonly remaining: number;
  readonly resetSeconds: number;
  readonly exceeded: boolean;
}

export interface Counter {
  /** Counts a call. */
  count(request: FastifyRequest): Promise<Count>;
  /** What stands, without counting. */
  read(request: FastifyRequest): Promise<Count>;
}

/**
 * Makes routes refuse what is more than their limit, with 429 and `Retry-After`. Every answer of such a route tells how much
 * is left, in `RateLimit-Policy` and `RateLimit` (draft-ietf-httpapi-ratelimit-headers-10).
 */
export function registerRateLimits(app: App): void {
  const counters = new Map<string, Counter>();
  app.addHook('onRoute', (route) => {
    const { access, callLimit } = route.config ?? {};
    const limit = callLimit ?? defaultLimit(access, String(route.method));
    if (limit === null) return;
    addProblems(route, 429);
    const counter = counters.get(limit.policy) ?? createCounter(app, limit.perMinute, callerOf);
    counters.set(limit.policy, counter);
    const hooks = [route.onRequest ?? []].flat();
    route.onRequest = [...hooks, (request, reply) => apply(limit, counter, request, reply)];
  });
}

/** Provides what counts calls. Before the routes that are to be limited. */
export async function registerCounters(app: App): Promise<void> {
  await app.register(rateLimit, { global: false, cache: MOST_CALLERS });
}

/** Counts by whatever `keyOf` says, for a minute from each one's first call on. */
export function createCounter(app: App, max: number, keyOf: (request: FastifyRequest) => string): Counter {
  const ask = app.createRateLimit({ max, timeWindow: MINUTE_MS, keyGenerator: keyOf });
  const counted = async (request: FastifyRequest, increment: boolean): Promise<Count> => {
    const found = await ask(request, { increment });
    // It tells nothing more only of those on a list of the allowed, which there is none of.
    if (found.isAllowed) throw new TypeError('a caller is exempt from a limit that knows no exemption');
    // Read before it is counted, a call is refused when the next would be one too many.
    const exceeded = increment ? found.isExceeded : found.remaining === 0;
    return { remaining: found.remaining, resetSeconds: Math.max(1, found.ttlInSeconds), exceeded };
  };
  return { count: (request) => counted(request, true), read: (request) => counted(request, false) };
}

/** The caller's address; of IPv6 the part that names a customer. */
export function addressOf(request: FastifyRequest): string {
  return normalizeIP(request.ip, IPV6_PREFIX);
}

export function tooManyCalls({ resetSeconds }: Pick<Count, 'resetSeconds'>): Problem {
  return {
    code: 'RATE_LIMITED',
    status: 429,
    detail: 'Wait before the next request.',
    retryable: true,
    retryAfterSeconds: resetSeconds,
  };
}

function defaultLimit(access: Access | undefined, method: string): CallLimit | null {
  const ofAccess = access === undefined ? undefined : BY_ACCESS[access];
  if (ofAccess !== undefined) return ofAccess;
  return access === 'user' && method !== 'GET' && method !== 'HEAD' ? CHANGES : null;
}

async function apply(
  { policy, perMinute }: CallLimit,
  counter: Counter,
  request: FastifyRequest,
  reply: FastifyReply,
): Promise<unknown> {
  const count = await counter.count(request);
  const { remaining, resetSeconds } = count;
  reply.header('ratelimit-policy', `"${policy}";q=${String(perMinute)};w=${String(MINUTE_MS / 1_000)}`);
  reply.header('ratelimit', `"${policy}";r=${String(remaining)};t=${String(resetSeconds)}`);
  return count.exceeded ? sendProblem(reply, tooManyCalls(count)) : undefined;
}

function callerOf(request: FastifyRequest): string {
  return request.principal === null ? `ip ${addressOf(request)}` : `user ${request.principal.userId}`;
}
