import { createServer, type RequestListener, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A port that can be closed and opened again. */
export interface Listener {
  readonly port: number;
  /** Stops accepting and closes every connection, answered or not. */
  down(): Promise<void>;
  /** Opens the same port again. */
  up(): Promise<void>;
}

async function listen(handle: RequestListener, port: number, host: string): Promise<Server> {
  // A server that closes idle connections early races with callers that reuse them.
  const server = createServer({ keepAliveTimeout: 120_000 }, handle);
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

/** Listens on `port` (0: any free one). Rejects with the system's error, e.g. `EADDRINUSE`. */
export async function openListener(handle: RequestListener, port: number, host: string): Promise<Listener> {
  let server: Server | null = await listen(handle, port, host);
  const bound = (server.address() as AddressInfo).port;
  return {
    port: bound,
    async down() {
      const open = server;
      server = null;
      if (open) await close(open);
    },
    async up() {
      server ??= await listen(handle, bound, host);
    },
  };
}
