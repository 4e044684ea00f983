import type { Dispatcher } from 'undici';
import type { Connection } from './connection-pool.ts';
import { isEncoded, looksEncoded } from './parsing/content-encoding.ts';
import type { BodyLimits, OutboundRequest, OutboundResponse, OutboundResult } from './transport.port.ts';

export interface ExchangeRequest {
  readonly method: OutboundRequest['method'];
  /** Path and query. */
  readonly path: string;
  readonly headers: Readonly<Record<string, string>>;
  readonly body: string | null;
  readonly bodyLimits: BodyLimits;
  readonly signal: AbortSignal;
}

/**
 * Sends one request on an open connection and reads the answer to its end. Never rejects for what the other side does.
 *
 * A failure is `not_sent` only if not one byte was handed to the socket; then the other side can't have seen anything. The
 * connection is closed after any end but a complete answer.
 */
export function exchange(connection: Connection, request: ExchangeRequest): Promise<OutboundResult> {
  const { socket, client } = connection;
  const writtenBefore = socket.bytesWritten;
  return new Promise((resolve) => {
    const close = () => {
      socket.destroy();
      void client.destroy();
    };
    const answer = createAnswer(request.bodyLimits);
    const settle = (result: OutboundResult) => {
      request.signal.removeEventListener('abort', onAbort);
      resolve(result);
    };
    const fail = (code: FailureCode, detail: string) => {
      const untouched = socket.bytesWritten === writtenBefore;
      settle(untouched ? unsent(code, detail) : { kind: 'no_answer', code, detail });
      close();
    };
    const finish = () => {
      const result = answer.finish();
      if (looksEncoded(result.headers['content-encoding'], result.body)) failEncoded();
      else settle(result);
    };
    const failEncoded = () => fail('ANSWER_ENCODED', 'The answer is compressed, which was not asked for.');
    const onAbort = () => fail('TIMEOUT', 'No complete answer within the time allowed for the call.');
    if (request.signal.aborted) {
      onAbort();
      return;
    }
    request.signal.addEventListener('abort', onAbort, { once: true });

    const { path, method, headers, body } = request;
    client.dispatch(
      { path, method, headers, body },
      {
        onRequestStart() {},
        onResponseStart(controller, status) {
          if (status < 200) return;
          answer.begin(status, controller.rawHeaders);
          if (answer.encoded()) failEncoded();
          else if (answer.announcedTooLarge()) fail('ANSWER_TOO_LARGE', 'The answer is larger than allowed.');
        },
        onResponseData(_controller, chunk) {
          // What was on its way when the connection was closed.
          if (socket.destroyed) return;
          const read = answer.add(chunk);
          if (read === 'too_large') fail('ANSWER_TOO_LARGE', 'The answer is larger than allowed.');
          if (read !== 'enough') return;
          // Whatever comes after this is nobody's.
          finish();
          close();
        },
        onResponseEnd: finish,
        onResponseError(_controller, error) {
          const code = codeOf(error);
          if (UNREADABLE.test(code)) fail('ANSWER_UNREADABLE', `The answer is not valid HTTP (${code}).`);
          else fail('CONNECTION_LOST', `The connection ended before the answer did (${code}).`);
        },
      },
    );
  });
}

type FailureCode = Extract<OutboundResult, { kind: 'no_answer' }>['code'];

/** Parser errors (`HPE_…`), too many header bytes, a body of another length than announced. */
const UNREADABLE = /^HPE_|^UND_ERR_(?:HEADERS_OVERFLOW|RES_CONTENT_LENGTH_MISMATCH|RES_EXCEEDED_MAX_SIZE)$/;

function codeOf(error: Error): string {
  const { code } = error as NodeJS.ErrnoException;
  // The parser has errors without a code; their `data` is the answer itself and goes nowhere.
  return code ?? (error.name === 'HTTPParserError' ? 'HPE_UNKNOWN' : 'unknown');
}

function unsent(code: FailureCode, detail: string): OutboundResult {
  return code === 'TIMEOUT'
    ? {
        kind: 'not_sent',
        code: 'DEADLINE_BEFORE_SEND',
        detail: 'The time for the call ran out before it was sent.',
      }
    : { kind: 'not_sent', code: 'CONNECT_FAILED', detail };
}

interface Answer {
  begin(status: number, rawHeaders: Dispatcher.DispatchController['rawHeaders']): void;
  encoded(): boolean;
  announcedTooLarge(): boolean;
  /** `enough`: what is more than this is not read. */
  add(chunk: Buffer): 'more' | 'enough' | 'too_large';
  finish(): OutboundResponse;
}

function createAnswer({ whole, start }: BodyLimits): Answer {
  const chunks: Buffer[] = [];
  let status = 0;
  let size = 0;
  /** Of a success with a limit of its own: all of it, or none. */
  const isWhole = (): boolean => whole > 0 && status >= 200 && status < 300;
  let headers: Readonly<Record<string, string>> = {};
  return {
    begin(code, rawHeaders) {
      status = code;
      headers = readHeaders(rawHeaders);
    },
    encoded: () => isEncoded(headers['content-encoding']),
    announcedTooLarge: () => isWhole() && Number(headers['content-length'] ?? 0) > whole,
    add(chunk) {
      size += chunk.length;
      if (isWhole() && size > whole) return 'too_large';
      chunks.push(chunk);
      return isWhole() || size <= start ? 'more' : 'enough';
    },
    finish() {
      const answer = { kind: 'response', status, headers } as const;
      if (isWhole() || size <= start) return { ...answer, body: Buffer.concat(chunks, size) };
      return { ...answer, body: Buffer.concat(chunks, start), isCut: true };
    },
  };
}

/** More headers than anybody sends; each costs the libraries that carry them along a look at all others. */
const MOST_HEADERS = 200;

/** Lower-case names; repeated ones joined. Cookies are left out: no call ever continues another's session. */
function readHeaders(raw: Dispatcher.DispatchController['rawHeaders']): Readonly<Record<string, string>> {
  const headers = new Map<string, string>();
  const list = Array.isArray(raw) ? raw : [];
  for (let at = 0; at + 1 < list.length && headers.size < MOST_HEADERS; at += 2) {
    const name = text(list[at]).toLowerCase();
    if (name === 'set-cookie' || name === '__proto__') continue;
    const earlier = headers.get(name);
    const value = text(list[at + 1]).trim();
    headers.set(name, earlier === undefined ? value : `${earlier}, ${value}`);
  }
  return Object.fromEntries(headers);
}

function text(part: Buffer | string | undefined): string {
  return typeof part === 'string' ? part : (part?.toString('latin1') ?? '');
}
