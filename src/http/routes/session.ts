import type { FastifyRequest } from 'fastify';
import Type from 'typebox';
import type { Principal } from '../../auth/principal.ts';
import { identifyByToken } from '../access/authentication.ts';
import { isForeignOrigin } from '../access/same-origin.ts';
import { clearSessionCookie, sessionIdOf, setSessionCookie } from '../access/session-cookie.ts';
import type { App } from '../base/app-types.ts';
import { problems } from '../problems/problem-schema.ts';
import { AUTH_REQUIRED_PROBLEM, type Problem, sendProblem } from '../problems/problem.ts';
import { noteAct } from '../requests/audit.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { Timestamp, timestamp } from '../views/scalars.ts';
import type { RouteDeps } from './route-deps.ts';

const SessionBody = Type.Object(
  { code: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'A one-time code.' })) },
  { additionalProperties: false },
);

const SessionSchema = Type.Object({
  userId: Type.String(),
  scopes: Type.Array(Type.String()),
  expiresAt: Timestamp,
});

const FOREIGN_PAGE: Problem = {
  code: 'FORBIDDEN',
  status: 403,
  detail: 'A session is opened by a page of this service only.',
  reason: 'cross_site',
};

export function openSession(app: App, { auth, signIns }: Pick<RouteDeps, 'auth' | 'signIns'>): void {
  app.post(
    '/api/session',
    {
      bodyLimit: BODY_LIMITS.names,
      config: { access: 'public', audit: 'open_session' },
      // No body is as good as an empty one: the token may stand in the header.
      preValidation: async (request) => {
        request.body ??= {};
      },
      schema: {
        operationId: 'openSession',
        summary: 'Turn an access token or a one-time code into a session cookie',
        tags: ['session'],
        security: [{ bearer: [] }, {}],
        querystring: NO_QUERY,
        body: SessionBody,
        response: { 201: SessionSchema, ...problems(400, 401, 403, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      if (isForeignOrigin(request.headers)) return sendProblem(reply, FOREIGN_PAGE);
      const caller = await identify(request, request.body.code, { auth, signIns });
      if (!caller.ok) return sendProblem(reply, caller.problem);
      request.principal = caller.principal;
      // By who signs in: by address, one visitor could keep all from signing in who share it.
      if (await signIns.refused(request, reply)) return reply;
      noteAct(request, { principal: caller.principal });
      const session = auth.sessions.open(caller.principal);
      if (session === null) return sendProblem(reply, AUTH_REQUIRED_PROBLEM);
      // Its cookie is replaced: nobody is left who could end it.
      const former = sessionIdOf(request);
      if (former !== null) auth.sessions.close(former);
      setSessionCookie(request, reply, session.sessionId, session.expiresAt);
      const { userId, scopes } = caller.principal;
      return reply.code(201).send({ userId, scopes: [...scopes], expiresAt: timestamp(session.expiresAt) });
    },
  );
}

type Caller = { ok: true; principal: Principal } | { ok: false; problem: Problem };

/** A code in the body decides when there is one: who sends it wants that session, whatever header a client adds always. */
async function identify(
  request: FastifyRequest,
  code: string | undefined,
  { auth, signIns }: Pick<RouteDeps, 'auth' | 'signIns'>,
): Promise<Caller> {
  if (code === undefined) return identifyByToken(request, { verifier: auth.verifier, signIns });
  const principal = auth.sessions.redeemCode(code);
  if (principal !== null) return { ok: true, principal };
  return { ok: false, problem: signIns.failed(request, { kind: 'code', text: code }) };
}

export function closeSession(app: App, { auth }: Pick<RouteDeps, 'auth'>): void {
  app.delete(
    '/api/session',
    {
      config: { access: 'user', audit: 'close_session' },
      schema: {
        operationId: 'closeSession',
        summary: 'Sign out: the session ends, here and in its open streams',
        tags: ['session'],
        querystring: NO_QUERY,
        response: { 204: Type.Null({ description: 'Signed out.' }), ...problems(401, 403) },
      },
    },
    async (request, reply) => {
      if (request.sessionId !== null) auth.sessions.close(request.sessionId);
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );
}
