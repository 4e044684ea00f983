import { inspect } from 'node:util';
import { gzipSync } from 'node:zlib';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import axios, { AxiosHeaders, type AxiosAdapter, type AxiosInstance } from 'axios';
import { createAxiosTransport, type ClosableTransport } from '../../src/wire/axios-transport.ts';
import { createCrmAxios, requestBy, settled } from '../../src/wire/crm-axios.ts';
import { parseJson } from '../../src/wire/parsing/parse-json.ts';
import type { OutboundRequest, OutboundResult } from '../../src/wire/transport.port.ts';
import { type ScriptedServer, startHttp } from './scripted-server.ts';

/** What axios does by itself, and what becomes of it here: each fault is shown on the bare library, too. */

const SECRET = 'Bearer canary-7f3a';
const CUT = { authorization: 'key\r\nx-injected: 1' };

let transport: ClosableTransport;
const servers: ScriptedServer[] = [];
const serve: typeof startHttp = async (listener) => {
  const server = await startHttp(listener);
  servers.push(server);
  return server;
};
const send = (url: string, more: Partial<OutboundRequest> = {}) =>
  transport.send({ method: 'GET', url, headers: {}, deadlineMs: 5_000, ...more });
/** An adapter that answers by itself, as one that can't be asked for the headers it was given. */
const answering =
  (result: OutboundResult): AxiosAdapter =>
  (config) =>
    Promise.resolve().then(() => settled(config, result));
const response = (status: number): OutboundResult => ({
  kind: 'response',
  status,
  headers: {},
  body: new Uint8Array(),
});
const rejectionOf = (http: AxiosInstance, adapter: AxiosAdapter) =>
  http.request({ adapter, url: 'https://crm.example.com/', headers: { authorization: SECRET } }).then(
    () => null,
    (error: unknown) => error,
  );
const everything = (value: unknown) => inspect(value, { depth: Number.POSITIVE_INFINITY, showHidden: true });

beforeEach(() => {
  transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: null }] });
});
afterEach(async () => {
  transport.close();
  for (const server of servers.splice(0)) await server.close();
});

describe('an error of axios', () => {
  it('leads to the credentials', async () => {
    expect(everything(await rejectionOf(axios.create(), answering(response(401))))).toContain(SECRET);
  });

  it.each([
    response(401),
    response(503),
    { kind: 'no_answer', code: 'TIMEOUT', detail: 'late' } as const,
    { kind: 'not_sent', code: 'CONNECT_FAILED', detail: 'none' } as const,
  ])('leads to none here: %j', async (result) => {
    const error = await rejectionOf(createCrmAxios(1_000), answering(result));
    expect(axios.isAxiosError(error)).toBe(true);
    expect(everything(error)).not.toContain(SECRET);
  });

  it('is no error here but what became of the call', async () => {
    const request = { method: 'GET', url: 'https://crm.example.com/', deadlineMs: 1 } as const;
    const ask = (result: OutboundResult) =>
      requestBy(createCrmAxios(1_000), { ...request, headers: {} }, answering(result));
    for (const result of [
      { kind: 'no_answer', code: 'CONNECTION_LOST', detail: 'gone' },
      { kind: 'not_sent', code: 'LEASE_LOST', detail: 'held back' },
    ] as const) {
      expect(await ask(result)).toEqual(result);
    }
    expect(await ask(response(404))).toMatchObject({ kind: 'response', status: 404 });
  });

  it('that means a fault of this program is told without what it came from', async () => {
    const faulty: AxiosAdapter = (config) =>
      Promise.reject(new axios.AxiosError(SECRET, 'ERR_NOT_SUPPORT', config));
    const headers = { authorization: SECRET };
    const request = { method: 'GET', url: 'https://crm.example.com/', headers, deadlineMs: 1 } as const;
    const error = await requestBy(createCrmAxios(1_000), request, faulty).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(TypeError);
    expect(everything(error)).not.toContain(SECRET);
  });
});

describe('a header with a line end', () => {
  it('is cut by axios, and sent', () => {
    expect(AxiosHeaders.from(CUT).get('authorization')).toBe('keyx-injected: 1');
  });

  it('is refused here', async () => {
    const server = await serve((_request, answer) => void answer.end('{}'));
    await expect(send(server.url, { headers: CUT })).rejects.toThrow('not valid');
    expect(server.connections).toBe(0);
  });
});

describe('a redirect', () => {
  it('is followed by axios, and not here', async () => {
    const other = await serve((_request, answer) => void answer.end('{}'));
    const server = await serve((_request, answer) => {
      answer.writeHead(302, { location: other.url }).end();
    });
    expect(await send(server.url)).toMatchObject({ status: 302 });
    expect(other.connections).toBe(0);
    expect((await axios.get(server.url)).status).toBe(200);
    expect(other.connections).toBe(1);
  });
});

describe('a proxy that the environment names', () => {
  it('is given the call by axios, and not here', async () => {
    const proxy = await serve((_request, answer) => void answer.end('"proxy"'));
    const server = await serve((_request, answer) => void answer.end('"server"'));
    const before = process.env['http_proxy'];
    process.env['http_proxy'] = proxy.url;
    try {
      expect(await send(server.url)).toMatchObject({ status: 200 });
      expect(proxy.connections).toBe(0);
      expect((await axios.get(server.url)).data).toBe('proxy');
    } finally {
      if (before === undefined) delete process.env['http_proxy'];
      else process.env['http_proxy'] = before;
    }
  });
});

describe('an encoded answer', () => {
  it('is decoded by axios to whatever size it has, and refused here', async () => {
    const server = await serve((_request, answer) => {
      answer.writeHead(200, { 'content-encoding': 'gzip' }).end(gzipSync(Buffer.alloc(2 ** 20, 0x20)));
    });
    expect(await send(server.url)).toMatchObject({ code: 'ANSWER_ENCODED' });
    const { data } = await axios.get<string>(server.url, { responseType: 'text' });
    expect(data.length).toBe(2 ** 20);
  });
});

describe('JSON with a long number', () => {
  it('is another number after axios, and the same text here', async () => {
    const server = await serve((_request, answer) => {
      answer.writeHead(200, { 'content-type': 'application/json' }).end('{"id":9007199254740993}');
    });
    expect((await axios.get<{ id: unknown }>(server.url)).data.id).toBe(9_007_199_254_740_992);
    const result = await send(server.url);
    expect(result.kind === 'response' && parseJson(result.body)).toEqual({
      ok: true,
      value: { id: '9007199254740993' },
    });
  });
});

describe('a call without a body', () => {
  it('is a form for axios, and nothing here', async () => {
    const types: (string | undefined)[] = [];
    const server = await serve((request, answer) => {
      types.push(request.headers['content-type']);
      answer.end('{}');
    });
    await axios.post(server.url);
    await send(server.url, { method: 'POST' });
    expect(types).toEqual(['application/x-www-form-urlencoded', undefined]);
  });
});

describe('the axios of CRM calls', () => {
  it('sends nothing without the guarded way out', async () => {
    const server = await serve((_request, answer) => void answer.end('{}'));
    await expect(createCrmAxios(1_000).get(server.url)).rejects.toThrow('guarded way out');
    expect(server.connections).toBe(0);
  });
});
