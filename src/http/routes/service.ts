import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import type { NotReadyReason } from '../base/health.ts';
import { problems } from '../problems/problem-schema.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import type { RouteDeps } from './route-deps.ts';

export function getMetrics(app: App, { metrics }: Pick<RouteDeps, 'metrics'>): void {
  app.get(
    '/metrics',
    {
      config: { access: 'metrics' },
      schema: {
        operationId: 'getMetrics',
        summary: 'Metrics as Prometheus reads them',
        tags: ['service'],
        querystring: NO_QUERY,
        response: {
          200: { description: 'Prometheus text.', content: { 'text/plain': { schema: Type.String() } } },
          ...problems(401, 403),
        },
      },
    },
    async (_request, reply) => {
      const text = await metrics.render();
      return reply.type(metrics.contentType).send(text);
    },
  );
}

const STUCK: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'The change feed has not been polled for two minutes, for no reason that is known.',
  reason: 'feed_silent',
};

export function getLivez(app: App, { health }: Pick<RouteDeps, 'health'>): void {
  app.get(
    '/livez',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getLivez',
        summary: 'Whether the process does its work; what it depends on has no say in it',
        tags: ['service'],
        security: [],
        querystring: NO_QUERY,
        response: { 200: Type.Object({ status: Type.Literal('live') }), ...problems(503) },
      },
    },
    async (_request, reply) =>
      health.live() ? reply.code(200).send({ status: 'live' }) : sendProblem(reply, STUCK),
  );
}

const DETAILS: Readonly<Record<NotReadyReason, string>> = {
  store_unreachable: 'The store does not answer.',
  feed_not_ready: 'The change feed has not been joined.',
};

export function getReadyz(app: App, { health }: Pick<RouteDeps, 'health'>): void {
  app.get(
    '/readyz',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getReadyz',
        summary: 'Whether the store answers and the change feed is joined',
        tags: ['service'],
        security: [],
        querystring: NO_QUERY,
        response: { 200: Type.Object({ status: Type.Literal('ready') }), ...problems(503) },
      },
    },
    async (_request, reply) => {
      const reason = await health.notReady();
      if (reason === null) return reply.code(200).send({ status: 'ready' });
      const detail = DETAILS[reason];
      return sendProblem(reply, { code: 'NOT_READY', status: 503, detail, reason, retryable: true });
    },
  );
}

const VersionSchema = Type.Object({
  name: Type.Literal('zena-crm-sync'),
  version: Type.String(),
  mode: Type.String(),
  store: Type.String(),
  feed: Type.String(),
});

export function getVersion(app: App, { settings }: Pick<RouteDeps, 'settings'>): void {
  app.get(
    '/version',
    {
      config: { access: 'public' },
      schema: {
        operationId: 'getVersion',
        summary: 'What runs here',
        tags: ['service'],
        security: [],
        querystring: NO_QUERY,
        response: { 200: VersionSchema },
      },
    },
    async (_request, reply) => {
      const { version: number, mode, store, feed } = settings.version;
      return reply.code(200).send({ name: 'zena-crm-sync', version: number, mode, store, feed });
    },
  );
}
