import type { Caller } from './caller.ts';
import { wholeHeaders } from './http-reply.ts';

/** Statuses that `Response` takes no body with. */
const BODILESS = new Set([204, 205, 304]);

/** A caller in the same process, and what it gets: an answer, or a rejection, as `fetch` would give them. */
export interface InProcessCaller {
  readonly caller: Caller;
  readonly answer: Promise<Response>;
}

/** What `fetch` rejects with where the network fails. */
export function networkFailure(code: 'ECONNREFUSED' | 'ECONNRESET'): TypeError {
  return new TypeError('fetch failed', { cause: Object.assign(new Error(code), { code }) });
}

export function createInProcessCaller(signal: AbortSignal | undefined): InProcessCaller {
  const { promise, resolve, reject } = Promise.withResolvers<Response>();
  const listeners: (() => void)[] = [];
  let state: 'waiting' | 'answering' | 'answered' | 'gone' = 'waiting';
  let body: ReadableStreamDefaultController<Uint8Array> | null = null;
  let makeRoom = () => {};

  const isOver = (): boolean => state === 'answered' || state === 'gone';
  const finish = (as: 'answered' | 'gone'): void => {
    state = as;
    signal?.removeEventListener('abort', abort);
    makeRoom();
    for (const listener of listeners.splice(0)) listener();
  };
  const leave = (reason: Error): void => {
    if (isOver()) return;
    reject(reason);
    body?.error(reason);
    finish('gone');
  };
  const abort = (): void => {
    const reason: unknown = signal?.reason;
    leave(reason instanceof Error ? reason : new DOMException('This operation was aborted', 'AbortError'));
  };
  signal?.addEventListener('abort', abort, { once: true });
  if (signal?.aborted) abort();

  const caller: Caller = {
    send(reply) {
      if (state !== 'waiting') return;
      const { status, text } = reply;
      const bytes = text === '' || BODILESS.has(status) ? null : Buffer.from(text);
      resolve(new Response(bytes, { status, headers: wholeHeaders(reply) }));
      finish('answered');
    },
    begin(status, headers) {
      if (state !== 'waiting') return;
      state = 'answering';
      const stream = new ReadableStream<Uint8Array>({
        start(controller) {
          body = controller;
        },
        pull: () => makeRoom(),
        cancel: () => {
          body = null;
          finish('gone');
        },
      });
      resolve(new Response(stream, { status, headers }));
    },
    async push(piece) {
      if (isOver() || body === null) return;
      body.enqueue(piece);
      if ((body.desiredSize ?? 0) > 0) return;
      await new Promise<void>((roomMade) => {
        makeRoom = roomMade;
      });
    },
    end() {
      if (isOver()) return;
      body?.close();
      finish('answered');
    },
    get isGone() {
      return state === 'gone';
    },
    onEnd(listener) {
      if (isOver()) listener();
      else listeners.push(listener);
    },
    close: () => leave(networkFailure('ECONNRESET')),
    reset: () => leave(networkFailure('ECONNRESET')),
  };
  return { caller, answer: promise };
}
