import type { AxiosAdapter } from 'axios';
import type { AllowedHost } from '../config/allowed-hosts.ts';
import { type Connection, type ConnectionPool, createConnectionPool, isAlive } from './connection-pool.ts';
import { createCrmAxios, headersOf, requestBy, settled } from './crm-axios.ts';
import { createHostPlaces, type HostPlaces, type Sharer } from './host-places.ts';
import { exchange, type ExchangeRequest } from './http-exchange.ts';
import { type NotSent, type OpenSocket, type SocketOptions, createSocketOpener } from './open-socket.ts';
import { checkTarget } from './outbound-guard.ts';
import type { BodyLimits, OutboundRequest, OutboundResult, Transport } from './transport.port.ts';

export interface AxiosTransportOptions extends SocketOptions {
  /** Hosts that may be plain http, on any port, or private. */
  readonly allowed: readonly AllowedHost[];
  /** Largest body of an answer where the request names no limits, bytes; 2 MiB. */
  readonly maxBodyBytes?: number;
  /** Largest head of an answer, bytes; 32 KiB. */
  readonly maxHeaderBytes?: number;
  /** How long an idle connection is kept, ms; 4 s. */
  readonly idleMs?: number;
  /** Idle connections kept, whichever hosts they lead to: many accounts may be at one; 1,024. */
  readonly maxIdle?: number;
  /** Calls on their way to one origin at a time, and with them sockets; 256. */
  readonly maxPerHost?: number;
}

export interface ClosableTransport extends Transport {
  /** Closes idle connections; calls that are under way end by themselves and close theirs. */
  close(): void;
}

/**
 * Each budget bounds its own calls, but one vendor's host may serve thousands of budgets, and each socket takes a port here and
 * a place there; hosts refuse addresses that hold too many. So many calls of 50 ms are 5,000 a second, more than a process makes.
 */
const MAX_PER_HOST = 256;

const MAX_BODY_BYTES = 2 * 1024 * 1024;

/** Where nobody says whose a call is. */
const NOBODY: Sharer = {};

interface Parts {
  readonly allowed: readonly AllowedHost[];
  readonly pool: ConnectionPool;
  readonly places: HostPlaces;
  readonly openSocket: OpenSocket;
}

/** What axios hands to its adapter, checked: the signal aborts at the call's deadline. */
interface Call extends ExchangeRequest {
  readonly target: URL;
  readonly exempt: boolean;
  readonly sharer: Sharer;
  readonly mayDispatch: OutboundRequest['mayDispatch'];
}

/**
 * The outbound edge: axios over connections that this program opens itself. Rejects only when `mayDispatch` does, or for a header
 * that can't be sent.
 */
export function createAxiosTransport(options: AxiosTransportOptions): ClosableTransport {
  const pool = createConnectionPool({
    maxIdle: options.maxIdle ?? 1_024,
    idleMs: options.idleMs ?? 4_000,
    maxHeaderBytes: options.maxHeaderBytes ?? 32_768,
  });
  const places = createHostPlaces(options.maxPerHost ?? MAX_PER_HOST);
  const parts: Parts = { allowed: options.allowed, pool, places, openSocket: createSocketOpener(options) };
  const http = createCrmAxios(options.maxBodyBytes ?? MAX_BODY_BYTES);
  return {
    send: (request) => requestBy(http, request, guardedAdapter(parts, request)),
    close: () => pool.shutdown(),
  };
}

/** The way out of one request: the guard, then a connection, then the bytes, all of it within its time. */
function guardedAdapter(
  parts: Parts,
  { hosts, mayDispatch, bodyLimits, sharer = NOBODY }: OutboundRequest,
): AxiosAdapter {
  return async (config) => {
    const target = checkTarget(config.url ?? '', parts.allowed, hosts);
    if (!target.ok) return settled(config, { kind: 'not_sent', code: 'HOST_REFUSED', detail: target.detail });
    const deadline = new AbortController();
    const timer = setTimeout(() => deadline.abort(), Math.max(0, config.timeout ?? 0));
    const call: Call = {
      target: target.url,
      exempt: target.exempt,
      sharer,
      mayDispatch,
      signal: deadline.signal,
      method: (config.method ?? 'get').toUpperCase() as ExchangeRequest['method'],
      path: target.url.pathname + target.url.search,
      headers: headersOf(config),
      body: typeof config.data === 'string' ? config.data : null,
      bodyLimits: bodyLimits ?? limitsOf(config.maxContentLength ?? 0),
    };
    try {
      return settled(config, await deliverInPlace(parts, call));
    } finally {
      clearTimeout(timer);
    }
  };
}

function limitsOf(maxBodyBytes: number): BodyLimits {
  return { whole: maxBodyBytes, start: maxBodyBytes };
}

/**
 * New sockets are opened only where none waits idle, so places bound the sockets, too: there are never more than were on their way
 * at a time.
 */
async function deliverInPlace(parts: Parts, call: Call): Promise<OutboundResult> {
  const giveBack = await parts.places.take(call.target.origin, call.sharer, call.signal);
  if (giveBack === null) return LATE;
  try {
    return await deliver(parts, call);
  } finally {
    giveBack();
  }
}

/** A connection first, then the question, then the bytes at once: nothing slow stands between the last two. */
async function deliver(parts: Parts, call: Call): Promise<OutboundResult> {
  const { origin } = call.target;
  for (let kept = parts.pool.take(origin); ; kept = null) {
    const connection = kept ?? (await connect(parts, call));
    if ('kind' in connection) return connection;
    const refusal = await askInTime(parts.pool, connection, call);
    if (refusal) {
      // A socket that never carried a call is not watched by the HTTP client yet, so it can't wait among the idle.
      if (kept) parts.pool.giveBack(origin, connection);
      else parts.pool.close(connection);
      return refusal;
    }
    // Closed by the other side meanwhile: nothing was sent, so a fresh one may ask again.
    if (kept && !isAlive(connection)) continue;
    const result = await exchange(connection, call);
    if (result.kind === 'response') parts.pool.giveBack(origin, connection);
    else parts.pool.close(connection);
    return result;
  }
}

async function connect(
  { openSocket, pool }: Parts,
  { target, exempt, signal }: Call,
): Promise<Connection | NotSent> {
  const opened = await openSocket(target, exempt, signal);
  return opened.ok ? pool.adopt(target, opened.socket) : opened.end;
}

const LATE: NotSent = {
  kind: 'not_sent',
  code: 'DEADLINE_BEFORE_SEND',
  detail: 'The time for the call ran out before it was sent.',
};

async function askInTime(
  pool: ConnectionPool,
  connection: Connection,
  { mayDispatch, signal }: Call,
): Promise<NotSent | null> {
  if (!mayDispatch) return null;
  const inTime = new Promise<NotSent>((resolve) => {
    if (signal.aborted) resolve(LATE);
    else signal.addEventListener('abort', () => resolve(LATE), { once: true });
  });
  try {
    const answer = mayDispatch().then((code): NotSent | null =>
      code === null ? null : { kind: 'not_sent', code, detail: 'Held back right before it was sent.' },
    );
    return await Promise.race([answer, inTime]);
  } catch (error) {
    pool.close(connection);
    throw error;
  }
}
