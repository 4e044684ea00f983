import { once } from 'node:events';
import { type IncomingMessage, type RequestListener, createServer } from 'node:http';
import { type AddressInfo, type Server, type Socket, createServer as createTcpServer } from 'node:net';
import { createServer as createTlsServer } from 'node:https';

export interface ScriptedServer {
  readonly port: number;
  readonly url: string;
  /** Connections accepted so far. */
  readonly connections: number;
  /** Bytes received so far, over all connections. */
  readonly received: number;
  /** Resolves when a connection that was open has closed. */
  nextClose(): Promise<void>;
  close(): Promise<void>;
}

/** A real HTTP server on a free local port that counts what reaches it. */
export function startHttp(listener: RequestListener): Promise<ScriptedServer> {
  return start(createServer(listener), 'http');
}

/** The same over TLS, with the given key and certificate. */
export function startHttps(
  identity: { readonly key: string; readonly cert: string },
  listener: RequestListener,
): Promise<ScriptedServer> {
  return start(createTlsServer(identity, listener), 'https');
}

/** A bare TCP server, for answers that no HTTP server would give. */
export function startTcp(onSocket: (socket: Socket) => void): Promise<ScriptedServer> {
  return start(createTcpServer(onSocket), 'http');
}

/** The text of a request's body. */
export async function bodyOf(request: IncomingMessage): Promise<string> {
  const chunks: Buffer[] = [];
  for await (const chunk of request) chunks.push(chunk as Buffer);
  return Buffer.concat(chunks).toString();
}

async function start(server: Server, scheme: string): Promise<ScriptedServer> {
  const sockets = new Set<Socket>();
  const closeWaiters: (() => void)[] = [];
  let connections = 0;
  let finished = 0;
  server.on('connection', (socket: Socket) => {
    connections += 1;
    sockets.add(socket);
    socket.on('error', () => {});
    socket.once('close', () => {
      sockets.delete(socket);
      finished += socket.bytesRead;
      for (const wake of closeWaiters.splice(0)) wake();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    port,
    url: `${scheme}://127.0.0.1:${port}`,
    get connections() {
      return connections;
    },
    get received() {
      return [...sockets].reduce((sum, socket) => sum + socket.bytesRead, finished);
    },
    nextClose: () =>
      new Promise((resolve) => {
        closeWaiters.push(resolve);
      }),
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
