import { createServer, type IncomingHttpHeaders } from 'node:http';
import type { AddressInfo } from 'node:net';

export interface FakeRequest {
  readonly method: string;
  /** With the query. */
  readonly url: string;
  readonly headers: IncomingHttpHeaders;
  readonly body: string;
}

export interface FakeAnswer {
  readonly status?: number;
  readonly headers?: Readonly<Record<string, string>>;
  /** Sent as JSON, texts as they are. */
  readonly body?: unknown;
}

export interface FakeService {
  readonly url: string;
  readonly requests: FakeRequest[];
  /** What the command line needs to know. */
  readonly env: Readonly<Record<string, string>>;
  close(): Promise<void>;
}

/** A service that answers as the test says; what it doesn't know is 404. */
export async function startFakeService(
  answer: (request: FakeRequest, earlier: readonly FakeRequest[]) => FakeAnswer | undefined,
): Promise<FakeService> {
  const requests: FakeRequest[] = [];
  const server = createServer((incoming, response) => {
    const chunks: Buffer[] = [];
    incoming.on('data', (chunk: Buffer) => chunks.push(chunk));
    incoming.on('end', () => {
      const { method = '', url = '', headers } = incoming;
      const request = { method, url, headers, body: Buffer.concat(chunks).toString('utf8') };
      const { status = 200, headers: extra, body } = answer(request, [...requests]) ?? NOT_FOUND;
      requests.push(request);
      response.writeHead(status, { 'content-type': 'application/json', ...extra });
      response.end(typeof body === 'string' ? body : JSON.stringify(body));
    });
  });
  await new Promise<void>((resolve) => {
    server.listen(0, '127.0.0.1', resolve);
  });
  const url = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
  return {
    url,
    requests,
    env: { ZENA_CRM_URL: url, ZENA_CRM_TOKEN: 'a-token' },
    close: () =>
      new Promise((resolve) => {
        server.close(() => {
          resolve();
        });
        server.closeAllConnections();
      }),
  };
}

export function problem(status: number, code: string, detail: string, more: object = {}): FakeAnswer {
  return { status, body: { type: `/problems/${code}`, title: 'A problem', status, detail, code, ...more } };
}

const NOT_FOUND = problem(404, 'NOT_FOUND', 'It does not exist, or it is not yours.');
