import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { TrafficCall } from './traffic.ts';

/** How it answers: as a CRM does, or as the worst one would. */
export const CRM_MOODS = ['good', 'bomb', 'hits', 'echo'] as const;
export type CrmMood = (typeof CRM_MOODS)[number];

/** A CRM that a user named, whose owner wants the service to stand still. */
export interface HostileCrm {
  readonly url: string;
  setMood(mood: CrmMood): void;
  /** Answers so far. */
  answered(): number;
  close(): Promise<void>;
}

const MIB = 1_048_576;
const HITS = 380_000;
/** Small numbers: as many elements as its bytes allow. */
const BOMB = `[${'0,'.repeat(2.4 * MIB)}0]`;
const HIT_LIST = `[${Array.from({ length: HITS }, (_, at) => `{"id":${at}}`).join(',')}]`;
const EMPTY_PAGE = '{"items":[],"nextCursor":null}';

/** @param note hears of each call that it answers */
export async function startHostileCrm(
  note: (call: TrafficCall) => void = () => undefined,
): Promise<HostileCrm> {
  let mood: CrmMood = 'good';
  let answered = 0;
  const server = createServer((request, response) => {
    void bodyOf(request).then(({ text, bytes }) => {
      answered += 1;
      answer(mood, answered, request, text, response);
      const [method, path] = [request.method ?? '', request.url ?? ''];
      note({ method, path, status: String(response.statusCode), sent: bytes, bytes: 0 });
    });
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  return {
    url: `http://127.0.0.1:${port}`,
    setMood(next) {
      mood = next;
    },
    answered: () => answered,
    async close() {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function answer(
  mood: CrmMood,
  count: number,
  request: IncomingMessage,
  body: string,
  response: ServerResponse,
): void {
  const { pathname } = new URL(request.url ?? '/', 'http://crm');
  const send = (status: number, text: string, type = 'application/json'): void => {
    response.writeHead(status, { 'content-type': type }).end(text);
  };
  if (mood === 'bomb') return send(200, BOMB);
  if (mood === 'hits' && pathname.endsWith('/search')) return send(200, HIT_LIST);
  if (mood === 'echo' && !pathname.endsWith('/auth/verify')) {
    const key = (request.headers.authorization ?? '').replace('Bearer ', '');
    const said = `${key} ${key.toLowerCase()} ${encodeURIComponent(key).toLowerCase()} ${body}`;
    return send(422, JSON.stringify({ message: said.repeat(Math.ceil(MIB / said.length)) }));
  }
  if (pathname.endsWith('/auth/verify')) return send(200, '{}');
  if (pathname.endsWith('/search')) return send(200, '[]');
  if (request.method === 'POST') return send(201, `{"id":"r-${count}"}`);
  if (request.method === 'GET' && /\/(contacts|properties|deals)$/.test(pathname))
    return send(200, EMPTY_PAGE);
  return send(request.method === 'GET' ? 404 : 200, '{}');
}

async function bodyOf(request: IncomingMessage): Promise<{ readonly text: string; readonly bytes: number }> {
  let [text, bytes] = ['', 0];
  try {
    for await (const chunk of request as AsyncIterable<Buffer>) {
      bytes += chunk.length;
      text += chunk.toString('latin1').slice(0, 1_000);
    }
  } catch {
    // Whoever called hung up.
  }
  return { text: text.slice(0, 1_000), bytes };
}
