import type { FastifyRequest } from 'fastify';
import type { Principal } from '../auth/principal.ts';
import type { Access, App, AppDeps } from './app-types.ts';
import { type Problem, sendProblem } from './problem.ts';
import { isSameOrigin } from './same-origin.ts';
import { sessionIdOf } from './session-cookie.ts';

/** The same for every way of not being signed in, so that nothing can be learned by trying. */
export const AUTH_REQUIRED: Problem = {
  code: 'AUTH_REQUIRED',
  status: 401,
  detail: 'Send a valid access token as "Authorization: Bearer", or sign in.',
};

/** Nothing is known about the token: the issuer's keys can't be had. */
export const KEYS_UNAVAILABLE: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'The access token cannot be checked at the moment.',
  reason: 'token_keys_unavailable',
  retryable: true,
  retryAfterSeconds: 5,
};

const FOREIGN_PAGE: Problem = {
  code: 'FORBIDDEN',
  status: 403,
  detail: 'A change with the session cookie needs the same origin and the header "X-Zena-CRM: 1".',
  reason: 'cross_site',
};

type Identity =
  | { readonly ok: true; readonly principal: Principal; readonly sessionId: string | null }
  | { readonly ok: false; readonly problem: Problem };

type Authorities = Pick<AppDeps, 'verifier' | 'sessions'>;

/** Lets only those in whom a route's declared access admits, before anything of the body is read. */
export function registerAuthentication(app: App, authorities: Authorities): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('sessionId', null);
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (request.is404 || access === 'public') return;
    const identity = await identify(request, authorities);
    if (!identity.ok) return sendProblem(reply, identity.problem);
    const refusal = refusalOf(request, identity, access);
    if (refusal !== null) return sendProblem(reply, refusal);
    request.principal = identity.principal;
    request.sessionId = identity.sessionId;
  });
}

/** Who calls a route that isn't public. */
export function principalOf(request: { readonly principal: Principal | null }): Principal {
  if (request.principal === null) throw new TypeError('This route is public: nobody has been recognised');
  return request.principal;
}

/** The token of an `Authorization: Bearer` header, or null. */
export function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1] ?? null;
}

async function identify(request: FastifyRequest, { verifier, sessions }: Authorities): Promise<Identity> {
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const token = bearerToken(authorization);
    const verified = token === null ? null : await verifier.verify(token);
    if (verified?.ok === true) return { ok: true, principal: verified.principal, sessionId: null };
    const unknown = verified?.reason === 'keys_unavailable';
    return { ok: false, problem: unknown ? KEYS_UNAVAILABLE : AUTH_REQUIRED };
  }
  const sessionId = sessionIdOf(request);
  const principal = sessionId === null ? null : sessions.find(sessionId);
  return principal === null ? { ok: false, problem: AUTH_REQUIRED } : { ok: true, principal, sessionId };
}

function refusalOf(
  request: FastifyRequest,
  { principal, sessionId }: Extract<Identity, { ok: true }>,
  access: Access | undefined,
): Problem | null {
  if (sessionId !== null && isChange(request.method) && !isFromOurPage(request)) return FOREIGN_PAGE;
  if (access === undefined) throw new TypeError('A route without a declared access was registered');
  if (access === 'user' || access === 'public' || principal.scopes.has(access)) return null;
  return {
    code: 'FORBIDDEN',
    status: 403,
    detail: `This needs an access token with the scope ${access}.`,
    reason: 'scope_missing',
  };
}

function isChange(method: string): boolean {
  return method !== 'GET' && method !== 'HEAD';
}

function isFromOurPage({ headers }: FastifyRequest): boolean {
  return headers['x-zena-crm'] === '1' && isSameOrigin(headers);
}
