import type { Socket } from 'node:net';
import { buildConnector } from 'undici';
import type { OutboundResult } from './transport.port.ts';
import {
  FORBIDDEN_ADDRESS,
  type ResolveAll,
  guardedLookup,
  plainLookup,
  resolveAllBySystem,
} from './guarded-lookup.ts';

export type NotSent = Extract<OutboundResult, { kind: 'not_sent' }>;
export type OpenedSocket =
  { readonly ok: true; readonly socket: Socket } | { readonly ok: false; readonly end: NotSent };

/** Opens a TCP or TLS connection to an origin; an aborted signal ends the attempt. Never rejects. */
export type OpenSocket = (origin: URL, exempt: boolean, signal: AbortSignal) => Promise<OpenedSocket>;

export interface SocketOptions {
  readonly resolve?: ResolveAll;
  /** Certificate authorities beside the machine's own, PEM. */
  readonly ca?: readonly string[];
}

/**
 * Sockets for outbound calls: HTTP/1.1 only, TLS 1.2 or later and always verified, whatever the environment says. Addresses
 * are resolved and checked for each socket; `exempt` origins (the allow-list) skip only that check.
 */
export function createSocketOpener(options: SocketOptions = {}): OpenSocket {
  const resolve = options.resolve ?? resolveAllBySystem;
  const tls = {
    allowH2: false,
    // The call's deadline ends a connect; a second timer would only blur what happened.
    timeout: 0,
    minVersion: 'TLSv1.2',
    rejectUnauthorized: true,
    ...(options.ca ? { ca: [...options.ca] } : {}),
  } as const;
  const guarded = buildConnector({ ...tls, lookup: guardedLookup(resolve) });
  const plain = buildConnector({ ...tls, lookup: plainLookup(resolve) });
  return (origin, exempt, signal) => open(exempt ? plain : guarded, origin, signal);
}

function open(connect: buildConnector.connector, origin: URL, signal: AbortSignal): Promise<OpenedSocket> {
  const { host, protocol, port } = origin;
  const hostname = origin.hostname.replace(/^\[(.*)\]$/, '$1');
  return new Promise((resolve) => {
    let tcpConnected = false;
    const onAbort = () => {
      socket.destroy();
      resolve(failed('DEADLINE_BEFORE_SEND', 'No connection within the time allowed for the call.'));
    };
    // The connector returns the socket although its type says nothing.
    const socket = connect({ hostname, host, protocol, port }, (error, connected) => {
      signal.removeEventListener('abort', onAbort);
      if (error) resolve(connectFailure(error, protocol === 'https:' && tcpConnected));
      else resolve({ ok: true, socket: connected });
    }) as unknown as Socket;
    socket.once('connect', () => {
      tcpConnected = true;
    });
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
}

const NAME_FAILURES = new Set([
  'ENOTFOUND',
  'EAI_AGAIN',
  'EAI_FAIL',
  'EAI_NODATA',
  'EAI_NONAME',
  'ESERVFAIL',
]);

function connectFailure(error: Error, handshaking: boolean): OpenedSocket {
  const { code = 'unknown' } = error as NodeJS.ErrnoException;
  if (code === FORBIDDEN_ADDRESS) {
    return failed('HOST_REFUSED', 'The name of the host leads to an address that is not public.');
  }
  if (NAME_FAILURES.has(code))
    return failed('HOST_NOT_FOUND', `The name of the host has no address (${code}).`);
  if (handshaking) return failed('TLS_FAILED', `No trusted, encrypted connection (${code}).`);
  return failed('CONNECT_FAILED', `No connection (${code}).`);
}

function failed(code: NotSent['code'], detail: string): OpenedSocket {
  return { ok: false, end: { kind: 'not_sent', code, detail } };
}
