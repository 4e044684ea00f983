import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { sleepUnlessAborted, systemClock } from '../../src/runtime/clock.ts';
import { countOf, routeOf, type ReplyTraffic, type RouteTraffic, type Traffic } from './traffic.ts';

/** What the program was asked for under an attack, and what it asked the attacker's CRM for. */
export interface SeenAttack {
  readonly calls: Traffic;
  readonly crm: Traffic;
}

/**
 * Stands in for a program that does nothing: answers the attacker as it was answered by the program, as often and with as many bytes, but
 * thinks of nothing, and calls the attacker's CRM as often. What the other tenant loses beside it, the machine takes.
 */
export interface IdleProgram {
  readonly url: string;
  begin(seen: SeenAttack, crmUrl: string): void;
  end(): Promise<void>;
  close(): Promise<void>;
}

interface Script {
  readonly everyMs: number;
  readonly replies: readonly ReplyTraffic[];
  asked: number;
  nextAt: number;
}

const CHUNK = Buffer.alloc(65_536, 0x78);
const MOST_CALLS_AT_ONCE = 32;
const NEVER = Number.POSITIVE_INFINITY;

export async function startIdleProgram(): Promise<IdleProgram> {
  let scripts = new Map<string, Script>();
  let ending = new AbortController();
  let callers: Promise<void>[] = [];

  async function answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const script = scripts.get(routeOf(request.method ?? '', request.url ?? ''));
    // What nobody asked the program for: a connect, say, before what counts.
    if (script === undefined) return reply(request, response, '200', 0);
    const at = Math.max(performance.now(), script.nextAt);
    script.nextAt = at + script.everyMs;
    const wait = at - performance.now();
    if (wait >= 1) await sleepUnlessAborted(systemClock, wait, ending.signal);
    const { status, bytes, count } = nextReply(script);
    reply(request, response, status, Math.round(bytes / count));
  }

  const server = createServer((request, response) => {
    // Whoever has read enough hangs up.
    response.on('error', () => undefined);
    void answer(request, response);
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;

  async function end(): Promise<void> {
    ending.abort();
    await Promise.allSettled(callers);
    callers = [];
    ending = new AbortController();
    scripts = new Map();
  }

  return {
    url: `http://127.0.0.1:${port}`,
    begin({ calls, crm }, crmUrl) {
      scripts = new Map(calls.routes.map((route) => [route.route, scriptOf(route, calls.ms)]));
      callers = crm.routes.map((route) => callCrm(route, crm.ms, crmUrl, ending.signal));
    },
    end,
    async close() {
      await end();
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

function scriptOf(route: RouteTraffic, ms: number): Script {
  const replies = route.replies.filter(({ status }) => status !== 'error');
  const answered = replies.reduce((sum, { count }) => sum + count, 0);
  return { everyMs: ms / Math.max(1, answered), replies, asked: 0, nextAt: 0 };
}

/** Of each as many among so many as there were, spread evenly. */
function nextReply(script: Script): ReplyTraffic {
  const { replies } = script;
  const all = replies.reduce((sum, { count }) => sum + count, 0);
  script.asked += 1;
  // The golden ratio's steps fall on every part of the whole as often as it is large.
  let at = ((script.asked * 0.618_033_988_75) % 1) * all;
  for (const one of replies) {
    at -= one.count;
    if (at < 0) return one;
  }
  return replies.at(-1) ?? { status: '200', count: 1, bytes: 0 };
}

function reply(request: IncomingMessage, response: ServerResponse, status: string, bytes: number): void {
  const isStream = status === '200' && request.headers.accept === 'text/event-stream';
  // A body that nobody wants is not waited for, as by the program.
  const isRefused = status.startsWith('4') && request.headers['content-length'] !== undefined;
  response.writeHead(Number(status), {
    'content-type': isStream ? 'text/event-stream' : 'application/json',
    ...(isRefused ? { connection: 'close' } : {}),
  });
  for (let rest = bytes; rest > 0; rest -= CHUNK.length) response.write(CHUNK.subarray(0, rest));
  if (!isStream) response.end();
  if (!isRefused) request.resume();
}

/** Calls as often as the program did, with as many bytes. */
async function callCrm(route: RouteTraffic, ms: number, crmUrl: string, signal: AbortSignal): Promise<void> {
  const [method = 'GET'] = route.route.split(' ');
  const count = countOf(route);
  const everyMs = count === 0 ? NEVER : ms / count;
  const body = method === 'GET' ? null : 'x'.repeat(Math.round(route.sent / Math.max(1, count)));
  const calls = new Set<Promise<void>>();
  const began = performance.now();
  for (let index = 0; !signal.aborted; index += 1) {
    await sleepUnlessAborted(systemClock, began + index * everyMs - performance.now(), signal);
    if (signal.aborted || calls.size >= MOST_CALLS_AT_ONCE) continue;
    const call: Promise<void> = readAll(new URL(route.example, crmUrl), { method, body, signal }).finally(
      () => calls.delete(call),
    );
    calls.add(call);
  }
  await Promise.allSettled(calls);
}

async function readAll(url: URL, init: RequestInit): Promise<void> {
  try {
    const response = await fetch(url, { ...init, headers: { authorization: 'Bearer <Hostile&Key>-idle' } });
    await response.body?.pipeTo(new WritableStream());
  } catch {
    // The stretch ended.
  }
}
