import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { gzipSync } from 'node:zlib';
import { startFubSandbox } from '../../../src/sandbox/follow-up-boss/fub-sandbox.ts';

type Started = Awaited<ReturnType<typeof startFubSandbox>>;
let sandbox: Started;

beforeAll(async () => {
  sandbox = await startFubSandbox();
});

afterAll(() => sandbox.close());

const HEADERS = {
  authorization: `Basic ${Buffer.from('sandbox-key:').toString('base64')}`,
  'content-type': 'application/json',
};

describe('any CRM over HTTP', () => {
  it('answers HEAD as GET, without the body', async () => {
    const [head, get] = await Promise.all(
      ['HEAD', 'GET'].map((method) => fetch(`${sandbox.url}/v1/people`, { method, headers: HEADERS })),
    );
    expect(head?.status).toBe(200);
    expect(head?.headers.get('content-length')).toBe(get?.headers.get('content-length'));
    expect(await head?.text()).toBe('');
  });

  it.each([
    ['gzip', gzipSync('{"firstName":"Packed"}'), 201],
    ['gzip', Buffer.from('{"firstName":"Not packed"}'), 201],
    ['gzip', gzipSync('{"firstName":'), 400],
    ['gzip', gzipSync(' '.repeat(2 * 1024 * 1024)), 413],
  ])('reads a body that was sent as %s', async (encoding, body, status) => {
    const answer = await fetch(`${sandbox.url}/v1/people`, {
      method: 'POST',
      headers: { ...HEADERS, 'content-encoding': encoding },
      body: new Uint8Array(body),
    });
    expect(answer.status).toBe(status);
  });
});
