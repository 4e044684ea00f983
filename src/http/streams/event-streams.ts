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
/** Each asks the store once a second. */
const MOST_OF_ALL = 1_000;
/** How long the reader of a stream may leave a piece that was written to it, ms; after twice that its connection ends. */
export const SLOW_READER_MS = 30_000;

const TOO_MANY_STREAMS: Problem = {
  code: 'RATE_LIMITED',
  status: 429,
  detail: `At most ${MOST_OF_ONE} event streams may be open at once.`,
  reason: 'too_many_streams',
  retryable: true,
  retryAfterSeconds: 5,
};

const FULL: Problem = {
  code: 'NOT_READY',
  status: 503,
  detail: 'This process has as many event streams open as it takes.',
  reason: 'too_many_streams',
  retryable: true,
  retryAfterSeconds: 10,
};

export function createEventStreams(
  app: App,
  { clock, auth: { sessions }, settings, logger }: Pick<AppDeps, 'clock' | 'auth' | 'settings' | 'logger'>,
): EventStreams {
  const { mostStreams = MOST_OF_ALL, slowReaderMs = SLOW_READER_MS } = settings.streams ?? {};
  const closing = new AbortController();
  let openOfAll = 0;
  const openOf = new Map<string, number>();
  app.addHook('preClose', async () => closing.abort());

  const count = (userId: string, by: 1 | -1) => {
    const open = (openOf.get(userId) ?? 0) + by;
    openOfAll += by;
    if (open > 0) openOf.set(userId, open);
    else openOf.delete(userId);
  };

  return {
    open(request, reply, source) {
      const { userId, expiresAt } = principalOf(request);
      const { sessionId } = request;
      if (request.method === 'HEAD') return reply.type(STREAM_TYPE).send('');
      if ((openOf.get(userId) ?? 0) >= MOST_OF_ONE) return sendProblem(reply, TOO_MANY_STREAMS);
      if (openOfAll >= mostStreams) return sendProblem(reply, FULL);
      count(userId, 1);
      reply.raw.once('close', () => count(userId, -1));
      const signal = AbortSignal.any([clientSignal(reply.raw), closing.signal]);
      const alive = () =>
        clock.now() < expiresAt && (sessionId === null || sessions.find(sessionId) !== null);
      const onSlow = (hopeless: boolean) => {
        if (hopeless) reply.raw.destroy();
        else logger.info('http.stream_cut', { requestId: request.id, userId, reason: 'slow_reader' });
      };
      const slow = { afterMs: slowReaderMs, onSlow };
      const text = eventStream(source, { clock, signal, alive, slow });
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
