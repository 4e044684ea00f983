import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { startHttp, type ScriptedServer } from './scripted-server.ts';

let servers: ScriptedServer[] = [];
beforeEach(async () => {
  const answering = () => startHttp((_request, response) => void response.end('{}'));
  servers = [await answering(), await answering()];
});
afterEach(async () => {
  for (const server of servers) await server.close();
});

describe('connections that wait for the next call', () => {
  it('are the ones that were used last, whichever hosts they lead to', async () => {
    const transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: null }], maxIdle: 2 });
    const [busy = '', other = ''] = servers.map(({ url }) => url);
    const get = (url: string) => transport.send({ method: 'GET', url, headers: {}, deadlineMs: 5_000 });
    await Promise.all([get(busy), get(busy), get(busy)]);
    await get(other);
    await get(other);
    await get(busy);
    expect(servers.map(({ connections }) => connections)).toEqual([3, 1]);
    transport.close();
  });
});
