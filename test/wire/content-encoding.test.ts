import { afterEach, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { type ScriptedServer, startHttp } from './scripted-server.ts';

let server: ScriptedServer | null = null;
afterEach(async () => {
  await server?.close();
  server = null;
});

async function get(encoding: string, body: string | Buffer) {
  server = await startHttp(
    (_request, response) => void response.writeHead(200, { 'content-encoding': encoding }).end(body),
  );
  const transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: server.port }] });
  const result = await transport.send({ method: 'GET', url: server.url, headers: {}, deadlineMs: 5_000 });
  transport.close();
  return result.kind === 'response' ? new TextDecoder().decode(result.body) : result.code;
}

describe('an answer that says how it is encoded', () => {
  it.each(['identity', 'UTF-8', 'utf8', 'none', 'NONE', '', 'identity, UTF-8', 'binary', 'application/json'])(
    'is read as it is where %j is no encoding',
    async (encoding) => {
      expect(await get(encoding, '{}')).toBe('{}');
      await server?.close();
      expect(await get(encoding, '')).toBe('');
    },
  );

  it.each(['gzip', 'GZip', 'x-gzip', 'br', 'deflate', 'zstd', 'none, X-GZIP', 'gzip, UTF-8'])(
    'is refused where %j is one',
    async (encoding) => {
      expect(await get(encoding, '{}')).toBe('ANSWER_ENCODED');
    },
  );

  it.each(['UTF-8', 'x-made-up'])(
    'is refused under %j where it is compressed all the same',
    async (encoding) => {
      expect(await get(encoding, gzipSync('{}'))).toBe('ANSWER_ENCODED');
    },
  );
});
