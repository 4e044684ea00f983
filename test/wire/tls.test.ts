import { execFile } from 'node:child_process';
import type { Socket } from 'node:net';
import { promisify } from 'node:util';
import { afterEach, describe, expect, it } from '@jest/globals';
import { type ClosableTransport, createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { type ScriptedServer, startHttps, startTcp } from './scripted-server.ts';
import { selfSigned } from './self-signed.ts';

const TRANSPORT = new URL('../../src/wire/axios-transport.ts', import.meta.url).href;

let transport: ClosableTransport;
let server: ScriptedServer;
let requests = 0;

const serve = async (identity: ReturnType<typeof selfSigned>) => {
  requests = 0;
  server = await startHttps(identity, (_request, response) => {
    requests += 1;
    response.end('{}');
  });
};
const call = (ca: readonly string[], more: object = {}) => {
  transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: null }], ca });
  return transport.send({
    method: 'POST',
    url: `https://127.0.0.1:${server.port}/`,
    headers: { authorization: 'Bearer k' },
    body: '{}',
    deadlineMs: 5_000,
    ...more,
  });
};

afterEach(async () => {
  transport.close();
  await server.close();
});

describe('an encrypted connection', () => {
  it('is used when the certificate is trusted and names the host', async () => {
    const identity = selfSigned('127.0.0.1');
    await serve(identity);
    expect(await call([identity.cert])).toMatchObject({ kind: 'response', status: 200 });
  });

  it('is refused for a certificate that nobody trusts', async () => {
    await serve(selfSigned('127.0.0.1'));
    expect(await call([])).toMatchObject({ kind: 'not_sent', code: 'TLS_FAILED' });
    expect(requests).toBe(0);
  });

  it('is refused for it also where the environment says to trust everybody', async () => {
    await serve(selfSigned('127.0.0.1'));
    transport = createAxiosTransport({ allowed: [] });
    // A process of its own: the setting is read from the real environment, which a test can't change from inside.
    const script = `
      const { createAxiosTransport } = await import(${JSON.stringify(TRANSPORT)});
      const transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: null }] });
      const request = { method: 'GET', url: '${server.url}', headers: {}, deadlineMs: 10_000 };
      process.stdout.write(JSON.stringify(await transport.send(request)));
      transport.close();`;
    const { stdout } = await promisify(execFile)(
      process.execPath,
      ['--no-warnings', '--input-type=module', '-e', script],
      { env: { ...process.env, NODE_TLS_REJECT_UNAUTHORIZED: '0' } },
    );
    expect(JSON.parse(stdout)).toMatchObject({ kind: 'not_sent', code: 'TLS_FAILED' });
    expect(requests).toBe(0);
  });

  it('is refused for a certificate of another host', async () => {
    const identity = selfSigned('crm.example.com');
    await serve(identity);
    expect(await call([identity.cert])).toMatchObject({ kind: 'not_sent', code: 'TLS_FAILED' });
    expect(requests).toBe(0);
  });

  it('is refused for a certificate that has expired', async () => {
    const identity = selfSigned('127.0.0.1', new Date(Date.now() - 86_400_000));
    await serve(identity);
    expect(await call([identity.cert])).toMatchObject({ kind: 'not_sent', code: 'TLS_FAILED' });
    expect(requests).toBe(0);
  });

  it('carries nothing when the call is held back', async () => {
    const identity = selfSigned('127.0.0.1');
    await serve(identity);
    const mayDispatch = () => Promise.resolve('CONNECTION_CHANGED');
    expect(await call([identity.cert], { mayDispatch })).toMatchObject({
      kind: 'not_sent',
      code: 'CONNECTION_CHANGED',
    });
    expect(requests).toBe(0);
  });

  it.each([
    ['is cut', (socket: Socket) => void socket.once('data', () => socket.resetAndDestroy()), 'TLS_FAILED'],
    ['stalls', () => {}, 'DEADLINE_BEFORE_SEND'],
  ])('that %s during the handshake has sent nothing', async (_name, onSocket, code) => {
    server = await startTcp(onSocket);
    expect(await call([], { deadlineMs: 200 })).toMatchObject({ kind: 'not_sent', code });
  });
});
