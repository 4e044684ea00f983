import { once } from 'node:events';
import { connect, type Socket } from 'node:net';
import { afterAll, afterEach, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';
import { expectRefusal, type Refusal } from '../refusals.ts';

const CONNECT = '/api/integrations/crm/mri_vault/connect';
const HEADERS_MS = 150;
const REQUEST_MS = 300;

let api: ApiHarness;
let authorization: string;
const sockets: Socket[] = [];
beforeAll(async () => {
  api = await startApi({ timeouts: { headersMs: HEADERS_MS, requestMs: REQUEST_MS, checkEveryMs: 20 } });
  authorization = `Bearer ${await api.token(USER, 'changes:write')}`;
});
afterEach(() => {
  for (const socket of sockets.splice(0)) socket.destroy();
});
afterAll(() => api.close());

/** A connection of bytes, and all that came on it until the other side ended it. */
function open(): { socket: Socket; ended: Promise<string> } {
  const { hostname, port } = new URL(api.url);
  const socket = connect(Number(port), hostname);
  sockets.push(socket);
  const chunks: Buffer[] = [];
  socket.on('data', (chunk: Buffer) => void chunks.push(chunk));
  // A reset says no more than an end does.
  socket.on('error', () => undefined);
  const ended = once(socket, 'close').then(() => Buffer.concat(chunks).toString('utf8'));
  return { socket, ended };
}

async function send(bytes: string | Buffer): Promise<Refusal> {
  const { socket, ended } = open();
  socket.write(bytes);
  return read(await ended);
}

function read(answer: string): Refusal {
  const [head = '', ...rest] = answer.split('\r\n\r\n');
  return {
    status: Number(/^HTTP\/1\.1 (\d{3})/.exec(head)?.[1]),
    type: /^content-type: ([^;\r\n]+)/im.exec(head)?.[1] ?? null,
    text: rest.join('\r\n\r\n'),
  };
}

const request = (lines: readonly string[], body: string | Buffer = '', path = CONNECT): Buffer =>
  Buffer.concat([
    Buffer.from(
      [
        `POST ${path} HTTP/1.1`,
        'host: x',
        'connection: close',
        `authorization: ${authorization}`,
        ...lines,
        '',
        '',
      ].join('\r\n'),
      'latin1',
    ),
    Buffer.from(body),
  ]);
const withBody = (body: string | Buffer, type = 'application/json', path = CONNECT): Buffer =>
  request([`content-type: ${type}`, `content-length: ${String(Buffer.byteLength(body))}`], body, path);

describe('what is no request is refused as a problem', () => {
  it.each<[string, string]>([
    ['no HTTP at all', 'hello\r\n\r\n'],
    ['TLS', '\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03'],
    ['a bare line feed in a header', 'GET /livez HTTP/1.1\r\nhost: x\r\nx-a: b\nx-c: d\r\r\n\r\n'],
    ['a carriage return in a header', 'GET /livez HTTP/1.1\r\nhost: x\r\nx-a: b\rset-cookie: y\r\n\r\n'],
    ['a null byte in a header', 'GET /livez HTTP/1.1\r\nhost: x\r\nx-a: b\0c\r\n\r\n'],
    ['a folded header', 'GET /livez HTTP/1.1\r\nhost: x\r\nx-a: b\r\n c\r\nx d: e\r\n\r\n'],
    ['a header name with a space', 'GET /livez HTTP/1.1\r\nhost : x\r\n\r\n'],
    [
      'two lengths',
      'POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ncontent-length: 3\r\n\r\n{}',
    ],
    [
      'a length and chunks',
      'POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: 2\r\ntransfer-encoding: chunked\r\n\r\n0\r\n\r\n',
    ],
    [
      'a chunk of no size',
      'POST /api/session HTTP/1.1\r\nhost: x\r\ntransfer-encoding: chunked\r\n\r\nzz\r\n',
    ],
    ['a negative length', 'POST /api/session HTTP/1.1\r\nhost: x\r\ncontent-length: -1\r\n\r\n'],
  ])('%s', async (what, bytes) => {
    expectRefusal(what, await send(Buffer.from(bytes, 'latin1')), [400]);
  });

  it('headers that are too long', async () => {
    const long = `GET /livez HTTP/1.1\r\nhost: x\r\nx-a: ${'a'.repeat(20_000)}\r\n\r\n`;
    expectRefusal('long header', await send(long), [431]);
    const many = `GET /livez HTTP/1.1\r\nhost: x\r\n${'a: b\r\n'.repeat(5_000)}\r\n`;
    expectRefusal('many headers', await send(many), [431]);
    expectRefusal('long path', await send(`GET /${'a'.repeat(20_000)} HTTP/1.1\r\nhost: x\r\n\r\n`), [431]);
  });
});

describe('who names no host', () => {
  it('is refused by the server itself, with nothing to read', async () => {
    const answer = await send('GET /livez HTTP/1.1\r\n\r\n');
    expect([answer.status, answer.text.replace(/^0\r\n\r\n$/, '')]).toEqual([400, '']);
  });
});

describe('who is slow is cut off', () => {
  it('before the headers are complete, though a byte comes now and then', async () => {
    const { socket, ended } = open();
    socket.write('GET /livez HTTP/1.1\r\nhost: x\r\n');
    const drip = setInterval(() => socket.write('x-a: b\r\n'), 30);
    try {
      expectRefusal('slow headers', read(await ended), [408]);
    } finally {
      clearInterval(drip);
    }
  });

  it('before the body is complete, though a byte comes now and then', async () => {
    const { socket, ended } = open();
    socket.write(request(['content-type: application/json', 'content-length: 1000'], '{'));
    const drip = setInterval(() => socket.write(' '), 30);
    try {
      expectRefusal('slow body', read(await ended), [408]);
    } finally {
      clearInterval(drip);
    }
  });

  it('in chunks as well', async () => {
    const { socket, ended } = open();
    socket.write(request(['content-type: application/json', 'transfer-encoding: chunked'], '1\r\n{\r\n'));
    expectRefusal('slow chunks', read(await ended), [408]);
  });
});

describe('a body that is none is refused as a problem', () => {
  const deep = (depth: number): string => `${'['.repeat(depth)}${']'.repeat(depth)}`;

  it.each<[string, () => Buffer, readonly number[]]>([
    ['half of a JSON text', () => withBody('{"credentials":'), [400]],
    ['two JSON texts', () => withBody('{}{}'), [400]],
    [
      'bytes that are no UTF-8',
      () => withBody(Buffer.from('7b2261223a22ff22 7d'.replace(' ', ''), 'hex')),
      [400],
    ],
    [
      'a credential that is no UTF-8',
      () =>
        withBody(
          Buffer.concat([
            Buffer.from('{"credentials":{"instanceUrl":"http://127.0.0.1:1","apiKey":"k'),
            Buffer.from([0xc3, 0x28]),
            Buffer.from('"}}'),
          ]),
        ),
      [400],
    ],
    [
      'a line that is no UTF-8',
      () => withBody(Buffer.from([0x7b, 0xff, 0x7d]), 'application/x-ndjson', '/api/changes'),
      [400],
    ],
    [
      'a credential that is no UTF-8, in chunks',
      () => {
        const body = Buffer.concat([
          Buffer.from('{"credentials":{"instanceUrl":"http://127.0.0.1:1","apiKey":"k'),
          Buffer.from([0xe0, 0x80]),
          Buffer.from('"}}'),
        ]);
        const size = body.length.toString(16);
        return request(
          ['content-type: application/json', 'transfer-encoding: chunked'],
          Buffer.concat([Buffer.from(`${size}\r\n`), body, Buffer.from('\r\n0\r\n\r\n')]),
        );
      },
      [400],
    ],
    ['UTF-16', () => withBody(Buffer.from('{"credentials":{}}', 'utf16le')), [400]],
    ['UTF-16 by name', () => withBody('{}', 'application/json; charset=utf-16'), [400, 415]],
    ['nesting without end', () => withBody(`{"credentials":${deep(100_000)}}`), [413]],
    ['nesting as deep as a body has room', () => withBody(`{"credentials":${deep(8_000)}}`), [400]],
    [
      'nesting in a list of anything',
      () => withBody(deep(500_000), 'application/json', '/api/changes'),
      [400],
    ],
    [
      'nesting in a line',
      () => withBody(`${deep(500_000)}\n`, 'application/x-ndjson', '/api/changes'),
      [422],
    ],
    ['text', () => withBody('{}', 'text/plain'), [415]],
    ['a form', () => withBody('a=b', 'application/x-www-form-urlencoded'), [415]],
    ['parts', () => withBody('--x\r\n', 'multipart/form-data; boundary=x'), [415]],
    ['XML', () => withBody('<a/>', 'application/xml'), [415]],
    ['another JSON', () => withBody('{}', 'application/vnd.api+json'), [415]],
    ['a type that is none', () => withBody('{}', 'json'), [400, 415]],
    ['lines where none are taken', () => withBody('{}\n', 'application/x-ndjson'), [400, 415]],
    [
      'too large by its length',
      () => request(['content-type: application/json', 'content-length: 2000000'], '{'),
      [413],
    ],
    [
      'too large in chunks',
      () =>
        request(
          ['content-type: application/json', 'transfer-encoding: chunked'],
          `200000\r\n${' '.repeat(0x200000)}\r\n0\r\n\r\n`,
        ),
      [413],
    ],
    [
      'packed',
      () => request(['content-type: application/json', 'content-encoding: gzip', 'content-length: 2'], '{}'),
      [400, 415],
    ],
  ])('%s', async (what, bytes, statuses) => {
    expectRefusal(what, await send(bytes()), statuses);
  });

  it('with a key for repetitions as without', async () => {
    const body = `[${deep(300_000)}]`;
    const lines = [
      'content-type: application/json',
      `content-length: ${String(body.length)}`,
      'idempotency-key: k',
    ];
    expectRefusal('deep with key', await send(request(lines, body, '/api/changes')), [400]);
  });

  it('and a mark of UTF-8 at its beginning is none of it', async () => {
    const marked = Buffer.concat([
      Buffer.from([0xef, 0xbb, 0xbf]),
      Buffer.from('{"credentials":{"apiKey":"k"}}'),
    ]);
    const answer = await send(withBody(marked));
    expect(JSON.parse(answer.text)).toMatchObject({ errors: [{ pointer: '/credentials/instanceUrl' }] });
  });
});

describe('a header that comes twice', () => {
  it('is none of the second, where it says who calls', async () => {
    const lines = [
      `authorization: Bearer x`,
      `authorization: ${authorization}`,
      'host: x',
      'connection: close',
    ];
    const twice = `GET /api/integrations/crm/user HTTP/1.1\r\n${lines.join('\r\n')}\r\n\r\n`;
    expectRefusal('two tokens', await send(twice), [401]);
  });

  it.each([
    [
      'idempotency-key',
      () => request(['idempotency-key: a', 'idempotency-key: b', 'content-length: 0']),
      [400],
    ],
    [
      'content-type',
      () =>
        request(['content-type: application/json', 'content-type: text/plain', 'content-length: 2'], '{}'),
      [400, 415],
    ],
  ] as const)('%s', async (what, bytes, statuses) => {
    expectRefusal(what, await send(bytes()), statuses);
  });
});
