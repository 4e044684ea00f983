import type { IncomingMessage } from 'node:http';
import type { App } from '../base/app-types.ts';
import { BODY_LIMITS } from '../base/body-limits.ts';
import { type Problem, sendProblem, TOO_LARGE_BODY } from '../problems/problem.ts';

/** What may still come of a body that nobody reads: enough for whoever sends the largest that there is to hear the answer. */
const MOST_UNREAD = 8 * 1_024 * 1_024;
const LOOK_EVERY_MS = 50;

/**
 * Ends the connection of who goes on sending a body that was refused unread. Within the limit its bytes are thrown away, so that
 * the answer arrives: who is cut off while still sending sees an error of the network in its place.
 */
export function boundUnreadBodies(app: App): void {
  /** By how many bytes each connection may have read. */
  const watched = new Map<IncomingMessage, number>();
  let timer: NodeJS.Timeout | undefined;
  const look = () => {
    for (const [request, most] of watched) {
      if (request.socket.bytesRead > most) request.socket.destroy();
      if (request.complete || request.socket.destroyed) watched.delete(request);
    }
    if (watched.size === 0) clearInterval(timer);
  };
  app.addHook('onResponse', async ({ raw }) => {
    if (raw.complete || raw.socket.destroyed) return;
    if (watched.size === 0) timer = setInterval(look, LOOK_EVERY_MS).unref();
    // Once it is answered Node throws the rest away without telling anybody; the socket alone still counts it.
    watched.set(raw, raw.socket.bytesRead + MOST_UNREAD);
  });
  app.addHook('onClose', async () => {
    clearInterval(timer);
  });
}

/** Longer than an id, a cursor and every filter together, each byte of them as three. */
const LONGEST_URL = 6 * 1_024;
/** In place of a longer one, so that neither the router nor anybody else looks at it. No route's. */
const TOO_LONG = '/too-long';

const TOO_LONG_PROBLEM: Problem = {
  code: 'TOO_LARGE',
  status: 414,
  detail: 'The address is longer than this service takes.',
};

/** What the router is to look at. */
export function boundedUrl({ url = '/' }: { readonly url?: string | undefined }): string {
  return url.length > LONGEST_URL ? TOO_LONG : url;
}

/** Refuses an address that is too long before anything is made of it. */
export function refuseLongUrls(app: App): void {
  app.addHook('onRequest', async (request, reply) => {
    if (request.originalUrl.length > LONGEST_URL) return sendProblem(reply, TOO_LONG_PROBLEM);
  });
}

/** Refuses a body of a request that only reads: the framework reads none of those, and so doesn't count it. */
export function refuseBodiesOfReads(app: App): void {
  app.addHook('preParsing', async ({ method, headers }, reply, payload) => {
    const isRead = method === 'GET' || method === 'HEAD';
    const tooLarge = isRead && Number(headers['content-length'] ?? 0) > BODY_LIMITS.none;
    return tooLarge ? sendProblem(reply, TOO_LARGE_BODY) : payload;
  });
}
