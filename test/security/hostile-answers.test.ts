import type { Socket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ClosableTransport, createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { classifyAnswer } from '../../src/wire/classify-answer.ts';
import { type ScriptedServer, startTcp } from '../wire/scripted-server.ts';

const OK = 'HTTP/1.1 200 OK\r\ncontent-type: application/json\r\n';
const DEADLINE_MS = 400;

let server: ScriptedServer | undefined;
let transport: ClosableTransport;

beforeEach(() => {
  transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: null }], maxBodyBytes: 10_000 });
});
afterEach(async () => {
  transport.close();
  await server?.close();
  server = undefined;
});

/** Answers each request, by its number, on bare sockets. */
async function answering(answer: (socket: Socket, request: number) => void) {
  let requests = 0;
  server = await startTcp((socket) => socket.on('data', () => answer(socket, (requests += 1))));
  const { url } = server;
  return (deadlineMs = 5_000) => transport.send({ method: 'GET', url, headers: {}, deadlineMs });
}

/** Writes the same piece over and over, as fast as the other side takes it. */
function flood(socket: Socket, piece: string): void {
  const more = () => {
    while (!socket.destroyed && socket.write(piece));
  };
  socket.on('drain', more);
  more();
}

function dripping(socket: Socket, piece: string): void {
  const timer = setInterval(() => socket.write(piece), 10);
  socket.on('close', () => clearInterval(timer));
}

describe('an answer without an end', () => {
  it.each([
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\nlink: <x>\r\n\r\n'],
    ['continue answers', '', 'HTTP/1.1 100 Continue\r\n\r\n'],
    ['headers', 'HTTP/1.1 200 OK\r\n', `x-flood: ${'a'.repeat(500)}\r\n`],
    ['one header', 'HTTP/1.1 200 OK\r\nx-flood: ', 'a'.repeat(500)],
    ['body chunks', `${OK}transfer-encoding: chunked\r\n\r\n`, `200\r\n${' '.repeat(512)}\r\n`],
    ['chunk extensions', `${OK}transfer-encoding: chunked\r\n\r\n1;`, 'a=b;'.repeat(100)],
    [
      'trailers',
      `${OK}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n`,
      `x-trailer: ${'a'.repeat(500)}\r\n`,
    ],
    ['a status line', 'HTTP/1.1 200 ', 'O'.repeat(500)],
  ])('is cut off though it floods with %s', async (_what, start, piece) => {
    const send = await answering((socket) => {
      socket.write(start);
      flood(socket, piece);
    });
    const before = process.memoryUsage().rss;
    const closed = server?.nextClose();
    expect(await send(DEADLINE_MS)).toMatchObject({ kind: 'no_answer' });
    await closed;
    expect(process.memoryUsage().rss - before).toBeLessThan(150 * 1024 * 1024);
  });

  it.each([
    ['interim answers', '', 'HTTP/1.1 103 Early Hints\r\n\r\n'],
    ['header bytes', 'HTTP/1.1 200 OK\r\nx: ', 'a'],
    ['empty-looking chunks', `${OK}transfer-encoding: chunked\r\n\r\n`, '1\r\n \r\n'],
    ['the digits of a chunk size', `${OK}transfer-encoding: chunked\r\n\r\n`, '0'],
    ['blanks of an announced body', `${OK}content-length: 9000\r\n\r\n`, ' '],
  ])('ends at the deadline in total though it drips %s', async (_what, start, piece) => {
    const send = await answering((socket) => {
      socket.write(start);
      dripping(socket, piece);
    });
    const closed = server?.nextClose();
    expect(await send(DEADLINE_MS)).toMatchObject({ kind: 'no_answer' });
    await closed;
  });
});

describe('an answer with two readings', () => {
  const body = '7\r\n{"a":1}\r\n0\r\n\r\n';
  it.each([
    ['length and chunks', `${OK}content-length: 2\r\ntransfer-encoding: chunked\r\n\r\n${body}`],
    ['chunks, then a length', `${OK}transfer-encoding: chunked\r\ncontent-length: 2\r\n\r\n${body}`],
    ['two lengths in one', `${OK}content-length: 2, 7\r\n\r\n{"a":1}`],
    ['a negative length', `${OK}content-length: -1\r\n\r\n{}`],
    ['a length in hex', `${OK}content-length: 0x2\r\n\r\n{}`],
    ['a length beyond all numbers', `${OK}content-length: 99999999999999999999\r\n\r\n{}`],
    ['a chunk size beyond all numbers', `${OK}transfer-encoding: chunked\r\n\r\nfffffffffffffffff\r\n{}`],
    ['a negative chunk size', `${OK}transfer-encoding: chunked\r\n\r\n-1\r\n{}`],
    ['a header without a colon', `${OK}nonsense\r\ncontent-length: 2\r\n\r\n{}`],
    ['a blank before the colon', `${OK}content-length : 2\r\n\r\n{}`],
    ['a NUL in a header', `${OK}x: a\u0000b\r\ncontent-length: 2\r\n\r\n{}`],
    ['another protocol', 'HTTP/7.3 200 OK\r\ncontent-length: 2\r\n\r\n{}'],
    ['no version', 'ICY 200 OK\r\ncontent-length: 2\r\n\r\n{}'],
    ['a status that is none', 'HTTP/1.1 20 OK\r\ncontent-length: 2\r\n\r\n{}'],
  ])('is refused: %s', async (_what, answer) => {
    const send = await answering((socket) => socket.end(answer));
    expect(await send(DEADLINE_MS)).toMatchObject({ kind: 'no_answer' });
  });

  it('is no answer when it changes to another protocol', async () => {
    const send = await answering((socket) =>
      socket.write('HTTP/1.1 101 Switching Protocols\r\nupgrade: h2c\r\nconnection: upgrade\r\n\r\n'),
    );
    expect(await send(DEADLINE_MS)).toMatchObject({ kind: 'no_answer' });
  });
});

describe('an answer that brings another one along', () => {
  const smuggled = `${OK}content-length: 14\r\n\r\n{"stolen":"1"}`;

  it.each([
    ['in the same packet', (socket: Socket) => socket.write(`${OK}content-length: 2\r\n\r\n{}${smuggled}`)],
    [
      'right after it',
      (socket: Socket) => {
        socket.write(`${OK}content-length: 2\r\n\r\n{}`);
        setImmediate(() => socket.write(smuggled));
      },
    ],
    [
      'behind the last chunk',
      (socket: Socket) =>
        socket.write(`${OK}transfer-encoding: chunked\r\n\r\n2\r\n{}\r\n0\r\n\r\n${smuggled}`),
    ],
    [
      'behind an answer that has no body',
      (socket: Socket) => socket.write(`HTTP/1.1 204 No Content\r\ncontent-length: 14\r\n\r\n${smuggled}`),
    ],
  ])('%s never has it taken for the answer to the next call', async (_when, first) => {
    const send = await answering((socket, request) => {
      if (request === 1) first(socket);
      else socket.write(`${OK}content-length: 16\r\n\r\n{"rightful":"1"}`);
    });
    await send();
    // What came along has arrived by the time that another whole exchange has.
    for (let call = 0; call < 3; call += 1) {
      const next = await send();
      const text = next.kind === 'response' ? Buffer.from(next.body).toString() : '';
      expect(text).not.toContain('stolen');
    }
  });
});

describe('what an answer holds', () => {
  const outcome = async (head: string, body: string) => {
    const length = Buffer.byteLength(body);
    const send = await answering((socket) =>
      socket.end(`HTTP/1.1 200 OK\r\n${head}content-length: ${length}\r\n\r\n${body}`),
    );
    return classifyAnswer(await send(), 'find', 0);
  };

  it.each([
    ['a page', 'content-type: text/html\r\n', '{}'],
    ['no type', '', '{}'],
    ['a type that only begins like JSON', 'content-type: application/jsonp\r\n', '{}'],
    ['two types', 'content-type: text/html\r\ncontent-type: application/json\r\n', '{}'],
    ['a nesting of 65', 'content-type: application/json\r\n', '['.repeat(65) + ']'.repeat(65)],
    ['a nesting of thousands', 'content-type: application/json\r\n', '{"a":'.repeat(1_500)],
    ['half of it', 'content-type: application/json\r\n', '{"a":'],
    ['not a number', 'content-type: application/json\r\n', '{"a":NaN}'],
    ['two values', 'content-type: application/json\r\n', '{}{}'],
  ])('is not taken for JSON: %s', async (_what, head, body) => {
    expect(await outcome(head, body)).toMatchObject({ kind: 'retry_later', code: 'ANSWER_NOT_JSON' });
  });

  it('can not reach the prototype of anything', async () => {
    const body =
      '{"__proto__":{"polluted":1},"constructor":{"prototype":{"polluted":1}},"\\u005f_proto__":{"polluted":1}}';
    const read = await outcome('content-type: application/json\r\n', body);
    expect(read.kind).toBe('applied');
    expect(({} as Record<string, unknown>)['polluted']).toBeUndefined();
    expect(read.kind === 'applied' && Object.keys(read.value.body as object)).toEqual(['constructor']);
  });
});
