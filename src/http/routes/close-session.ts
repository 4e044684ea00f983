import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import type { RouteDeps } from './route-deps.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { clearSessionCookie } from '../access/session-cookie.ts';
import { problems } from '../problems/problem-schema.ts';

export function closeSession(app: App, { sessions }: RouteDeps): void {
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
      if (request.sessionId !== null) sessions.close(request.sessionId);
      clearSessionCookie(request, reply);
      return reply.code(204).send(null);
    },
  );
}
