import { access } from 'node:fs/promises';
import { join, resolve } from 'node:path';
import fastifyStatic from '@fastify/static';
import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { plainPage } from './plain-page.ts';

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
