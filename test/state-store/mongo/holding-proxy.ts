import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { commandOf, eachMessage } from './wire-messages.ts';

export interface HoldingProxy {
  /** The server's URL, through the proxy. */
  readonly url: string;
  /** Keeps the next command of this name back until `release` is called. */
  hold(name: string): { readonly arrived: Promise<void>; release(): void };
  close(): Promise<void>;
}

/** Stands between a driver and its server, so that a test can act between two commands of one call. */
export async function startHoldingProxy(serverUrl: string): Promise<HoldingProxy> {
  const { port, hostname } = new URL(serverUrl);
  const through = new URL(serverUrl);
  const sockets = new Set<Socket>();
  let held: { name: string; arrived(): void; released: Promise<void> } | null = null;
  const server = createServer((client) => {
    const upstream = connect(Number(port), hostname);
    for (const [socket, other] of [
      [client, upstream],
      [upstream, client],
    ] as const) {
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        other.destroy();
      });
    }
    upstream.pipe(client);
    eachMessage(client, (message) => {
      if (held === null || !(held.name in commandOf(message))) {
        upstream.write(message);
        return;
      }
      const { arrived, released } = held;
      held = null;
      const kept = Buffer.from(message);
      void released.then(() => upstream.write(kept));
      arrived();
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  through.port = String((server.address() as AddressInfo).port);

  return {
    url: through.href,
    hold(name) {
      const arrival = Promise.withResolvers<void>();
      const release = Promise.withResolvers<void>();
      held = { name, arrived: arrival.resolve, released: release.promise };
      return { arrived: arrival.promise, release: release.resolve };
    },
    async close() {
      for (const socket of sockets) socket.destroy();
      server.close();
      await once(server, 'close');
    },
  };
}
