import cookie from '@fastify/cookie';
import fastify, { type FastifyHttpOptions, type RawServerDefault } from 'fastify';
import type { TypeBoxTypeProvider } from '@fastify/type-provider-typebox';
import type { App, AppDeps, HttpTimeouts } from './base/app-types.ts';
import { registerAudit } from './requests/audit.ts';
import { registerAuthentication } from './access/authentication.ts';
import { registerBodyParsing } from './requests/body-parsing.ts';
import { answerClientError, answerError, registerErrorHandling } from './problems/error-handling.ts';
import { createEventStreams } from './streams/event-streams.ts';
import { createFailedSignIns } from './access/failed-sign-ins.ts';
import { answerRepetitions, keepAnswers } from './requests/idempotency.ts';
import { registerOpenApi } from './routes/openapi.ts';
import { loadProblemPages } from './routes/problem-pages.ts';
import { registerCounters, registerRateLimits } from './access/rate-limits.ts';
import { registerDeadlines } from './requests/request-deadline.ts';
import { registerRequestLog } from './request-log.ts';
import { requireDeclaredAccess } from './access/route-access.ts';
import { getDashboard } from './routes/get-dashboard.ts';
import { getProblemPage } from './routes/get-problem-page.ts';
import { registerRoutes } from './routes/routes.ts';
import { registerSecurityHeaders } from './security-headers.ts';

const BODY_LIMIT = 1_024 * 1_024;
const HEADER_LIMIT = 16 * 1_024;
/** Zena's ids have up to 256 bytes, each of which may stand as three in a path. */
const PARAM_LIMIT = 1_024;
const DEADLINE_MS = 30_000;
const TIMEOUTS: HttpTimeouts = { headersMs: 15_000, requestMs: 30_000, checkEveryMs: 2_000 };
const IDLE_MS = 120_000;

/**
 * Builds the HTTP server without listening. Its `close` ends the open event streams first and lets the other requests finish.
 *
 * @throws when a problem's page is missing or a route declares no access.
 */
export async function buildApp(deps: AppDeps): Promise<App> {
  const app: App = fastify(serverOptions(deps)).withTypeProvider<TypeBoxTypeProvider>();
  requireDeclaredAccess(app);
  registerErrorHandling(app, deps);
  registerRequestLog(app, deps);
  registerDeadlines(app, DEADLINE_MS);
  await registerSecurityHeaders(app);
  await app.register(cookie);
  await registerCounters(app);
  const signIns = createFailedSignIns(app, deps.clock);
  registerAuthentication(app, { ...deps, signIns });
  registerRateLimits(app);
  registerBodyParsing(app);
  answerRepetitions(app, deps);
  registerAudit(app, deps);
  keepAnswers(app, deps);
  await registerOpenApi(app, deps.version.version);
  registerRoutes(app, { ...deps, signIns, streams: createEventStreams(app, deps) });
  getProblemPage(app, await loadProblemPages());
  await getDashboard(app, deps.dashboardDir);
  await app.ready();
  return app;
}

function serverOptions(deps: AppDeps): FastifyHttpOptions<RawServerDefault> {
  const { random, syncWaitMs } = deps;
  const { headersMs, requestMs, checkEveryMs } = { ...TIMEOUTS, ...deps.timeouts };
  return {
    logger: false,
    genReqId: () => random.uuid(),
    requestIdHeader: false,
    trustProxy: false,
    bodyLimit: BODY_LIMIT,
    requestTimeout: requestMs,
    // Of silence: nothing is written while a full sync is waited for.
    connectionTimeout: Math.max(IDLE_MS, 2 * syncWaitMs),
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
    ajv: {
      customOptions: {
        coerceTypes: false,
        removeAdditional: false,
        useDefaults: false,
        allErrors: true,
        strict: true,
      },
    },
    frameworkErrors: (error, request, reply) => void answerError(error, request, reply, deps),
    clientErrorHandler: (error, socket) => answerClientError(error, socket, random.uuid()),
  };
}
