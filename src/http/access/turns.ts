import type { ServerResponse } from 'node:http';
import type { FastifyReply, FastifyRequest } from 'fastify';
import { pieceOfWork, workFor } from '../../runtime/loop-turns.ts';
import type { App } from '../base/app-types.ts';
import { type Problem, sendProblem } from '../problems/problem.ts';
import { addProblems } from '../problems/problem-schema.ts';

/** Of one user, worked on at once. A browser opens six connections to one host, over all of its tabs. */
const AT_ONCE = 6;
/** Of one user, waiting for their turn. */
const MOST_WAITING = 60;

const TOO_MANY_AT_ONCE: Problem = {
  code: 'RATE_LIMITED',
  status: 429,
  detail: `At most ${AT_ONCE + MOST_WAITING} requests may be open at once.`,
  reason: 'too_many_at_once',
  retryable: true,
  retryAfterSeconds: 1,
};

/** The requests of one user of one kind. */
interface Line {
  working: number;
  readonly waiting: Set<(mine: boolean) => void>;
}

/**
 * Lets a user's requests work a few at a time; the others wait for their turn, and what is too many is refused. So whoever asks for
 * a hundred lists at once holds memory for a few, and the others' come between. A turn ends with its answer. What a request sets off is
 * that user's share of the event loop.
 */
export function registerTurns(app: App): void {
  const lines = new Map<string, Line>();
  // After the body, which comes with the connection, and so for nobody.
  app.addHook('preValidation', (request, _reply, done) => {
    if (request.principal === null) done();
    else workFor(request.principal.userId, () => pieceOfWork(true, done));
  });
  app.addHook('onRoute', (route) => {
    const { access, deadlineMs, takesTurns } = route.config ?? {};
    const isRead = route.method === 'GET' || route.method === 'HEAD';
    if (access === 'public' || !(takesTurns ?? (isRead && deadlineMs !== null))) return;
    addProblems(route, 429);
    const kind = isRead ? 'read' : String(route.url);
    const hooks = [route.onRequest ?? []].flat();
    const takeTurn = async (request: FastifyRequest, reply: FastifyReply) => {
      const key = `${kind} ${request.principal?.userId ?? ''}`;
      if (await turnOf(lines, key, reply.raw)) return;
      // Gone, or answered by the deadline while it waited: nobody is to hear this.
      return reply.sent ? reply : sendProblem(reply, TOO_MANY_AT_ONCE);
    };
    route.onRequest = [...hooks, takeTurn];
  });
}

/** True once it is this request's turn; false where it has none, or is gone before. */
function turnOf(lines: Map<string, Line>, key: string, response: ServerResponse): Promise<boolean> {
  const line = lines.get(key) ?? { working: 0, waiting: new Set() };
  if (line.working >= AT_ONCE && line.waiting.size >= MOST_WAITING) return Promise.resolve(false);
  lines.set(key, line);
  const { promise, resolve } = Promise.withResolvers<boolean>();
  let isWorking = false;
  let isOver = false;
  const begin = (mine: boolean) => {
    line.waiting.delete(begin);
    isWorking = mine;
    if (mine) line.working += 1;
    resolve(mine);
  };
  const end = () => {
    if (isOver) return;
    isOver = true;
    if (isWorking) line.working -= 1;
    else begin(false);
    const [next] = line.waiting;
    if (next !== undefined && line.working < AT_ONCE) next(true);
    if (line.working === 0 && line.waiting.size === 0) lines.delete(key);
  };
  response.once('finish', end);
  response.once('close', end);
  if (line.working < AT_ONCE) begin(true);
  else line.waiting.add(begin);
  return promise;
}
