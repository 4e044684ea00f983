import { once } from 'node:events';
import { createServer, type Server, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Caller } from './caller.ts';
import { wholeHeaders } from './http-reply.ts';
import { receive, type ReceivedRequest } from './received-request.ts';

/** Answers one request, sooner or later or never. Does not reject. */
export type Respond = (request: ReceivedRequest, caller: Caller) => Promise<void>;

/** A port that can be closed and opened again. */
export interface Listener {
  readonly port: number;
  /** Stops accepting and closes every connection, answered or not. */
  down(): Promise<void>;
  /** Opens the same port again. */
  up(): Promise<void>;
}

/** Listens on `port` (0: any free one). Rejects with the system's error, e.g. `EADDRINUSE`. */
export async function openListener(
  respond: Respond,
  port: number,
  host: string,
  maxBodyBytes?: number,
): Promise<Listener> {
  let server: Server | null = await listen(respond, port, host, maxBodyBytes);
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    async down() {
      const open = server;
      server = null;
      if (open) await close(open);
    },
    async up() {
      server ??= await listen(respond, bound, host, maxBodyBytes);
    },
  };
}

async function listen(
  respond: Respond,
  port: number,
  host: string,
  maxBodyBytes: number | undefined,
): Promise<Server> {
  // A server that closes idle connections early races with callers that reuse them.
  const server = createServer({ keepAliveTimeout: 120_000 }, (request, response) => {
    void receive(request, maxBodyBytes).then(
      (received) => received && respond(received, socketCaller(response)),
    );
  });
  await new Promise<void>((resolve, reject) => {
    server.once('error', reject);
    server.listen(port, host, () => {
      server.off('error', reject);
      resolve();
    });
  });
  return server;
}

async function close(server: Server): Promise<void> {
  await new Promise<void>((resolve) => {
    server.close(() => resolve());
    server.closeAllConnections();
  });
}

function socketCaller(response: ServerResponse): Caller {
  return {
    send(reply) {
      if (response.destroyed || response.headersSent) return;
      response.writeHead(reply.status, wholeHeaders(reply));
      response.end(reply.text);
    },
    begin(status, headers) {
      response.writeHead(status, headers);
      response.flushHeaders();
    },
    async push(piece) {
      if (response.destroyed || response.write(piece)) return;
      const gone = new AbortController();
      const leave = (): void => gone.abort();
      response.once('close', leave);
      await once(response, 'drain', { signal: gone.signal }).catch((error: unknown) => {
        if (!gone.signal.aborted) throw error;
      });
      response.off('close', leave);
    },
    end: () => void response.end(),
    get isGone() {
      return response.destroyed;
    },
    onEnd: (listener) => void response.once('close', listener),
    close: () => void response.destroy(),
    reset: () => void response.socket?.resetAndDestroy(),
  };
}
