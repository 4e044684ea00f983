import { channel } from 'node:diagnostics_channel';
import { once } from 'node:events';
import type { Socket } from 'node:net';
import { setImmediate as nextTurn } from 'node:timers/promises';
import { brotliCompressSync, gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { AllowedHost } from '../../src/config/allowed-hosts.ts';
import {
  type AxiosTransportOptions,
  type ClosableTransport,
  createAxiosTransport,
} from '../../src/wire/axios-transport.ts';
import type { OutboundRequest, OutboundResult } from '../../src/wire/transport.port.ts';
import { type ScriptedServer, bodyOf, startHttp, startTcp } from './scripted-server.ts';

const LOOPBACK: readonly AllowedHost[] = [{ host: '127.0.0.1', port: null }];

let transport: ClosableTransport;
let server: ScriptedServer | undefined;

const open = (options: Partial<AxiosTransportOptions> = {}) => {
  transport?.close();
  transport = createAxiosTransport({ allowed: LOOPBACK, ...options });
};
const get = (url: string, more: Partial<OutboundRequest> = {}): Promise<OutboundResult> =>
  transport.send({ method: 'GET', url, headers: {}, deadlineMs: 5_000, ...more });
const post = (url: string, more: Partial<OutboundRequest> = {}) =>
  get(url, { method: 'POST', body: '{"a":1}', ...more });
const bodyText = (result: OutboundResult) =>
  result.kind === 'response' ? Buffer.from(result.body).toString() : result;

beforeEach(() => open());
afterEach(async () => {
  transport.close();
  await server?.close();
  server = undefined;
});

describe('a call that goes well', () => {
  it('sends method, path, query, headers and JSON body and returns status, headers and bytes', async () => {
    server = await startHttp(async (request, response) => {
      const body = await bodyOf(request);
      response.writeHead(201, { 'content-type': 'application/json', 'x-twice': ['a', 'b'] });
      response.end(
        JSON.stringify({ method: request.method, url: request.url, headers: request.headers, body }),
      );
    });
    const result = await post(`${server.url}/api/v1/contacts?email=a%40b.c`, {
      headers: { Authorization: 'Bearer k' },
    });
    expect(result).toMatchObject({ kind: 'response', status: 201, headers: { 'x-twice': 'a, b' } });
    const seen = JSON.parse(bodyText(result) as string) as Record<string, unknown>;
    expect(seen).toMatchObject({ method: 'POST', url: '/api/v1/contacts?email=a%40b.c', body: '{"a":1}' });
    expect(seen.headers).toEqual({
      host: `127.0.0.1:${server.port}`,
      connection: 'keep-alive',
      accept: 'application/json',
      'accept-encoding': 'identity',
      'content-type': 'application/json',
      'content-length': '7',
      'user-agent': 'zena-crm-sync',
      authorization: 'Bearer k',
    });
  });

  it('never lets a caller replace the headers that are the transport’s own', async () => {
    server = await startHttp((request, response) => void response.end(JSON.stringify(request.headers)));
    const result = await get(server.url, {
      headers: { 'Accept-Encoding': 'gzip', Host: 'other', Cookie: 'a=b', Connection: 'close' },
    });
    const headers = JSON.parse(bodyText(result) as string) as Record<string, string>;
    expect(headers).toMatchObject({ 'accept-encoding': 'identity', host: `127.0.0.1:${server.port}` });
    expect(headers).not.toHaveProperty('cookie');
    expect(headers).not.toHaveProperty('content-type');
  });

  it('uses one connection for calls in a row and forgets cookies between them', async () => {
    const cookies: (string | undefined)[] = [];
    server = await startHttp((request, response) => {
      cookies.push(request.headers.cookie);
      response.setHeader('set-cookie', 'session=1').end('{}');
    });
    const first = await get(server.url);
    for (let call = 0; call < 4; call += 1) await post(server.url);
    expect(server.connections).toBe(1);
    expect(cookies).toEqual([undefined, undefined, undefined, undefined, undefined]);
    expect(first.kind === 'response' && first.headers).not.toHaveProperty('set-cookie');
  });

  it('opens connections for calls at the same time and keeps no more of them than allowed', async () => {
    open({ maxIdle: 2 });
    const waiting: (() => void)[] = [];
    server = await startHttp((_request, response) => {
      waiting.push(() => void response.end('{}'));
      if (waiting.length === 5) for (const answer of waiting.splice(0)) answer();
    });
    const { url } = server;
    await Promise.all([1, 2, 3, 4, 5].map(() => get(url)));
    expect(server.connections).toBe(5);
    await Promise.all([1, 2, 3, 4, 5].map(() => get(url)));
    expect(server.connections).toBe(8);
  });

  it('closes a connection that has been idle for the time allowed', async () => {
    open({ idleMs: 50 });
    server = await startTcp((socket) =>
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}')),
    );
    const closed = server.nextClose();
    await get(server.url);
    await closed;
    await get(server.url);
    expect(server.connections).toBe(2);
  });

  it('reads an answer that ends with the connection', async () => {
    server = await startTcp((socket) => {
      socket.once('data', () => socket.end('HTTP/1.1 200 OK\r\nconnection: close\r\n\r\n{"id":7}'));
    });
    expect(bodyText(await get(server.url))).toBe('{"id":7}');
  });

  it('reaches an allow-listed name over plain http, though it resolves to a private address', async () => {
    server = await startHttp((_request, response) => void response.end('{}'));
    open({
      allowed: [{ host: 'sandbox', port: server.port }],
      resolve: () => Promise.resolve([{ address: '127.0.0.1', family: 4 }]),
    });
    expect(await get(`http://sandbox:${server.port}/`)).toMatchObject({ kind: 'response', status: 200 });
  });
});

describe('an answer that is refused', () => {
  it.each([301, 302, 303, 307, 308])('returns a %i as it is and follows nothing', async (status) => {
    const other = await startHttp((_request, response) => void response.end('{}'));
    server = await startHttp(
      (_request, response) => void response.writeHead(status, { location: other.url }).end(),
    );
    const result = await post(server.url);
    await other.close();
    expect(result).toMatchObject({ kind: 'response', status });
    expect(other.connections).toBe(0);
  });

  it.each(['gzip', 'br', 'deflate', 'zstd', 'gzip, gzip', 'x-made-up'])(
    'refuses an answer encoded as %s without decoding it',
    async (encoding) => {
      // What Brotli makes begins like anything else: there the head alone tells.
      const zeros = Buffer.alloc(1024);
      const bomb = encoding === 'br' ? brotliCompressSync(zeros) : gzipSync(zeros);
      server = await startHttp(
        (_request, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(bomb),
      );
      expect(await get(server.url)).toMatchObject({ kind: 'no_answer', code: 'ANSWER_ENCODED' });
    },
  );

  it('accepts the encoding identity', async () => {
    server = await startHttp(
      (_request, response) => void response.writeHead(200, { 'content-encoding': 'identity' }).end('{}'),
    );
    expect(bodyText(await get(server.url))).toBe('{}');
  });

  it('stops reading at the byte cap, announced or not, and closes the connection', async () => {
    open({ maxBodyBytes: 1_000 });
    server = await startHttp((request, response) => {
      response.on('error', () => {});
      if (request.url === '/announced') {
        response.writeHead(200, { 'content-length': '1001' });
        response.flushHeaders();
        return;
      }
      response.writeHead(200);
      const drip = setInterval(() => response.write(Buffer.alloc(300)), 1);
      response.on('close', () => clearInterval(drip));
    });
    for (const path of ['/announced', '/endless']) {
      const closed = server.nextClose();
      expect(await get(server.url + path)).toMatchObject({ kind: 'no_answer', code: 'ANSWER_TOO_LARGE' });
      await closed;
    }
  });

  it('accepts a body of exactly the cap', async () => {
    open({ maxBodyBytes: 1_000 });
    server = await startHttp((_request, response) => void response.end(Buffer.alloc(1_000, 0x20)));
    expect(await get(server.url)).toMatchObject({ kind: 'response', status: 200 });
  });

  it.each([
    ['a head that is too large', `HTTP/1.1 200 OK\r\nx: ${'a'.repeat(40_000)}\r\n\r\n`],
    ['a flood of headers', `HTTP/1.1 200 OK\r\n${'set-cookie: a=b\r\n'.repeat(4_000)}\r\n`],
    ['what is not HTTP', 'SSH-2.0-OpenSSH_9.6\r\n'],
    ['two lengths', 'HTTP/1.1 200 OK\r\ncontent-length: 1\r\ncontent-length: 2\r\n\r\nab'],
  ])('calls %s unreadable', async (_name, answer) => {
    server = await startTcp((socket) => void socket.once('data', () => socket.write(answer)));
    expect(await get(server.url)).toMatchObject({ kind: 'no_answer', code: 'ANSWER_UNREADABLE' });
  });

  it('keeps a header named __proto__ away from objects', async () => {
    server = await startTcp(
      (socket) =>
        void socket.once('data', () =>
          socket.write('HTTP/1.1 200 OK\r\n__proto__: x\r\n__proto__: y\r\ncontent-length: 0\r\n\r\n'),
        ),
    );
    expect(await get(server.url)).toMatchObject({ kind: 'response', headers: { 'content-length': '0' } });
  });
});

describe('a call that does not come to an end', () => {
  it('ends a slow drip at the deadline, though every gap is short', async () => {
    server = await startHttp((_request, response) => {
      response.writeHead(200);
      const drip = setInterval(() => response.write(' '), 20);
      response.on('close', () => clearInterval(drip));
    });
    const closed = server.nextClose();
    expect(await get(server.url, { deadlineMs: 200 })).toMatchObject({ kind: 'no_answer', code: 'TIMEOUT' });
    await closed;
  });

  it('ends a call that is never answered at the deadline', async () => {
    server = await startHttp(() => {});
    expect(await post(server.url, { deadlineMs: 150 })).toMatchObject({
      kind: 'no_answer',
      code: 'TIMEOUT',
    });
  });

  it.each([
    ['before the answer', ''],
    ['within the head', 'HTTP/1.1 200 OK\r\ncontent-'],
    ['within the body', 'HTTP/1.1 200 OK\r\ncontent-length: 10\r\n\r\n{"id"'],
  ])('calls a connection that is cut %s lost, and does not send again', async (_name, start) => {
    let requests = 0;
    server = await startTcp((socket) =>
      socket.once('data', () => {
        requests += 1;
        socket.write(start, () => socket.resetAndDestroy());
      }),
    );
    expect(await post(server.url)).toMatchObject({ kind: 'no_answer', code: 'CONNECTION_LOST' });
    expect(requests).toBe(1);
  });

  it('does not repeat a call on a kept connection that dies under it', async () => {
    let requests = 0;
    server = await startTcp((socket) =>
      socket.on('data', () => {
        requests += 1;
        if (requests === 1) socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        else socket.resetAndDestroy();
      }),
    );
    await post(server.url);
    expect(await post(server.url)).toMatchObject({ kind: 'no_answer', code: 'CONNECTION_LOST' });
    expect([requests, server.connections]).toEqual([2, 1]);
  });

  it('does not use a kept connection that the other side has closed', async () => {
    server = await startTcp((socket) =>
      socket.on('data', () => {
        socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}');
        setImmediate(() => socket.end());
      }),
    );
    const closed = server.nextClose();
    await post(server.url);
    await closed;
    expect(await post(server.url)).toMatchObject({ kind: 'response', status: 200 });
    expect(server.connections).toBe(2);
  });
});

describe('a call that is not sent', () => {
  it('says so when nobody listens', async () => {
    const gone = await startHttp(() => {});
    await gone.close();
    expect(await post(gone.url)).toMatchObject({ kind: 'not_sent', code: 'CONNECT_FAILED' });
  });

  it('says so when the name has no address', async () => {
    const notFound = Object.assign(new Error('no'), { code: 'ENOTFOUND' });
    open({ resolve: () => Promise.reject(notFound) });
    expect(await post('https://crm.example.com/')).toMatchObject({
      kind: 'not_sent',
      code: 'HOST_NOT_FOUND',
    });
  });

  it('says so when the deadline passes while the name is resolved', async () => {
    open({ resolve: () => new Promise(() => {}) });
    expect(await post('https://crm.example.com/', { deadlineMs: 50 })).toMatchObject({
      kind: 'not_sent',
      code: 'DEADLINE_BEFORE_SEND',
    });
  });

  it('asks after the connection is open, and sends no byte when the answer is no', async () => {
    server = await startHttp((_request, response) => void response.end('{}'));
    const { url } = server;
    let connectionsWhenAsked = 0;
    const mayDispatch = () => {
      connectionsWhenAsked = server?.connections ?? 0;
      return Promise.resolve('CLAIM_EXPIRED' as const);
    };
    const closed = server.nextClose();
    expect(await post(url, { mayDispatch })).toMatchObject({ kind: 'not_sent', code: 'CLAIM_EXPIRED' });
    await closed;
    expect(connectionsWhenAsked).toBe(1);
    expect(server.received).toBe(0);
  });

  it('sends no byte on a kept connection either when the answer is no, and keeps it', async () => {
    server = await startHttp((_request, response) => void response.end('{}'));
    const { url } = server;
    await post(url);
    const before = server.received;
    const refused = await post(url, { mayDispatch: () => Promise.resolve('STOPPING') });
    expect(refused).toMatchObject({ kind: 'not_sent', code: 'STOPPING' });
    expect(server.received).toBe(before);
    await post(url, { mayDispatch: () => Promise.resolve(null) });
    expect(server.connections).toBe(1);
  });

  it('sends no byte when the deadline passes while it asks', async () => {
    server = await startHttp((_request, response) => void response.end('{}'));
    const result = await post(server.url, { deadlineMs: 100, mayDispatch: () => new Promise(() => {}) });
    expect(result).toMatchObject({ kind: 'not_sent', code: 'DEADLINE_BEFORE_SEND' });
    expect(server.received).toBe(0);
  });

  it('asks again on a fresh connection when the kept one was closed while it asked', async () => {
    const accepted: Socket[] = [];
    server = await startTcp((socket) => {
      accepted.push(socket);
      socket.on('data', () => socket.write('HTTP/1.1 200 OK\r\ncontent-length: 2\r\n\r\n{}'));
    });
    const { url } = server;
    await post(url);
    let asked = 0;
    const mayDispatch = async () => {
      asked += 1;
      if (asked === 1) {
        const [first] = accepted;
        first?.destroy();
        if (first) await once(first, 'close');
        // The other end hears of it in a later turn of the loop.
        for (let turn = 0; turn < 20; turn += 1) await nextTurn();
      }
      return null;
    };
    expect(await post(url, { mayDispatch })).toMatchObject({ kind: 'response', status: 200 });
    expect([asked, server.connections]).toEqual([2, 2]);
  });

  it('passes on what the question throws, and closes the connection', async () => {
    server = await startHttp((_request, response) => void response.end('{}'));
    const closed = server.nextClose();
    await expect(
      post(server.url, { mayDispatch: () => Promise.reject(new Error('store is down')) }),
    ).rejects.toThrow('store is down');
    await closed;
    expect(server.received).toBe(0);
  });

  it('opens no socket for an address that the guard refuses', async () => {
    let sockets = 0;
    const count = () => void (sockets += 1);
    const created = channel('net.client.socket');
    created.subscribe(count);
    open({ allowed: [] });
    const refused = [
      'https://127.0.0.1/',
      'https://[::1]/',
      'http://crm.example.com/',
      'https://localhost/x',
    ];
    const results = await Promise.all(refused.map((url) => post(url)));
    created.unsubscribe(count);
    expect(results.map((result) => result.kind === 'not_sent' && result.code)).toEqual(
      refused.map(() => 'HOST_REFUSED'),
    );
    expect(sockets).toBe(0);
  });

  it('throws for a header with a line end, without repeating it', async () => {
    const secret = 'key\r\nx-injected: 1';
    const error = await post('https://crm.example.com/', { headers: { authorization: secret } }).catch(
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(TypeError);
    expect(JSON.stringify(error, Object.getOwnPropertyNames(error))).not.toContain('key');
  });
});
