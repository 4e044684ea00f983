import { gzipSync } from 'node:zlib';
import type { Caller } from '../http/caller.ts';
import { emptyReply, jsonReply, type HttpReply } from '../http/http-reply.ts';
import type { EndingFault } from './fault.ts';
import type { InFlight } from './in-flight.ts';

const LOGIN_PAGE = '<!doctype html><html lang="en"><title>Sign in</title><h1>Please sign in</h1></html>';
/** What stands before a CRM says while the CRM is away, by its type. */
const PAGES = {
  html: [
    'text/html; charset=utf-8',
    '<!doctype html><html lang="en"><title>Maintenance</title><h1>We are back soon</h1></html>',
  ],
  text: ['text/plain; charset=utf-8', 'upstream connect error or disconnect before headers'],
  json: ['application/json', '{"message":"no healthy upstream","request_id":"0"}'],
} as const;
const HUGE_CHUNK = Buffer.alloc(64 * 1024, 'x');
const BLANK = Buffer.from(' ');

function substitute(fault: EndingFault): HttpReply | null {
  switch (fault.kind) {
    case 'status': {
      const { status, body, headers } = fault;
      if (body === undefined) return emptyReply(status, headers);
      if (typeof body !== 'string') return jsonReply(status, body, headers);
      return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, text: body };
    }
    case 'page': {
      const [type, text] = PAGES[fault.as];
      return { status: fault.status ?? 503, headers: { 'content-type': type, ...fault.headers }, text };
    }
    case 'htmlWith200':
      return { status: 200, headers: { 'content-type': 'text/html; charset=utf-8' }, text: LOGIN_PAGE };
    case 'redirect':
      return emptyReply(fault.status ?? 302, { location: fault.location });
    case 'errorIn200':
      return jsonReply(200, fault.body ?? { error: { message: 'Something went wrong.' } });
    default:
      return null;
  }
}

function truncated(reply: HttpReply): HttpReply {
  const text = reply.text === '' ? '{"id":' : reply.text.slice(0, Math.floor(reply.text.length / 2));
  return { status: reply.status === 204 ? 200 : reply.status, headers: reply.headers, text };
}

function sendCompressed(caller: Caller, reply: HttpReply, inflatedBytes: number): number {
  const body = gzipSync(Buffer.from(reply.text.padEnd(inflatedBytes, ' ')));
  const status = reply.status === 204 ? 200 : reply.status;
  const encoding = { 'content-encoding': 'gzip', 'content-length': String(body.length) };
  caller.begin(status, { ...reply.headers, ...encoding });
  void caller.push(body);
  caller.end();
  return status;
}

async function sendHuge(caller: Caller, bytes: number): Promise<void> {
  caller.begin(200, { 'content-type': 'application/json' });
  // The caller who stops reading and leaves is what this fault is for.
  for (let left = bytes; left > 0 && !caller.isGone; left -= HUGE_CHUNK.length) {
    await caller.push(HUGE_CHUNK.subarray(0, Math.min(left, HUGE_CHUNK.length)));
  }
  caller.end();
}

function drip(caller: Caller, everyMs: number, inFlight: InFlight): Promise<void> {
  caller.begin(200, { 'content-type': 'application/json' });
  return inFlight.every(everyMs, caller, () => void caller.push(BLANK));
}

/**
 * Answers, or does not, as the fault says. `commit` does the request's work and gives the answer it would have got; it is
 * called at most once. The status that went out, or null for none.
 */
export async function answerFaulty(
  fault: EndingFault,
  caller: Caller,
  commit: () => HttpReply,
  inFlight: InFlight,
): Promise<number | null> {
  const send = (reply: HttpReply): number => {
    caller.send(reply);
    return reply.status;
  };
  const reply = substitute(fault);
  if (reply) {
    if ('afterCommit' in fault && fault.afterCommit) commit();
    return send(reply);
  }
  switch (fault.kind) {
    case 'timeoutAfterCommit':
      commit();
      inFlight.hold(caller);
      return null;
    case 'timeoutBeforeCommit':
      inFlight.hold(caller);
      return null;
    case 'resetAfterCommit':
      commit();
      caller.reset();
      return null;
    case 'resetBeforeCommit':
      caller.reset();
      return null;
    case 'truncatedJson':
      return send(truncated(commit()));
    case 'gzipBody':
      return sendCompressed(caller, commit(), fault.inflatedBytes ?? 0);
    case 'hugeBody':
      commit();
      await sendHuge(caller, fault.bytes);
      return 200;
    case 'slowDrip':
      commit();
      await drip(caller, fault.everyMs ?? 200, inFlight);
      return 200;
    case 'emptyBody':
      commit();
      return send(emptyReply(200));
    case 'status':
    case 'page':
    case 'redirect':
    case 'htmlWith200':
    case 'errorIn200':
      // These have a substitute and were answered above.
      return null;
  }
}
