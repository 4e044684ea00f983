import Type from 'typebox';
import { PROVIDERS } from '../../domain/providers.ts';
import { principalOf } from '../access/authentication.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import type { App } from '../base/app-types.ts';
import { failureProblem } from '../problems/failure-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { sendProblem } from '../problems/problem.ts';
import { auditedChange, noteAct } from '../requests/audit.ts';
import { NO_QUERY, PROVIDER_PARAMS } from '../requests/route-schemas.ts';
import { IntegrationSchema, integrationView } from '../views/integration-view.ts';
import { SyncConfigInputSchema } from '../views/sync-config-schema.ts';
import { timeZoneFault } from './integrations.ts';
import { plainPage } from './pages.ts';
import type { RouteDeps } from './route-deps.ts';

const field = () => Type.Optional(Type.String({ minLength: 1, maxLength: 1_024 }));

/** A query is closed, whatever the provider: of all of them these are the fields that are entered before people go there. */
const EnteredInQuery = Type.Object(
  {
    loginUrl: field(),
    contactAccount: field(),
    closeDateDays: field(),
    propertyObject: field(),
    fieldNames: field(),
  },
  { additionalProperties: false },
);

/** By name, as the provider's `browserConnect` has them; which those are, the provider knows. */
const Entered = Type.Record(
  Type.String({ pattern: '^[A-Za-z][A-Za-z0-9_]{0,63}$' }),
  Type.String({ minLength: 1, maxLength: 1_024 }),
  {
    additionalProperties: false,
    maxProperties: 20,
    description:
      'Those of `credentialFields` that the provider’s `browserConnect.fields` names. None is secret.',
  },
);

const EnteredBody = Type.Object(
  { credentials: Type.Optional(Entered), syncConfig: Type.Optional(SyncConfigInputSchema) },
  { additionalProperties: false },
);

const Begun = Type.Object({
  location: Type.String({
    description: 'The CRM’s page, for the browser to go to. It leads back to `…/callback`.',
  }),
});

/** Whose browser it is: a session, or whoever sends a token with each request. */
function browserOf(request: { readonly sessionId: string | null }, userId: string): string {
  return request.sessionId ?? `token of ${userId}`;
}

/** Sends the browser to the CRM's own page. */
export function authorizeInBrowser(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.get(
    '/api/integrations/crm/:provider/authorize',
    {
      config: { access: 'user', callLimit: { policy: 'connect', perMinute: 120 } },
      schema: {
        operationId: 'authorizeInBrowser',
        summary: 'Connect on the CRM’s own page: answers where that is',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: EnteredInQuery,
        response: {
          302: Type.Null({ description: 'The CRM’s page, which leads back to `…/callback`.' }),
          ...problems(400, 401, 404, 409, 422, 429, 503),
        },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const begun = await integrations.beginBrowserConnect({
        userId,
        provider: request.params.provider,
        session: browserOf(request, userId),
        entered: { ...request.query },
        syncConfig: {},
      });
      if (!begun.ok) return sendProblem(reply, failureProblem(begun.failure));
      return reply.code(302).header('location', begun.value.location).send(null);
    },
  );
}

/** Answers where the browser is to go: what a page asks that has a form to show what is wrong in. */
export function beginInBrowser(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.post(
    '/api/integrations/crm/:provider/authorize',
    {
      bodyLimit: BODY_LIMITS.credentials,
      config: { access: 'user', audit: 'begin_connect', callLimit: { policy: 'connect', perMinute: 120 } },
      schema: {
        operationId: 'beginInBrowser',
        summary: 'Begin a connect on the CRM’s own page, with what is to be sent; answers where that is',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        body: EnteredBody,
        response: { 200: Begun, ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 503) },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const { credentials = {}, syncConfig = {} } = request.body;
      const fault = timeZoneFault(syncConfig, '/syncConfig');
      if (fault !== null) return sendProblem(reply, failureProblem(fault));
      const begun = await integrations.beginBrowserConnect({
        userId,
        provider: request.params.provider,
        session: browserOf(request, userId),
        entered: credentials,
        syncConfig,
      });
      if (!begun.ok) return sendProblem(reply, failureProblem(begun.failure));
      return reply.code(200).send({ location: begun.value.location });
    },
  );
}

const SCRIPT_PATH = '/connect/callback.js';

/** The session's cookie doesn't come with a visit from another site, but with what this page sends. */
const PAGE = plainPage(
  'Connecting',
  `<h1 id="title">Connecting…</h1>
<p id="detail">One moment.</p>
<p><a href="/">Back to the overview</a></p>
<script src="${SCRIPT_PATH}"></script>`,
);

const SCRIPT = `const told = new URLSearchParams(location.search);
const say = (title, detail) => {
  document.getElementById('title').textContent = title;
  document.getElementById('detail').textContent = detail;
};
history.replaceState(null, '', location.pathname);
const [code, state] = [told.get('code'), told.get('state')];
if (!code || !state) {
  say('Not connected', told.get('error_description') ?? told.get('error') ?? 'Nothing came back.');
} else {
  fetch(location.pathname, {
    method: 'POST',
    headers: { 'content-type': 'application/json', 'x-zena-crm': '1' },
    body: JSON.stringify({ code, state }),
  }).then(
    async (answer) => {
      if (answer.ok) return location.replace('/');
      const { detail, errors = [] } = await answer.json();
      say('Not connected', errors.map((fault) => fault.detail).join(' ') || detail || 'Begin again.');
    },
    () => say('Not connected', 'The service could not be reached.'),
  );
}
`;

/** The page that the CRM sends browsers back to: it does nothing but post what it was given, from this site. */
export function browserCallbackPage(app: App): void {
  const hidden = { config: { access: 'public' }, schema: { hide: true } } as const;
  const page = { ...hidden, schema: { ...hidden.schema, params: PROVIDER_PARAMS } };
  app.get('/api/integrations/crm/:provider/callback', page, async (request, reply) => {
    const { provider } = request.params as { readonly provider: string };
    if (!PROVIDERS.some(({ id }) => id === provider))
      return sendProblem(reply, failureProblem({ code: 'NOT_FOUND' }));
    return reply.type('text/html; charset=utf-8').send(PAGE);
  });
  app.get(SCRIPT_PATH, hidden, async (_request, reply) =>
    reply.type('text/javascript; charset=utf-8').send(SCRIPT),
  );
}

const CallbackBody = Type.Object(
  {
    code: Type.String({ minLength: 1, maxLength: 4_096 }),
    state: Type.String({ minLength: 1, maxLength: 256 }),
  },
  { additionalProperties: false },
);

/** What the page posts. */
export function finishInBrowser(app: App, { integrations }: Pick<RouteDeps, 'integrations'>): void {
  app.post(
    '/api/integrations/crm/:provider/callback',
    {
      bodyLimit: BODY_LIMITS.credentials,
      config: { access: 'user', audit: 'connect', callLimit: { policy: 'connect', perMinute: 120 } },
      schema: {
        operationId: 'finishInBrowser',
        summary: 'Connect with what the CRM’s page sent back; once, from the browser that began',
        tags: ['integrations'],
        params: PROVIDER_PARAMS,
        querystring: NO_QUERY,
        body: CallbackBody,
        response: {
          200: IntegrationSchema,
          201: IntegrationSchema,
          ...problems(400, 401, 403, 404, 409, 413, 415, 422, 429, 502, 503),
        },
      },
    },
    async (request, reply) => {
      const { userId } = principalOf(request);
      const connected = await integrations.endBrowserConnect({
        userId,
        provider: request.params.provider,
        session: browserOf(request, userId),
        ...request.body,
      });
      if (!connected.ok) return sendProblem(reply, failureProblem(connected.failure));
      const changed = { ...connected.value, unavailable: null };
      noteAct(request, auditedChange(changed));
      const view = integrationView(await integrations.summarise(changed));
      return reply.code(connected.value.isNew ? 201 : 200).send(view);
    },
  );
}
