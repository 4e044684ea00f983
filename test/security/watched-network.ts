import { once } from 'node:events';
import { type AddressInfo, createServer, type Server, Socket } from 'node:net';

/** What this process did on the network, and what listens on this machine for what it must not do. */
export interface WatchedNetwork {
  /** The port that every listener of `startListeners` has. */
  readonly port: number;
  /** Connections that were accepted by a listener. */
  readonly accepted: number;
  /** Every attempt of this process to connect to another address than those that were allowed: `address:port`. */
  readonly attempts: readonly string[];
  close(): Promise<void>;
}

/** Where forbidden services could listen on this machine; those that it can't open are left out. */
const ADDRESSES = ['127.0.0.1', '127.0.0.2', '127.255.255.254', '::1'];
/** What a URL without a port leads to, and usual neighbours; taken where this process may. */
const KNOWN_PORTS = [443, 80];

/**
 * Opens real listeners on loopback addresses and records each TCP connect that this process begins, whichever library asks for
 * it. `isOwn` tells the test's own traffic (its HTTP client, its sandbox) apart, by address and port.
 */
export async function watchNetwork(isOwn: (target: string) => boolean): Promise<WatchedNetwork> {
  const attempts: string[] = [];
  const connect = Socket.prototype.connect;
  Socket.prototype.connect = function watched(this: Socket, ...args: unknown[]) {
    this.on('connectionAttempt', (address: string, port: number) => {
      const target = `${address}:${port}`;
      if (!isOwn(target)) attempts.push(target);
    });
    return Reflect.apply(connect, this, args) as Socket;
  };
  let accepted = 0;
  const count = (socket: Socket) => {
    accepted += 1;
    socket.destroy();
  };
  const first = await listen('127.0.0.1', 0, count);
  if (first === null) throw new Error('nothing can listen on 127.0.0.1');
  const { port } = first.address() as AddressInfo;
  const others = ADDRESSES.slice(1).map((address) => listen(address, port, count));
  const known = KNOWN_PORTS.flatMap((each) => ADDRESSES.map((address) => listen(address, each, count)));
  const servers = [first, ...(await Promise.all([...others, ...known]))].filter((server) => server !== null);
  return {
    port,
    attempts,
    get accepted() {
      return accepted;
    },
    async close() {
      Socket.prototype.connect = connect;
      for (const server of servers) {
        server.close();
        await once(server, 'close');
      }
    },
  };
}

/** Null where the machine has no such address, or doesn't let this process have the port. */
async function listen(
  address: string,
  port: number,
  onConnection: (socket: Socket) => void,
): Promise<Server | null> {
  const server = createServer(onConnection);
  try {
    server.listen(port, address);
    await once(server, 'listening');
    return server;
  } catch (error) {
    const { code = '' } = error as NodeJS.ErrnoException;
    if (['EACCES', 'EADDRINUSE', 'EADDRNOTAVAIL', 'EAFNOSUPPORT'].includes(code)) return null;
    throw error;
  }
}
