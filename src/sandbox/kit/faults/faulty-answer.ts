import { once } from 'node:events';
import type { ServerResponse } from 'node:http';
import { gzipSync } from 'node:zlib';
import type { EndingFault } from './fault.ts';
import { emptyReply, jsonReply, sendReply, type HttpReply } from '../http/http-reply.ts';
import type { InFlight } from './in-flight.ts';

const LOGIN_PAGE = '<!doctype html><html lang="en"><title>Sign in</title><h1>Please sign in</h1></html>';
const HUGE_CHUNK = Buffer.alloc(64 * 1024, 'x');

function substitute(fault: EndingFault): HttpReply | null {
  switch (fault.kind) {
    case 'status': {
      const { status, body, headers } = fault;
      if (body === undefined) return emptyReply(status, headers);
      if (typeof body !== 'string') return jsonReply(status, body, headers);
      return { status, headers: { 'content-type': 'text/plain; charset=utf-8', ...headers }, text: body };
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

function sendCompressed(response: ServerResponse, reply: HttpReply, inflatedBytes: number): void {
  const body = gzipSync(Buffer.from(reply.text.padEnd(inflatedBytes, ' ')));
  response.writeHead(reply.status === 204 ? 200 : reply.status, {
    ...reply.headers,
    'content-encoding': 'gzip',
    'content-length': String(body.length),
  });
  response.end(body);
}

async function sendHuge(response: ServerResponse, bytes: number): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  const gone = new AbortController();
  response.once('close', () => gone.abort());
  for (let left = bytes; left > 0 && !response.destroyed; left -= HUGE_CHUNK.length) {
    if (response.write(HUGE_CHUNK.subarray(0, Math.min(left, HUGE_CHUNK.length)))) continue;
    // The caller who stops reading and leaves is what this fault is for.
    await once(response, 'drain', { signal: gone.signal }).catch((error: unknown) => {
      if (!gone.signal.aborted) throw error;
    });
  }
  response.end();
}

function drip(response: ServerResponse, everyMs: number, inFlight: InFlight): Promise<void> {
  response.writeHead(200, { 'content-type': 'application/json' });
  response.flushHeaders();
  return inFlight.every(everyMs, response, () => void response.write(' '));
}

/**
 * Answers, or does not, as the fault says. `commit` does the request's work and gives the answer it would have got; it is
 * called at most once. The status that went out, or null for none.
 */
export async function answerFaulty(
  fault: EndingFault,
  response: ServerResponse,
  commit: () => HttpReply,
  inFlight: InFlight,
): Promise<number | null> {
  const reply = substitute(fault);
  if (reply) {
    if ('afterCommit' in fault && fault.afterCommit) commit();
    sendReply(response, reply);
    return reply.status;
  }
  switch (fault.kind) {
    case 'timeoutAfterCommit':
      commit();
      inFlight.hold(response);
      return null;
    case 'timeoutBeforeCommit':
      inFlight.hold(response);
      return null;
    case 'resetAfterCommit':
      commit();
      response.socket?.resetAndDestroy();
      return null;
    case 'resetBeforeCommit':
      response.socket?.resetAndDestroy();
      return null;
    case 'truncatedJson':
      sendReply(response, truncated(commit()));
      break;
    case 'gzipBody':
      sendCompressed(response, commit(), fault.inflatedBytes ?? 0);
      break;
    case 'hugeBody':
      commit();
      await sendHuge(response, fault.bytes);
      break;
    case 'slowDrip':
      commit();
      await drip(response, fault.everyMs ?? 200, inFlight);
      break;
    case 'emptyBody':
      commit();
      sendReply(response, emptyReply(200));
      break;
    case 'status':
    case 'redirect':
    case 'htmlWith200':
    case 'errorIn200':
      // These have a substitute and were answered above.
      break;
  }
  return response.statusCode;
}
