import axios, { type AxiosAdapter, type AxiosInstance } from 'axios';
import type { AllowedHost } from '../config/allowed-hosts.ts';
import { type Connection, type ConnectionPool, createConnectionPool, isAlive } from './connection-pool.ts';
import { exchange } from './http-exchange.ts';
import { type NotSent, type OpenSocket, type SocketOptions, createSocketOpener } from './open-socket.ts';
import { checkTarget } from './outbound-guard.ts';
import { plainHeaders, requestHeaders } from './request-headers.ts';
import type { OutboundRequest, OutboundResult, Transport } from './transport.port.ts';

export interface AxiosTransportOptions extends SocketOptions {
  /** Hosts that may be plain http, on any port, or private. */
  readonly allowed: readonly AllowedHost[];
  /** Largest body of an answer, bytes; 5 MiB. */
  readonly maxBodyBytes?: number;
  /** Largest head of an answer, bytes; 32 KiB. */
  readonly maxHeaderBytes?: number;
  /** How long an idle connection is kept, ms; 4 s. */
  readonly idleMs?: number;
  /** Idle connections kept, whichever hosts they lead to: many accounts may be at one; 1,024. */
  readonly maxIdle?: number;
}

export interface ClosableTransport extends Transport {
  /** Closes idle connections; calls that are under way end by themselves and close theirs. */
  close(): void;
}

interface Parts {
  readonly http: AxiosInstance;
  readonly pool: ConnectionPool;
  readonly openSocket: OpenSocket;
  readonly maxBodyBytes: number;
}

interface Call {
  readonly request: OutboundRequest;
  readonly url: URL;
  readonly exempt: boolean;
  readonly headers: Readonly<Record<string, string>>;
  /** Aborts at the call's deadline. */
  readonly signal: AbortSignal;
}

/**
 * The outbound edge: axios over connections that this program opens itself (axios' own way costs three times the CPU, and
 * would follow proxies, redirects and encodings). Rejects only when `mayDispatch` does, or for a header that can't be sent.
 */
export function createAxiosTransport(options: AxiosTransportOptions): ClosableTransport {
  const pool = createConnectionPool({
    maxIdle: options.maxIdle ?? 1_024,
    idleMs: options.idleMs ?? 4_000,
    maxHeaderBytes: options.maxHeaderBytes ?? 32_768,
  });
  const parts: Parts = {
    http: createAxios(),
    pool,
    openSocket: createSocketOpener(options),
    maxBodyBytes: options.maxBodyBytes ?? 5 * 1024 * 1024,
  };
  return {
    async send(request) {
      const target = checkTarget(request.url, options.allowed, request.hosts);
      if (!target.ok) return { kind: 'not_sent', code: 'HOST_REFUSED', detail: target.detail };
      const call = { request, url: target.url, exempt: target.exempt, headers: requestHeaders(request) };
      const deadline = new AbortController();
      const timer = setTimeout(() => deadline.abort(), Math.max(0, request.deadlineMs));
      try {
        return await deliver(parts, { ...call, signal: deadline.signal });
      } finally {
        clearTimeout(timer);
      }
    },
    close: () => pool.shutdown(),
  };
}

/** A connection first, then the question, then the bytes at once: nothing slow stands between the last two. */
async function deliver(parts: Parts, call: Call): Promise<OutboundResult> {
  const { origin } = call.url;
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
    const result = await exchangeByAxios(parts, connection, call);
    if (result.kind === 'response') parts.pool.giveBack(origin, connection);
    else parts.pool.close(connection);
    return result;
  }
}

async function connect(
  { openSocket, pool }: Parts,
  { url, exempt, signal }: Call,
): Promise<Connection | NotSent> {
  const opened = await openSocket(url, exempt, signal);
  return opened.ok ? pool.adopt(url, opened.socket) : opened.end;
}

async function askInTime(
  pool: ConnectionPool,
  connection: Connection,
  { request: { mayDispatch }, signal }: Call,
): Promise<NotSent | null> {
  if (!mayDispatch) return null;
  const late: NotSent = {
    kind: 'not_sent',
    code: 'DEADLINE_BEFORE_SEND',
    detail: 'The time for the call ran out before it was sent.',
  };
  let onAbort: () => void = () => {};
  const inTime = new Promise<NotSent>((resolve) => {
    onAbort = () => resolve(late);
    if (signal.aborted) onAbort();
    else signal.addEventListener('abort', onAbort, { once: true });
  });
  try {
    const answer = mayDispatch().then((code): NotSent | null =>
      code === null ? null : { kind: 'not_sent', code, detail: 'Held back right before it was sent.' },
    );
    return await Promise.race([answer, inTime]);
  } catch (error) {
    pool.close(connection);
    throw error;
  } finally {
    signal.removeEventListener('abort', onAbort);
  }
}

/**
 * No error of axios leaves this function: they carry the request with its credentials. The exchange's own end is handed
 * around axios, so that a rejection can only mean a fault of this program, told without its cause.
 */
async function exchangeByAxios(
  { http, pool, maxBodyBytes }: Parts,
  connection: Connection,
  { request, url, headers, signal }: Call,
): Promise<OutboundResult> {
  const { method, body } = request;
  let result: OutboundResult | null = null;
  const adapter: AxiosAdapter = async (config) => {
    result = await exchange(connection, {
      method,
      path: url.pathname + url.search,
      headers: plainHeaders(config.headers.toJSON(), body !== undefined),
      body: typeof config.data === 'string' ? config.data : null,
      maxBodyBytes,
      signal,
    });
    const status = result.kind === 'response' ? result.status : 0;
    return { config, status, statusText: '', headers: {}, data: null };
  };
  const end = await http.request({ adapter, method, url: url.href, headers, data: body ?? null }).then(
    () => result,
    () => null,
  );
  if (end) return end;
  pool.close(connection);
  throw new TypeError('An outbound request could not be built');
}

function createAxios(): AxiosInstance {
  const http = axios.create({
    proxy: false,
    maxRedirects: 0,
    decompress: false,
    responseType: 'arraybuffer',
    validateStatus: () => true,
    transformRequest: [(data: unknown) => data],
    transformResponse: [(data: unknown) => data],
  });
  http.defaults.headers.common = {};
  return http;
}
