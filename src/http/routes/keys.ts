import Type from 'typebox';
import type { App } from '../base/app-types.ts';
import { operationProblem } from '../problems/operation-problem.ts';
import { problems } from '../problems/problem-schema.ts';
import { sendProblem } from '../problems/problem.ts';
import { noteAct } from '../requests/audit.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { NO_QUERY } from '../requests/route-schemas.ts';
import { KeyStatusSchema, keyStatusView, RotationStepSchema, rotationStepView } from '../views/key-view.ts';
import type { RouteDeps } from './route-deps.ts';

export function getKeys(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.get(
    '/api/ops/keys',
    {
      config: { access: 'ops:read' },
      schema: {
        operationId: 'getKeys',
        summary: 'The encryption keys by id: what is sealed under each, and which may be taken away',
        tags: ['operations'],
        querystring: NO_QUERY,
        response: { 200: KeyStatusSchema, ...problems(400, 401, 403, 503) },
      },
    },
    async (_request, reply) => reply.code(200).send(keyStatusView(await operations.readKeyStatus())),
  );
}

const DEADLINE_MS = 60_000;

const RotateBody = Type.Object(
  {
    keyId: Type.String({
      minLength: 1,
      maxLength: 256,
      description: 'The current key, as GET /api/ops/keys named it.',
    }),
    cursor: Type.Optional(
      Type.Union([Type.String({ maxLength: 100 }), Type.Null()], {
        description: '`nextCursor` of the step before; absent or null begins at the first connection.',
      }),
    ),
  },
  { additionalProperties: false },
);

export function rotateKeys(app: App, { operations }: Pick<RouteDeps, 'operations'>): void {
  app.post(
    '/api/ops/keys/rotate',
    {
      bodyLimit: BODY_LIMITS.names,
      config: { access: 'ops:write', audit: 'rotate_keys', deadlineMs: DEADLINE_MS },
      schema: {
        operationId: 'rotateKeys',
        summary:
          'Seal the next few connections anew under the current key; call on with `nextCursor` until `status.rotated`',
        tags: ['operations'],
        querystring: NO_QUERY,
        body: RotateBody,
        response: { 200: RotationStepSchema, ...problems(400, 401, 403, 409, 415, 503) },
      },
    },
    async (request, reply) => {
      const { keyId, cursor = null } = request.body;
      const step = await operations.rotateKeys({ keyId, cursor });
      if (!step.ok) return sendProblem(reply, operationProblem(step.failure));
      noteAct(request, { count: step.value.resealed });
      return reply.code(200).send(rotationStepView(step.value));
    },
  );
}
