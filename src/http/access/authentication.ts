import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../auth/principal.ts';
import type { Access, App, Authorities } from '../base/app-types.ts';
import type { SignIns } from './failed-sign-ins.ts';
import { AUTH_REQUIRED_PROBLEM, type Problem, sendProblem } from '../problems/problem.ts';
import { isSameOrigin } from './same-origin.ts';
import { sessionIdOf } from './session-cookie.ts';

/** Nothing is known about the token: the issuer's keys can't be had. */
const KEYS_UNAVAILABLE: Problem = {
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

type Deps = Authorities & { readonly signIns: Pick<SignIns, 'failed'> };

const NOBODY = { ok: false, problem: AUTH_REQUIRED_PROBLEM } as const;

/** Lets only those in whom a route's declared access admits, before anything of the body is read. */
export function registerAuthentication(app: App, deps: Deps): void {
  app.decorateRequest('principal', null);
  app.decorateRequest('sessionId', null);
  app.addHook('onRequest', async (request, reply) => {
    const { access } = request.routeOptions.config;
    if (request.is404 || access === 'public') return;
    const identity = await identify(request, deps);
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
function bearerToken(header: string | undefined): string | null {
  return /^Bearer +([^\s]+) *$/i.exec(header ?? '')?.[1] ?? null;
}

async function identify(request: FastifyRequest, deps: Deps): Promise<Identity> {
  const { sessions, signIns } = deps;
  const { authorization } = request.headers;
  if (authorization !== undefined) {
    const identity = await identifyByToken(request, deps);
    return identity.ok ? { ...identity, sessionId: null } : identity;
  }
  const sessionId = sessionIdOf(request);
  if (sessionId === null) return NOBODY;
  const principal = sessions.find(sessionId);
  if (principal !== null) return { ok: true, principal, sessionId };
  return { ok: false, problem: signIns.failed(request, { kind: 'session', text: sessionId }) };
}

/** Who the `Authorization` header says that it is, if it proves it. */
export async function identifyByToken(
  request: FastifyRequest,
  { verifier, signIns }: Pick<Deps, 'verifier' | 'signIns'>,
): Promise<{ readonly ok: true; readonly principal: Principal } | Extract<Identity, { ok: false }>> {
  const token = bearerToken(request.headers.authorization);
  if (token === null) return NOBODY;
  const verified = await verifier.verify(token);
  if (verified.ok) return verified;
  const { reason: fault } = verified;
  if (fault === 'keys_unavailable') return { ok: false, problem: KEYS_UNAVAILABLE };
  return { ok: false, problem: signIns.failed(request, { kind: 'token', text: token, fault }) };
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
