import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { brotliDecompressSync, gunzipSync, inflateSync } from 'node:zlib';
import type { Json } from '../../../domain/json.ts';

const MAX_BODY_BYTES = 1024 * 1024;

export type RequestBody =
  | { readonly kind: 'none' }
  | { readonly kind: 'json'; readonly value: Json }
  /** Anything that is not JSON. */
  | { readonly kind: 'text'; readonly text: string }
  /** More than the CRM reads: 1 MiB, where it says nothing else. */
  | { readonly kind: 'too-large' };

/** A request that has arrived whole. */
export interface ReceivedRequest {
  readonly method: string;
  /** Without the query, not decoded. */
  readonly path: string;
  /** Without its question mark, not decoded. */
  readonly query: string;
  /** Lower-case names. */
  readonly headers: IncomingHttpHeaders;
  readonly body: RequestBody;
}

/**
 * Reads a request to its end; null: the caller left before. What goes beyond the cap is read and dropped, since an answer in the
 * middle of an upload reaches few clients.
 */
export function receive(
  request: IncomingMessage,
  maxBodyBytes = MAX_BODY_BYTES,
): Promise<ReceivedRequest | null> {
  return new Promise((resolve) => {
    const chunks: Buffer[] = [];
    let bytes = 0;
    request.on('data', (chunk: Buffer) => {
      bytes += chunk.length;
      if (bytes <= maxBodyBytes) chunks.push(chunk);
    });
    request.on('end', () => {
      const body =
        bytes > maxBodyBytes
          ? ({ kind: 'too-large' } as const)
          : unpacked(Buffer.concat(chunks), request.headers['content-encoding'], maxBodyBytes);
      const { path, query } = targetOf(request.url ?? '/');
      resolve({ method: request.method ?? 'GET', path, query, headers: request.headers, body });
    });
    request.on('close', () => resolve(null));
    request.on('error', () => resolve(null));
  });
}

/** What `fetch` is given, as far as a CRM sees it. */
export interface RequestInProcess {
  /** Default GET. */
  readonly method?: string;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: string;
  readonly signal?: AbortSignal;
}

/** The same of a request that is made in this process. */
export function receivedInProcess(
  url: string,
  request: RequestInProcess,
  maxBodyBytes = MAX_BODY_BYTES,
): ReceivedRequest {
  const { pathname, search } = new URL(url);
  const { method = 'GET', headers = {}, body = '' } = request;
  return {
    method: method.toUpperCase(),
    path: pathname,
    query: search.slice(1),
    headers: Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value])),
    body: bodyOf(body, Buffer.byteLength(body) > maxBodyBytes),
  };
}

const UNPACKERS: Readonly<Record<string, typeof gunzipSync | typeof brotliDecompressSync>> = {
  gzip: gunzipSync,
  'x-gzip': gunzipSync,
  deflate: inflateSync,
  br: brotliDecompressSync,
};

/** A body that was sent packed; what isn't what its header says stays as it came, and is no JSON. */
function unpacked(sent: Buffer, encoding: string | undefined, maxBodyBytes: number): RequestBody {
  const unpack = UNPACKERS[(encoding ?? '').trim().toLowerCase()];
  if (unpack === undefined || sent.length === 0) return bodyOf(sent.toString('utf8'), false);
  try {
    return bodyOf(unpack(sent, { maxOutputLength: maxBodyBytes }).toString('utf8'), false);
  } catch (error) {
    const isTooLarge = (error as NodeJS.ErrnoException).code === 'ERR_BUFFER_TOO_LARGE';
    return isTooLarge ? { kind: 'too-large' } : bodyOf(sent.toString('utf8'), false);
  }
}

function targetOf(target: string): { readonly path: string; readonly query: string } {
  const [path = '/', ...query] = target.split('?');
  return { path, query: query.join('?') };
}

function bodyOf(text: string, isTooLarge: boolean): RequestBody {
  if (isTooLarge) return { kind: 'too-large' };
  if (text === '') return { kind: 'none' };
  try {
    return { kind: 'json', value: JSON.parse(text) as Json };
  } catch (error) {
    if (error instanceof SyntaxError) return { kind: 'text', text };
    throw error;
  }
}
