import type { Clock } from '../../runtime/clock.ts';
import { queryOf, type CrmApi } from './crm-dialect.ts';
import { answerFaulty } from './faults/faulty-answer.ts';
import type { InFlight } from './faults/in-flight.ts';
import type { Misbehaviours } from './faults/misbehaviour.ts';
import type { Caller } from './http/caller.ts';
import type { HttpReply } from './http/http-reply.ts';
import type { ReceivedRequest, RequestBody } from './http/received-request.ts';
import type { Journal, OpenEntry } from './journal/journal.ts';
import type { RateLimiter } from './limits/rate-limit.ts';

const LONGEST_TEXT_KEPT = 64 * 1024;

export interface AnswerParts {
  readonly api: CrmApi;
  readonly limiter: RateLimiter;
  readonly misbehaviours: Misbehaviours;
  readonly journal: Journal;
  readonly inFlight: InFlight;
  readonly clock: Pick<Clock, 'now'>;
}

/** One request of the CRM's API from its arrival to its answer: limit, misbehaviour, work, in this order. */
export function createApiAnswer(parts: AnswerParts) {
  const { api, limiter, misbehaviours, journal, inFlight, clock } = parts;

  function record(request: ReceivedRequest, route: string): OpenEntry {
    const { method, path, headers, body } = request;
    const entry: OpenEntry = {
      method,
      path,
      route,
      query: queryOf(request),
      headers,
      body: journalBody(body),
      status: null,
      at: clock.now(),
    };
    journal.add(entry);
    return entry;
  }

  /** The status that went out; null: none did. */
  async function carryOut(
    { method, path }: ReceivedRequest,
    caller: Caller,
    commit: () => HttpReply,
  ): Promise<number | null> {
    const { delayBeforeMs, delayAfterMs, fault } = misbehaviours.strike(method, path);
    if (delayBeforeMs > 0 && !(await inFlight.wait(delayBeforeMs, caller))) return null;
    if (fault) return answerFaulty(fault, caller, commit, inFlight);
    const reply = commit();
    if (delayAfterMs > 0 && !(await inFlight.wait(delayAfterMs, caller))) return null;
    caller.send(reply);
    return reply.status;
  }

  return async (request: ReceivedRequest, caller: Caller): Promise<void> => {
    // What a HEAD asks for is a GET's answer without its body, which HTTP itself leaves out.
    const call = api.receive(request.method === 'HEAD' ? { ...request, method: 'GET' } : request);
    const entry = record(request, call.route);
    const { left, refusal } = limiter.take(call.charges);
    if (refusal) {
      const reply = api.refuse(refusal);
      entry.status = reply.status;
      caller.send(reply);
      return;
    }
    entry.status = await carryOut(request, caller, () => call.carryOut(left));
  };
}

function journalBody(body: RequestBody): OpenEntry['body'] {
  if (body.kind === 'json') return body.value;
  // Files that are uploaded aren't kept: the records are.
  return body.kind === 'text' ? body.text.slice(0, LONGEST_TEXT_KEPT) : null;
}
