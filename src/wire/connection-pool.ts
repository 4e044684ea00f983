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
  /** Keeps a connection for the next call if it still lives; where there is no room, the one that was idle for longest goes. */
  giveBack(origin: string, connection: Connection): void;
  close(connection: Connection): void;
  /** Closes what is idle, and from now on also what is given back. */
  shutdown(): void;
  readonly idle: number;
}

export interface PoolOptions {
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
  /** All of them with their origins, the one that was idle for longest first. */
  const origins = new Map<Connection, string>();
  let closed = false;

  const forget = (connection: Connection) => {
    const origin = origins.get(connection);
    if (origin === undefined) return;
    origins.delete(connection);
    const waiting = idle.get(origin) ?? [];
    waiting.splice(waiting.lastIndexOf(connection), 1);
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
        forget(connection);
        if (isAlive(connection)) return connection;
        close(connection);
      }
    },
    adopt(origin, socket) {
      const connection = { socket, client: clientOn(origin, socket, options) };
      // Also the only listener until the client takes the socket over: without one, an error here would end the process.
      socket.on('error', () => forget(connection));
      socket.once('close', () => {
        forget(connection);
        // After the client's own listener, which still has to read the end of an answer or say why there is none.
        queueMicrotask(() => void connection.client.destroy());
      });
      return connection;
    },
    giveBack(origin, connection) {
      if (closed || !isAlive(connection)) return close(connection);
      const waiting = idle.get(origin) ?? [];
      waiting.push(connection);
      idle.set(origin, waiting);
      origins.set(connection, origin);
      const [oldest] = origins.keys();
      if (origins.size <= options.maxIdle || oldest === undefined) return;
      forget(oldest);
      close(oldest);
    },
    close,
    shutdown() {
      closed = true;
      for (const connection of origins.keys()) close(connection);
      idle.clear();
      origins.clear();
    },
    get idle() {
      return origins.size;
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
