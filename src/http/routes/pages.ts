import { access, readFile } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { problems } from '../problems/problem-schema.ts';
import {
  NOT_FOUND_PROBLEM,
  PROBLEM_CODES,
  PROBLEM_TITLES,
  type ProblemCode,
  sendProblem,
} from '../problems/problem.ts';
import { escapeHtml, renderMarkdown } from './markdown.ts';

const PLAIN_PAGE_STYLE_PATH = '/problems/page.css';

const PLAIN_PAGE_STYLE = `:root { color-scheme: light dark; }
body { max-width: 42rem; margin: 3rem auto; padding: 0 1rem; font: 1rem/1.6 system-ui, sans-serif; }
h1 { font-size: 1.5rem; }
h2 { font-size: 1.1rem; margin-top: 2rem; }
code { font-family: ui-monospace, monospace; font-size: 0.95em; }
`;

/** A page around a body that is HTML already. */
export function plainPage(title: string, bodyHtml: string): string {
  return `<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>${escapeHtml(title)}</title>
<link rel="stylesheet" href="${PLAIN_PAGE_STYLE_PATH}">
</head>
<body>
<main>
${bodyHtml}
</main>
</body>
</html>
`;
}

const MISSING = plainPage(
  'The dashboard has not been built',
  `<h1>The dashboard has not been built</h1>
<p>The service runs; only this page is missing. Build it in the project's folder with <code>npm run build:dashboard</code>,
then load this page again. The API is described at <a href="/openapi.json">/openapi.json</a>.</p>`,
);

/** The dashboard's files: the page anew each time, what carries its hash in its name for ever. */
export async function getDashboard(app: App, dashboardDir: string): Promise<void> {
  const root = resolve(dashboardDir);
  await app.register(fastifyStatic, { root, serve: false, cacheControl: false });
  const hidden = { config: { access: 'public' }, schema: { hide: true } } as const;

  app.get('/', hidden, async (_request, reply) => {
    if (!(await exists(join(root, 'index.html'))))
      return reply.type('text/html; charset=utf-8').send(MISSING);
    return reply.header('cache-control', 'no-cache').sendFile('index.html');
  });
  for (const icon of ['favicon.ico', 'favicon.svg']) {
    app.get(`/${icon}`, hidden, async (_request, reply) =>
      reply.header('cache-control', 'public, max-age=3600').sendFile(icon),
    );
  }
  app.get(
    '/assets/*',
    { ...hidden, schema: { hide: true, params: Type.Object({ '*': Type.String() }) } },
    async (request, reply) =>
      reply
        .header('cache-control', 'public, max-age=31536000, immutable')
        .sendFile(request.params['*'], join(root, 'assets')),
  );
}

async function exists(file: string): Promise<boolean> {
  return access(file).then(
    () => true,
    () => false,
  );
}

const FOLDER = new URL('../../../docs/problems/', import.meta.url);

/** The page of each code, as HTML, made of `docs/problems/<code in kebab case>.md`. */
async function loadProblemPages(): Promise<ReadonlyMap<string, string>> {
  const pages = await Promise.all(PROBLEM_CODES.map(async (code) => [code, await loadPage(code)] as const));
  return new Map(pages);
}

async function loadPage(code: ProblemCode): Promise<string> {
  const file = `${code.toLowerCase().replaceAll('_', '-')}.md`;
  const source = await readFile(new URL(file, FOLDER), 'utf8');
  return plainPage(`${code}: ${PROBLEM_TITLES[code]}`, renderMarkdown(source));
}

const CACHE = 'public, max-age=3600';

/**
 * Serves the page of each problem, and the one style of all plain pages.
 *
 * @throws when a problem's page is missing: better at start than when somebody needs it.
 */
export async function getProblemPage(app: App): Promise<void> {
  const pages = await loadProblemPages();
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
