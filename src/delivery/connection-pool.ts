import type { Socket } from 'node:net';
import { Client } from 'undici';

/** One open socket with the HTTP client that speaks on it: one call at a time. */
export interface Connection {
  readonly socket: Socket;
  readonly client: Client;
}

export interface ConnectionPool {
  /** An idle connection to the origin, the last used first; it is the caller's until given back or closed. */
  take(origin: string): Connection | null;
  /** Wraps a fresh socket. */
  adopt(origin: URL, socket: Socket): Connection;
  /** Keeps a connection for the next call if it still lives and there is room, else closes it. */
  giveBack(origin: string, connection: Connection): void;
  close(connection: Connection): void;
  /** Closes what is idle, and from now on also what is given back. */
  shutdown(): void;
  readonly idle: number;
}

export interface PoolOptions {
  readonly maxIdlePerOrigin: number;
  readonly maxIdle: number;
  /** How long an idle connection is kept, ms; a server's own hint may shorten it, or lengthen it to 30 s. */
  readonly idleMs: number;
  readonly maxHeaderBytes: number;
}

const LONGEST_IDLE_MS = 30_000;

/**
 * Keep-alive connections by origin. How many are in use is the callers' business (the limiter's); idle ones are bounded, in
 * number and in time.
 */
export function createConnectionPool(options: PoolOptions): ConnectionPool {
  const idle = new Map<string, Connection[]>();
  let count = 0;
  let closed = false;

  const forget = (origin: string, connection: Connection) => {
    const waiting = idle.get(origin);
    const at = waiting?.indexOf(connection) ?? -1;
    if (!waiting || at < 0) return;
    waiting.splice(at, 1);
    count -= 1;
    if (waiting.length === 0) idle.delete(origin);
  };
  const close = (connection: Connection) => {
    connection.socket.destroy();
    void connection.client.destroy();
  };

  return {
    take(origin) {
      for (;;) {
        const connection = idle.get(origin)?.at(-1);
        if (!connection) return null;
        forget(origin, connection);
        if (isAlive(connection)) return connection;
        close(connection);
      }
    },
    adopt(origin, socket) {
      const connection = { socket, client: clientOn(origin, socket, options) };
      // Also the only listener until the client takes the socket over: without one, an error here would end the process.
      socket.on('error', () => forget(origin.origin, connection));
      socket.once('close', () => {
        forget(origin.origin, connection);
        // After the client's own listener, which still has to read the end of an answer or say why there is none.
        queueMicrotask(() => void connection.client.destroy());
      });
      return connection;
    },
    giveBack(origin, connection) {
      const waiting = idle.get(origin) ?? [];
      const full = waiting.length >= options.maxIdlePerOrigin || count >= options.maxIdle;
      if (closed || full || !isAlive(connection)) return close(connection);
      waiting.push(connection);
      idle.set(origin, waiting);
      count += 1;
    },
    close,
    shutdown() {
      closed = true;
      for (const connection of [...idle.values()].flat()) close(connection);
      idle.clear();
      count = 0;
    },
    get idle() {
      return count;
    },
  };
}

export function isAlive({ socket, client }: Connection): boolean {
  return !socket.destroyed && socket.readable && socket.writable && !client.destroyed;
}

/** The client gets this socket and never another: what it can't send on it, it must not send at all. */
function clientOn(origin: URL, socket: Socket, options: PoolOptions): Client {
  let given = false;
  return new Client(origin.origin, {
    pipelining: 1,
    allowH2: false,
    maxHeaderSize: options.maxHeaderBytes,
    // The call's own deadline is the only clock; undici's would restart with every chunk.
    headersTimeout: 0,
    bodyTimeout: 0,
    keepAliveTimeout: options.idleMs,
    keepAliveMaxTimeout: LONGEST_IDLE_MS,
    // In a turn of its own: an answer from within the call would find the client still busy asking.
    connect: (_options, callback) =>
      queueMicrotask(() => {
        if (given) {
          callback(Object.assign(new Error('The connection was lost'), { code: 'ERR_LOST' }), null);
          return;
        }
        given = true;
        callback(null, socket);
      }),
  });
}
