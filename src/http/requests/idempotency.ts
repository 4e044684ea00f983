import { createHash, createHmac } from 'node:crypto';
import type { FastifyReply, FastifyRequest, RouteOptions } from 'fastify';
import Type, { type TObject } from 'typebox';
import { canonicalJson, type Json } from '../../domain/json.ts';
import type { KeptAnswer } from '../../state-store/idempotency-store.port.ts';
import type { App, AppDeps } from '../base/app-types.ts';
import { principalOf } from '../access/authentication.ts';
import { type Problem, PROBLEM_TYPE, sendProblem } from '../problems/problem.ts';
import { addProblems } from '../problems/problem-schema.ts';

/** How long an answer is kept, from its request on. */
export const KEPT_MS = 86_400_000;
/** Longer than any request may take: after it, whoever was at work is taken for dead. */
export const LEASE_MS = 300_000;
/** A longer answer is not kept: its request may be repeated. None of a change is. */
const LONGEST_ANSWER = 1_024 * 1_024;
/** The headers that are part of an answer; all others are made anew. */
const KEPT_HEADERS = ['content-type', 'location', 'preference-applied'] as const;

const HEADER = {
  'idempotency-key': Type.Optional(
    Type.String({
      pattern: '^[\\x21-\\x7e]{1,255}$',
      description:
        'A text of your own, new for each thing that you want done, such as a UUID. For 24 hours a repetition with the same ' +
        'body gets the first answer again, with `Idempotency-Replayed: true`, and does nothing.',
    }),
  ),
};

const IN_PROGRESS: Problem = {
  code: 'CONFLICT',
  status: 409,
  detail: 'The first request with this Idempotency-Key is still being worked on.',
  reason: 'idempotency_in_progress',
  retryable: true,
  retryAfterSeconds: 1,
};

const MISMATCH: Problem = {
  code: 'VALIDATION_FAILED',
  status: 422,
  detail:
    'This Idempotency-Key was used for another request before. Take a new one for each thing to be done.',
  reason: 'idempotency_mismatch',
};

interface ClaimedKey {
  readonly key: string;
  readonly token: string;
  readonly until: number;
}

declare module 'fastify' {
  interface FastifyRequest {
    /** The key that this request has for itself until it is answered. */
    claimedKey: ClaimedKey | null;
  }
}

type Deps = Pick<AppDeps, 'kept' | 'clock' | 'random' | 'logger'>;

/** Whether a route minds the key: every POST of the API by somebody who is recognised, so none that opens a session. */
export function takesKey(method: string, url: string | undefined, access: unknown): boolean {
  return method === 'POST' && url?.startsWith('/api/') === true && access !== 'public';
}

/**
 * Answers a repetition by what was answered first, before anything is done. Only what passed every check comes here: a refused
 * request has not begun, and its key stays free.
 */
export function answerRepetitions(app: App, { kept, clock, random }: Deps): void {
  app.decorateRequest('claimedKey', null);
  app.addHook('onRoute', describeKey);
  app.addHook('preHandler', async (request, reply) => {
    const { url, config } = request.routeOptions;
    const header = request.headers['idempotency-key'];
    if (typeof header !== 'string' || !takesKey(request.method, url, config.access)) return;
    if (changesNothing(request)) return;
    const { userId } = principalOf(request);
    const key = keyOf(userId, `${request.method} ${url ?? ''}`, header);
    const fingerprint = fingerprintOf(request, header);
    const now = clock.now();
    const token = random.uuid();
    const claim = { key, userId, fingerprint, token, now, until: now + LEASE_MS };
    const standing = await kept.idempotency.claim(claim);
    if (standing === null) {
      request.claimedKey = { key, token, until: now + KEPT_MS };
      return;
    }
    if (standing.fingerprint !== fingerprint) return sendProblem(reply, MISMATCH);
    return standing.answer === null ? sendProblem(reply, IN_PROGRESS) : sendAgain(reply, standing.answer);
  });
}

/**
 * Keeps what goes out for a request that has a key. A failure of ours, or what may go better the next time, frees the key
 * instead. Registered after everything that may still change an answer.
 */
export function keepAnswers(app: App, { kept, logger }: Deps): void {
  const settle = async ({ key, token, until }: ClaimedKey, answer: KeptAnswer | null) => {
    if (answer === null) await kept.idempotency.release(key, token);
    else await kept.idempotency.complete(key, token, answer, until);
  };
  app.addHook('onSend', async (request, reply, payload) => {
    const claimed = request.claimedKey;
    if (claimed === null) return;
    request.claimedKey = null;
    // What was done is done, and is answered: a key that can't be kept or freed is free when its lease is over.
    const settled = settle(claimed, answerToKeep(reply, payload)).catch((error: unknown) => {
      const { name, message } = error instanceof Error ? error : new Error(String(error));
      logger.error('http.answer_not_kept', {
        requestId: request.id,
        errorName: name,
        errorMessage: message,
      });
    });
    // Whoever answers in place of a late handler must not wait: the handler would answer meanwhile.
    if (!request.timedOut) await settled;
  });
}

/** What only looks may be asked again: its answer may be as large as an office, and is kept nowhere. */
function changesNothing({ routeOptions: { url }, query, body }: FastifyRequest): boolean {
  const asks = (part: unknown, value: unknown): boolean =>
    typeof part === 'object' && part !== null && 'dryRun' in part && part.dryRun === value;
  return asks(query, 'true') || asks(body, true) || LOOKING.some((end) => url?.endsWith(end) === true);
}

/** Plans count first, and tests ask the CRM; what they leave goes by itself. */
const LOOKING = ['/plan', '/test'] as const;

function describeKey(route: RouteOptions): void {
  if (!takesKey(String(route.method), route.url, route.config?.access)) return;
  const { headers } = (route.schema ?? {}) as { headers?: TObject };
  route.schema = { ...route.schema, headers: Type.Object({ ...headers?.properties, ...HEADER }) };
  addProblems(route, 400, 409, 422);
}

function keyOf(userId: string, route: string, key: string): string {
  return createHash('sha256')
    .update(JSON.stringify([userId, route, key]))
    .digest('base64url');
}

/** Keyed by the sender's own key, which is kept nowhere: bodies hold secrets that a bare hash could be searched for. */
function fingerprintOf({ method, routeOptions, params, query, body }: FastifyRequest, key: string): string {
  const asked = { method, route: routeOptions.url, params, query, body: body ?? null };
  return createHmac('sha256', key)
    .update(canonicalJson(asked as Json))
    .digest('base64url');
}

function sendAgain(reply: FastifyReply, { status, headers, body }: KeptAnswer): FastifyReply {
  return reply
    .code(status)
    .headers({ ...headers, 'idempotency-replayed': 'true' })
    .serializer((text: string) => text)
    .send(body);
}

/** Null: the key is freed. */
function answerToKeep(reply: FastifyReply, payload: unknown): KeptAnswer | null {
  const status = reply.statusCode;
  if (typeof payload !== 'string' || payload.length > LONGEST_ANSWER) return null;
  if (status >= 500 || mayGoBetter(reply, payload)) return null;
  const headers = KEPT_HEADERS.flatMap((name) => {
    const value = reply.getHeader(name);
    return value === undefined ? [] : [[name, String(value)] as const];
  });
  return { status, headers: Object.fromEntries(headers), body: payload };
}

function mayGoBetter(reply: FastifyReply, payload: string): boolean {
  if (!String(reply.getHeader('content-type')).startsWith(PROBLEM_TYPE)) return false;
  return (JSON.parse(payload) as { retryable: boolean }).retryable;
}
