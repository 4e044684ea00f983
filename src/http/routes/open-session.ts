import Type from 'typebox';
import type { FastifyRequest } from 'fastify';
import type { Principal } from '../../auth/principal.ts';
import type { App, AppDeps } from '../app-types.ts';
import { AUTH_REQUIRED, bearerToken, KEYS_UNAVAILABLE } from '../authentication.ts';
import { type Problem, sendProblem } from '../problem.ts';
import { perUserAndMinute } from '../rate-limits.ts';
import type { RouteDeps } from '../route-deps.ts';
import { NO_QUERY } from '../route-schemas.ts';
import { isForeignOrigin } from '../same-origin.ts';
import { setSessionCookie } from '../session-cookie.ts';
import { nullable, Timestamp, timestamp } from '../views/scalars.ts';
import { problems } from '../views/problem-schema.ts';

const Body = nullable(
  Type.Object(
    { code: Type.Optional(Type.String({ minLength: 1, maxLength: 512, description: 'A one-time code.' })) },
    { additionalProperties: false },
  ),
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

export function openSession(app: App, { verifier, sessions }: RouteDeps): void {
  app.post(
    '/api/session',
    {
      config: { access: 'public', rateLimit: perUserAndMinute(300) },
      schema: {
        operationId: 'openSession',
        summary: 'Turn an access token or a one-time code into a session cookie',
        tags: ['session'],
        security: [{ bearer: [] }, {}],
        querystring: NO_QUERY,
        body: Body,
        response: { 201: SessionSchema, ...problems(400, 401, 403, 415, 429, 503) },
      },
    },
    async (request, reply) => {
      if (isForeignOrigin(request.headers)) return sendProblem(reply, FOREIGN_PAGE);
      const caller = await identify(request, request.body?.code, { verifier, sessions });
      if (!caller.ok) return sendProblem(reply, caller.problem);
      const session = sessions.open(caller.principal);
      if (session === null) return sendProblem(reply, AUTH_REQUIRED);
      setSessionCookie(request, reply, session.sessionId, session.expiresAt);
      const { userId, scopes } = caller.principal;
      return reply.code(201).send({ userId, scopes: [...scopes], expiresAt: timestamp(session.expiresAt) });
    },
  );
}

type Caller = { ok: true; principal: Principal } | { ok: false; problem: Problem };

/** A code in the body decides when there is one: who sends it wants that session, whatever header a client adds always. */
async function identify(
  request: Pick<FastifyRequest, 'headers'>,
  code: string | undefined,
  { verifier, sessions }: Pick<AppDeps, 'verifier' | 'sessions'>,
): Promise<Caller> {
  if (code !== undefined) {
    const principal = sessions.redeemCode(code);
    return principal === null ? { ok: false, problem: AUTH_REQUIRED } : { ok: true, principal };
  }
  const token = bearerToken(request.headers.authorization);
  if (token === null) return { ok: false, problem: AUTH_REQUIRED };
  const verified = await verifier.verify(token);
  if (verified.ok) return verified;
  const unknown = verified.reason === 'keys_unavailable';
  return { ok: false, problem: unknown ? KEYS_UNAVAILABLE : AUTH_REQUIRED };
}
