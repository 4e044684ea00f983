import cookie from '@fastify/cookie';
import helmet from '@fastify/helmet';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import fastify, { type FastifyHttpOptions, type RawServerDefault } from 'fastify';
import { registerAuthentication } from './access/authentication.ts';
import { createClientAddress } from './access/client-address.ts';
import { createSignIns } from './access/failed-sign-ins.ts';
import { createLimiter, registerCounters, registerRateLimits } from './access/rate-limits.ts';
import { refuseOtherMethods } from './access/refuse-other-methods.ts';
import { registerTurns } from './access/turns.ts';
import { requireDeclaredAccess } from './access/route-access.ts';
import type { App, AppDeps, HttpTimeouts } from './base/app-types.ts';
import { answerClientError, answerError, registerErrorHandling } from './problems/error-handling.ts';
import { registerAudit } from './requests/audit.ts';
import { BODY_LIMITS } from './base/body-limits.ts';
import { createLazyCompilers, type LazyCompilers } from './base/lazy-compilers.ts';
import { registerBodyParsing } from './requests/body-parsing.ts';
import { answerRepetitions, keepAnswers } from './requests/idempotency.ts';
import { registerDeadlines } from './requests/request-deadline.ts';
import {
  boundedUrl,
  boundUnreadBodies,
  refuseBodiesOfReads,
  refuseLongUrls,
} from './requests/oversized-requests.ts';
import { registerOpenApi } from './routes/openapi.ts';
import { getDashboard, getProblemPage } from './routes/pages.ts';
import { registerRoutes } from './routes/routes.ts';
import { createEventStreams } from './streams/event-streams.ts';

const HEADER_LIMIT = 16 * 1_024;
/** Zena's ids have up to 256 bytes, each of which may stand as three in a path. */
const PARAM_LIMIT = 1_024;
const DEADLINE_MS = 30_000;
/** Of all callers together, behind a proxy all of its. Each may hold a stream or a slow answer. */
const MOST_CONNECTIONS = 4_000;
/** Sessions that one user may open in a minute. */
const SESSIONS = { policy: 'sessions', perMinute: 300 };
const TIMEOUTS: HttpTimeouts = { headersMs: 15_000, requestMs: 30_000, checkEveryMs: 2_000 };
const IDLE_MS = 120_000;

/** What a page of this service may load: its own scripts, styles and data, and nothing else. */
const CONTENT_SECURITY_POLICY = {
  useDefaults: false,
  directives: {
    defaultSrc: ["'none'"],
    scriptSrc: ["'self'"],
    styleSrc: ["'self'"],
    imgSrc: ["'self'", 'data:'],
    fontSrc: ["'self'"],
    connectSrc: ["'self'"],
    manifestSrc: ["'self'"],
    baseUri: ["'none'"],
    formAction: ["'self'"],
    frameAncestors: ["'none'"],
  },
};

/**
 * Builds the HTTP server without listening. Its `close` ends the open event streams first and lets the other requests finish.
 *
 * @throws when a problem's page is missing or a route declares no access.
 */
export async function buildApp(deps: AppDeps): Promise<App> {
  const { settings } = deps;
  const compilers = createLazyCompilers();
  const app: App = fastify(serverOptions(deps, compilers)).withTypeProvider<TypeBoxTypeProvider>();
  compilers.registerOn(app);
  app.server.maxConnections = MOST_CONNECTIONS;
  requireDeclaredAccess(app);
  registerErrorHandling(app, deps);
  registerRequestLog(app, deps);
  registerDeadlines(app, DEADLINE_MS);
  await registerSecurityHeaders(app);
  refuseLongUrls(app);
  refuseOtherMethods(app);
  // Cookies are only written by it: reading takes one of them, not all.
  await app.register(cookie, { hook: false });
  await registerCounters(app);
  const addressOf = createClientAddress(settings.trustProxy);
  const signIns = createSignIns(deps.clock, addressOf, createLimiter(app, SESSIONS));
  registerAuthentication(app, { ...deps.auth, signIns });
  registerRateLimits(app);
  registerTurns(app);
  registerBodyParsing(app);
  refuseBodiesOfReads(app);
  boundUnreadBodies(app);
  answerRepetitions(app, deps);
  registerAudit(app, deps);
  keepAnswers(app, deps);
  await registerOpenApi(app, settings.version.version);
  registerRoutes(app, { ...deps, signIns, streams: createEventStreams(app, deps) });
  await getProblemPage(app);
  await getDashboard(app, settings.dashboardDir);
  await app.ready();
  return app;
}

function serverOptions(deps: AppDeps, { factories }: LazyCompilers): FastifyHttpOptions<RawServerDefault> {
  const { random, settings } = deps;
  const { headersMs, requestMs, checkEveryMs } = { ...TIMEOUTS, ...settings.timeouts };
  return {
    logger: false,
    rewriteUrl: boundedUrl,
    genReqId: () => random.uuid(),
    requestIdHeader: false,
    trustProxy: false,
    // Each route that takes a body declares its own.
    bodyLimit: BODY_LIMITS.none,
    requestTimeout: requestMs,
    // Of silence: nothing is written while a full sync is waited for.
    connectionTimeout: Math.max(IDLE_MS, 2 * settings.syncWaitMs),
    http: {
      maxHeaderSize: HEADER_LIMIT,
      headersTimeout: headersMs,
      // Node looks every half a minute by itself, which would let who is slow stay three times as long.
      connectionsCheckingInterval: checkEveryMs,
    },
    forceCloseConnections: 'idle',
    // What still comes on an open connection is served: the store is closed after this server.
    return503OnClosing: false,
    onProtoPoisoning: 'error',
    onConstructorPoisoning: 'error',
    routerOptions: { maxParamLength: PARAM_LIMIT },
    schemaController: { compilersFactory: factories },
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        // The first fault says enough; a body made of faults would make one for each of its members.
        allErrors: false,
        strict: true,
      },
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply, deps),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, random.uuid()),
  };
}

/** One line for each request: the route's pattern, never its path, which holds ids of people's records. */
function registerRequestLog(app: App, { logger }: Pick<AppDeps, 'logger'>): void {
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

/** Sets the security headers; nothing is cached unless a route says so. */
async function registerSecurityHeaders(app: App): Promise<void> {
  await app.register(helmet, {
    contentSecurityPolicy: CONTENT_SECURITY_POLICY,
    referrerPolicy: { policy: 'no-referrer' },
    xFrameOptions: { action: 'deny' },
  });
  app.addHook('onRequest', async (request, reply) => {
    reply.header('x-request-id', request.id).header('cache-control', 'no-store');
  });
}
