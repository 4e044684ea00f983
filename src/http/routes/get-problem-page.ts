import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { PLAIN_PAGE_STYLE, PLAIN_PAGE_STYLE_PATH } from './plain-page.ts';
import { NOT_FOUND_PROBLEM, sendProblem } from '../problems/problem.ts';
import { problems } from '../problems/problem-schema.ts';

const CACHE = 'public, max-age=3600';

/** Serves the page of each problem, and the one style of all plain pages. */
export function getProblemPage(app: App, pages: ReadonlyMap<string, string>): void {
  app.get(
    '/problems/:code',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getProblemPage',
        summary: 'What a problem means, who can fix it and what to do',
        tags: ['service'],
        security: [],
        params: Type.Object({ code: Type.String() }),
        response: {
          200: { description: 'A page.', content: { 'text/html': { schema: Type.String() } } },
          ...problems(404),
        },
      },
    },
    async (request, reply) => {
      const page = pages.get(request.params.code);
      if (page === undefined) return sendProblem(reply, NOT_FOUND_PROBLEM);
      return reply.type('text/html; charset=utf-8').header('cache-control', CACHE).send(page);
    },
  );
  app.get(
    PLAIN_PAGE_STYLE_PATH,
    { config: { access: 'public' }, schema: { hide: true } },
    async (_request, reply) =>
      reply.type('text/css; charset=utf-8').header('cache-control', CACHE).send(PLAIN_PAGE_STYLE),
  );
}
