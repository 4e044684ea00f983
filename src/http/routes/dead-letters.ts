import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { NO_SUCH_TIME, operationProblem } from '../problems/operation-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { sendProblem } from '../problems/problem.ts';
import { noteAct } from '../requests/audit.ts';
import { LETTER_BODY, LETTER_QUERY, readLetterFilter } from '../requests/letter-filter.ts';
import { PAGING, readPaging } from '../requests/paging.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { pageSchema, pageView } from '../views/page-view.ts';
import {
  DeadLetterDetailsSchema,
  deadLetterDetailsView,
  DeadLetterGroupSchema,
  deadLetterGroupView,
  DeadLetterSchema,
  deadLetterView,
} from '../views/dead-letter-view.ts';
import { Count } from '../views/scalars.ts';
import type { RouteDeps } from './route-deps.ts';

const LETTER_PARAMS = Type.Object({ letterId: Type.String() });

export function listDeadLetters(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/dead-letters',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'listDeadLetters',
        summary: 'Dead letters of all users, latest failure first',
        tags: ['operations'],
        querystring: Type.Object({ ...PAGING, ...LETTER_QUERY }, { additionalProperties: false }),
        response: { 200: pageSchema(DeadLetterSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.query);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const letters = await operations.listDeadLetters(filter, readPaging(request.query));
      return reply.code(200).send(pageView(letters, deadLetterView));
    },
  );
}

export function groupDeadLetters(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/dead-letters/groups',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'groupDeadLetters',
        summary: 'Dead letters by cause, most first, each with what helps; never more than one page',
        tags: ['operations'],
        querystring: Type.Object(LETTER_QUERY, { additionalProperties: false }),
        response: { 200: pageSchema(DeadLetterGroupSchema), ...problems(400, 401, 403, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.query);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const items = await operations.groupDeadLetters(filter);
      return reply.code(200).send(pageView({ items, nextCursor: null }, deadLetterGroupView));
    },
  );
}

export function getDeadLetter(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/dead-letters/:letterId',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'getDeadLetter',
        summary: 'One dead letter, with the bytes of an unreadable event and the words of the CRM',
        tags: ['operations'],
        params: LETTER_PARAMS,
        querystring: NO_QUERY,
        response: { 200: DeadLetterDetailsSchema, ...problems(401, 403, 404, 503) },
      },
    },
    async (request, reply) => {
      const letter = await operations.readDeadLetter(request.params.letterId);
      if (!letter.ok) return sendProblem(reply, operationProblem(letter.failure));
      return reply.code(200).send(deadLetterDetailsView(letter.value));
    },
  );
}

const DiscardBody = Type.Object(LETTER_BODY, {
  additionalProperties: false,
  minProperties: 1,
  description: 'Which letters; at least one condition, so that an empty body discards nothing.',
});

const DEADLINE_MS = 120_000;

export function discardDeadLetters(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.post(
    '/api/ops/dead-letters/discard',
    {
      bodyLimit: BODY_LIMITS.ids,
      config: { access: 'ops:write', audit: 'discard_dead_letters', deadlineMs: DEADLINE_MS },
      schema: {
        operationId: 'discardDeadLetters',
        summary: 'Take letters off the list; nothing is sent, and the next change is delivered as ever',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: DiscardBody,
        response: { 200: Type.Object({ discarded: Count }), ...problems(400, 401, 403, 415, 503) },
      },
    },
    async (request, reply) => {
      const filter = readLetterFilter(request.body);
      if (filter === null) return sendProblem(reply, NO_SUCH_TIME);
      const discarded = await operations.discardDeadLetters(filter);
      noteAct(request, { count: discarded });
      return reply.code(200).send({ discarded });
    },
  );
}
