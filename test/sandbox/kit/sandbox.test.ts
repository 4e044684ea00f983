import { afterEach, describe, expect, it } from '@jest/globals';
import {
  createVaultSandbox,
  startVaultSandbox,
  type VaultInProcess,
} from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { call, create, overSockets } from '../vault-caller.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';

let sandbox: VaultInProcess;
afterEach(() => sandbox.close());

describe('the journal', () => {
  it('keeps each request with its answer, and counts by route', async () => {
    const time = createVirtualClock();
    sandbox = createVaultSandbox({ clock: time });
    const id = await create(sandbox, '/contacts', { email: 'a@example.com' });
    await call(sandbox, 'PUT', `/contacts/${id}`, { body: {} });
    await call(sandbox, 'GET', `/contacts/${id}`);
    await call(sandbox, 'GET', '/contacts/search?email=a%40example.com');
    await call(sandbox, 'GET', '/contacts');
    await call(sandbox, 'DELETE', `/contacts/${id}`);
    await call(sandbox, 'GET', '/auth/verify', { key: 'wrong' });
    expect(sandbox.counts()).toEqual({
      'POST /contacts': 1,
      'PUT /contacts': 1,
      'GET /contacts/:id': 1,
      'GET /contacts/search': 1,
      'GET /contacts': 1,
      'DELETE /contacts': 1,
      'GET /auth/verify': 1,
    });
    expect(sandbox.requests()[0]).toMatchObject({
      method: 'POST',
      path: '/api/v1/contacts',
      query: {},
      body: { email: 'a@example.com' },
      status: 201,
      at: time.now(),
    });
    expect(sandbox.requests()[3]).toMatchObject({ query: { email: 'a@example.com' }, body: null });
    expect(sandbox.requests().at(-1)?.status).toBe(401);
  });

  it('is bounded, the counts are not', async () => {
    sandbox = createVaultSandbox({ journalSize: 3 });
    for (let sent = 0; sent < 8; sent += 1) await call(sandbox, 'GET', `/contacts/${sent}`);
    expect(sandbox.requests().map(({ path }) => path.at(-1))).toEqual(['5', '6', '7']);
    expect(sandbox.counts()).toEqual({ 'GET /contacts/:id': 8 });
  });

  it('tells listeners of each request until they leave', async () => {
    sandbox = createVaultSandbox();
    const heard: string[] = [];
    const stop = sandbox.onRequest(({ route }) => heard.push(route));
    await call(sandbox, 'GET', '/deals');
    stop();
    await call(sandbox, 'GET', '/contacts');
    expect(heard).toEqual(['GET /deals']);
  });

  it('shows a failing listener to the caller instead of ending the process', async () => {
    sandbox = createVaultSandbox();
    sandbox.onRequest(() => {
      throw new Error('listener');
    });
    expect((await call(sandbox, 'GET', '/deals')).status).toBe(500);
  });
});

describe('going down and coming up', () => {
  it('refuses connections while down, and keeps port and records', async () => {
    sandbox = await startVaultSandbox();
    const { url } = sandbox;
    await create(overSockets(sandbox), '/contacts', {});
    await sandbox.down();
    await expect(call(overSockets(sandbox), 'GET', '/contacts')).rejects.toThrow('fetch failed');
    await sandbox.up();
    expect(sandbox.url).toBe(url);
    expect((await call(overSockets(sandbox), 'GET', '/contacts/vlt_c_000001')).status).toBe(200);
  });

  it('may be told so twice', async () => {
    sandbox = await startVaultSandbox();
    await sandbox.up();
    await Promise.all([sandbox.down(), sandbox.down()]);
    await sandbox.up();
    expect((await call(overSockets(sandbox), 'GET', '/auth/verify')).status).toBe(200);
    await sandbox.close();
  });

  it('rejects a port that is taken', async () => {
    sandbox = await startVaultSandbox();
    const port = Number(new URL(sandbox.url).port);
    await expect(startVaultSandbox({ port })).rejects.toMatchObject({ code: 'EADDRINUSE' });
  });
});

describe('reset', () => {
  it('brings back the state of the start', async () => {
    sandbox = createVaultSandbox({ apiKeys: ['sandbox-key'], pageSize: 7 });
    await create(sandbox, '/contacts', {});
    sandbox.misbehave({ fault: { kind: 'status', status: 503 } });
    sandbox.configure({ pageSize: 1, strict: true });
    sandbox.revokeKey('sandbox-key');
    sandbox.addKey('added');
    sandbox.reset();
    expect([sandbox.records('contacts'), sandbox.requests(), sandbox.counts()]).toEqual([[], [], {}]);
    expect(sandbox.settings()).toMatchObject({ pageSize: 7, strict: false });
    expect((await call(sandbox, 'GET', '/auth/verify', { key: 'added' })).status).toBe(401);
    expect(await create(sandbox, '/contacts', { other: 1 })).toBe('vlt_c_000001');
  });
});
