import { Readable } from 'node:stream';
import type { FastifyReply, FastifyRequest } from 'fastify';
import Type from 'typebox';
import { principalOf } from '../access/authentication.ts';
import type { App, AppDeps } from '../base/app-types.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import { clientSignal } from '../requests/client-signal.ts';
import { type EventSource, eventStream } from './event-stream.ts';

/** The open event streams of one server. */
export interface EventStreams {
  /** Answers with a stream that ends with the caller's session, the caller or the server, whichever is first. */
  open(request: FastifyRequest, reply: FastifyReply, source: EventSource): FastifyReply;
}

const STREAM_TYPE = 'text/event-stream';
/** A browser opens no more than six to one host; this leaves room for several. */
const MOST_OF_ONE = 20;

const TOO_MANY_STREAMS: Problem = {
  code: 'RATE_LIMITED',
  status: 429,
  detail: `At most ${MOST_OF_ONE} event streams may be open at once.`,
  reason: 'too_many_streams',
  retryable: true,
  retryAfterSeconds: 5,
};

export function createEventStreams(
  app: App,
  { clock, auth: { sessions } }: Pick<AppDeps, 'clock' | 'auth'>,
): EventStreams {
  const closing = new AbortController();
  const openOf = new Map<string, number>();
  app.addHook('preClose', async () => closing.abort());

  const count = (userId: string, by: 1 | -1) => {
    const open = (openOf.get(userId) ?? 0) + by;
    if (open > 0) openOf.set(userId, open);
    else openOf.delete(userId);
  };

  return {
    open(request, reply, source) {
      const { userId, expiresAt } = principalOf(request);
      const { sessionId } = request;
      if (request.method === 'HEAD') return reply.type(STREAM_TYPE).send('');
      if ((openOf.get(userId) ?? 0) >= MOST_OF_ONE) return sendProblem(reply, TOO_MANY_STREAMS);
      count(userId, 1);
      reply.raw.once('close', () => count(userId, -1));
      const signal = AbortSignal.any([clientSignal(reply.raw), closing.signal]);
      const alive = () =>
        clock.now() < expiresAt && (sessionId === null || sessions.find(sessionId) !== null);
      const text = eventStream(source, { clock, signal, alive });
      return (
        reply
          .type(STREAM_TYPE)
          .header('x-accel-buffering', 'no')
          // Kept alive, it would outlive the stream and hold up a closing server.
          .header('connection', 'close')
          .send(Readable.from(text, { objectMode: false }))
      );
    },
  };
}

/** The response of a stream of server-sent events. */
export const EVENT_STREAM = {
  description:
    'Server-sent events with `id`, `event` and JSON `data`; a comment at least every 15 s; `Last-Event-ID` resumes.',
  content: { [STREAM_TYPE]: { schema: Type.String() } },
};
