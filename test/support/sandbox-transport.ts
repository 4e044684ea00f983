import type { VirtualClock } from '../../src/runtime/virtual-clock.ts';
import type { Sandbox } from '../../src/sandbox/kit/sandbox.ts';
import { isEncoded } from '../../src/wire/parsing/content-encoding.ts';
import { createCrmAxios, headersOf, requestBy, settled } from '../../src/wire/crm-axios.ts';
import type { OutboundRequest, OutboundResult, Transport } from '../../src/wire/transport.port.ts';

/** As many as the outbound edge takes. */
const MAX_BODY_BYTES = 5 * 1024 * 1024;

/**
 * The way to a sandbox in this process, by a virtual clock: whoever waits for an answer makes the time pass that it takes. What the
 * port promises of deadlines, sizes and encodings holds here, too; hosts are not checked, as none is called.
 */
export function createSandboxTransport(
  { fetch }: Pick<Sandbox<never, never>, 'fetch'>,
  clock: VirtualClock,
): Transport {
  const http = createCrmAxios(MAX_BODY_BYTES);
  return {
    async send(request) {
      const refusal = (await request.mayDispatch?.()) ?? null;
      if (refusal !== null) return { kind: 'not_sent', code: refusal, detail: 'Held back.' };
      const ended = new AbortController();
      const deadline = new AbortController();
      void clock.sleep(request.deadlineMs, ended.signal).then(
        () => deadline.abort(),
        () => undefined,
      );
      const answer = requestBy(http, request, async (config) =>
        settled(config, await exchange(fetch, request, headersOf(config), deadline.signal)),
      );
      const result = await passTimeUntil(answer, clock);
      ended.abort();
      return result;
    },
  };
}

/** Lets time pass by a virtual clock until something has come to its end. */
async function passTimeUntil<T>(work: Promise<T>, clock: VirtualClock): Promise<T> {
  let isOver = false;
  const over = () => {
    isOver = true;
  };
  work.then(over, over);
  while (!isOver) await clock.step();
  return work;
}

async function exchange(
  fetch: Sandbox<never, never>['fetch'],
  request: OutboundRequest,
  headers: Record<string, string>,
  signal: AbortSignal,
): Promise<OutboundResult> {
  const { url, method, body } = request;
  const left = new AbortController();
  const sent = { method, headers, signal: AbortSignal.any([signal, left.signal]) };
  try {
    const response = await fetch(url, body === undefined ? sent : { ...sent, body });
    const result = await read(response);
    if (result.kind !== 'response') left.abort();
    return result;
  } catch (error) {
    if (signal.aborted) return { kind: 'no_answer', code: 'TIMEOUT', detail: 'No answer in time.' };
    const { cause } = error as { readonly cause?: NodeJS.ErrnoException };
    if (cause?.code === 'ECONNREFUSED')
      return { kind: 'not_sent', code: 'CONNECT_FAILED', detail: cause.code };
    if (cause?.code === 'ECONNRESET')
      return { kind: 'no_answer', code: 'CONNECTION_LOST', detail: cause.code };
    throw error;
  }
}

async function read(response: Response): Promise<OutboundResult> {
  const headers = Object.fromEntries(response.headers);
  if (isEncoded(headers['content-encoding'])) {
    return { kind: 'no_answer', code: 'ANSWER_ENCODED', detail: 'The answer is compressed.' };
  }
  const pieces: Uint8Array[] = [];
  let bytes = 0;
  for await (const piece of piecesOf(response)) {
    pieces.push(piece);
    bytes += piece.length;
    if (bytes > MAX_BODY_BYTES) return { kind: 'no_answer', code: 'ANSWER_TOO_LARGE', detail: 'Too large.' };
  }
  return { kind: 'response', status: response.status, headers, body: Buffer.concat(pieces) };
}

/** An answer's body as it comes. */
export function piecesOf({ body }: Response): AsyncIterable<Uint8Array> | readonly Uint8Array[] {
  return (body as ReadableStream<Uint8Array> | null) ?? [];
}
