import { once } from 'node:events';
import { createServer, request as openRequest, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { buffer } from 'node:stream/consumers';

/** Where on its way a request is held, for good. */
export interface HoldPoint {
  /** `arrives`: the CRM never sees it; `answered`: the CRM did it, and nobody hears; `half_told`: half of the answer is heard. */
  readonly held: 'arrives' | 'answered' | 'half_told';
  isIt(method: string, path: string): boolean;
  /** Of the answer, where it is by that; absent: any. */
  says?(answer: string): boolean;
}

/** Stands between the program and its CRM, passes everything on, and holds one request where it is told to. */
export interface WireGate {
  /** What the program takes for the CRM's own address. */
  readonly url: string;
  /** Resolves once a request is held there. */
  hold(point: HoldPoint): Promise<void>;
  /** What is held is dropped, and everything goes through again. */
  drop(): void;
  close(): Promise<void>;
}

interface Armed {
  readonly point: HoldPoint;
  readonly reached: () => void;
  isReached: boolean;
}

interface Answer {
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: Buffer;
}

export async function openWireGate(crmUrl: string): Promise<WireGate> {
  let armed: Armed | null = null;
  const held: ServerResponse[] = [];

  const isHeld = (at: HoldPoint['held'], request: IncomingMessage, answer = ''): Armed | null => {
    if (armed === null || armed.isReached || armed.point.held !== at) return null;
    const { pathname } = new URL(request.url ?? '/', crmUrl);
    const { isIt, says } = armed.point;
    return isIt(request.method ?? '', pathname) && says?.(answer) !== false ? armed : null;
  };
  const holdBack = (by: Armed, response: ServerResponse): void => {
    by.isReached = true;
    held.push(response);
    by.reached();
  };

  async function pass(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const sent = await buffer(request);
    const before = isHeld('arrives', request);
    if (before !== null) return holdBack(before, response);
    const { status, headers, body } = await forward(crmUrl, request, sent);
    const text = body.toString('utf8');
    const after = isHeld('answered', request, text);
    if (after !== null) return holdBack(after, response);
    response.writeHead(status, headers);
    const half = isHeld('half_told', request, text);
    if (half === null) return void response.end(body);
    response.write(body.subarray(0, body.length / 2), () => holdBack(half, response));
  }

  const server = createServer((request, response) => {
    // Whoever was killed hears nothing any more; the CRM ends with the run.
    pass(request, response).catch(() => response.destroy());
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${String(port)}`,
    hold: (point) =>
      new Promise((resolve) => {
        armed = { point, reached: resolve, isReached: false };
      }),
    drop() {
      armed = null;
      for (const response of held.splice(0)) response.destroy();
    },
    async close() {
      const closed = once(server, 'close');
      server.close();
      server.closeAllConnections();
      await closed;
    },
  };
}

/** As it came, the name of the host too: what the CRM calls itself is the gate. */
async function forward(
  crmUrl: string,
  { method, url, headers }: IncomingMessage,
  body: Buffer,
): Promise<Answer> {
  const outgoing = openRequest(new URL(url ?? '/', crmUrl), { method, headers });
  outgoing.end(body);
  const [answer] = (await once(outgoing, 'response')) as [IncomingMessage];
  return { status: answer.statusCode ?? 502, headers: answer.headers, body: await buffer(answer) };
}
