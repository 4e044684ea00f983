import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createRegistryHttp } from '../../../src/change-feed/codec/registry-http.ts';
import { createRegistryClient } from '../../../src/change-feed/codec/registry-client.ts';
import { startFakeRegistry, type FakeRegistry } from './fake-registry.ts';

describe('The registry client', () => {
  let registry: FakeRegistry;
  beforeEach(async () => {
    registry = await startFakeRegistry();
  });
  afterEach(() => registry.close());

  it('signs in with the user and the password, colons in it included', async () => {
    let seen: string | undefined;
    registry.trouble = ({ headers }, response) => {
      seen = headers.authorization;
      response.writeHead(200, { 'content-type': 'application/json' }).end('{"schema":"\\"string\\""}');
    };
    const client = createRegistryClient({ url: registry.url, auth: 'me:pass:word' }, 1_000);
    await client.fetchSchema(1);
    expect(seen).toBe(`Basic ${Buffer.from('me:pass:word').toString('base64')}`);
  });

  it('asks anew each time, since remembering is not its business and the library never forgets', async () => {
    registry.schemas.set(1, { schema: '"string"' });
    const client = createRegistryClient({ url: registry.url, auth: null }, 1_000);
    await client.fetchSchema(1);
    await client.fetchSchema(1);
    expect(registry.asked).toEqual(['/base/schemas/ids/1', '/base/schemas/ids/1']);
  });

  it('does not repeat a failing call by itself', async () => {
    registry.trouble = (_, response) => response.writeHead(503).end();
    const client = createRegistryClient({ url: registry.url, auth: null }, 1_000);
    await expect(client.fetchSchema(1)).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
    expect(registry.asked.length).toBe(1);
  });

  it('takes an answer without end for no answer', async () => {
    registry.trouble = (_, response) => response.end(`{"schema":"${'x'.repeat(5 * 1_048_576)}"}`);
    const ask = createRegistryHttp({ url: registry.url, auth: null }, 5_000);
    await expect(ask('GET', '/subjects')).rejects.toMatchObject({ code: 'REGISTRY_UNAVAILABLE' });
  });

  it('keeps the login out of what it says about a failure', async () => {
    registry.trouble = (_, response) => response.writeHead(401).end('{"error_code":401,"message":"hunter2"}');
    const client = createRegistryClient({ url: registry.url, auth: 'me:hunter2' }, 1_000);
    const error = (await client.fetchSchema(1).catch((each: unknown) => each)) as Error;
    expect(error.message).not.toContain('hunter2');
  });
});
