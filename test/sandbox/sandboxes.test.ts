import { describe, expect, it } from '@jest/globals';
import { readConfig } from '../../src/config/read-config.ts';
import { sandboxes } from '../../src/sandbox/sandboxes.ts';
import { createConnectors, DECLARED_SETTINGS } from '../../src/service/create-connectors.ts';
import { createAxiosTransport } from '../../src/wire/axios-transport.ts';

describe.each(sandboxes)('the sandbox of $name', ({ provider, start }) => {
  it('gives what its connector and a service need to reach it', async () => {
    const { url, credentials, env, close } = await start({ port: 0, host: '127.0.0.1', apiKey: 'a-key' });
    try {
      const config = readConfig(
        { ...env, JWT_SECRET: 'a secret that is long enough to be one', ENCRYPTION_KEY: 'a'.repeat(64) },
        { require: 'start', declared: DECLARED_SETTINGS },
      );
      if (!config.ok) throw new Error('is no configuration');
      const account = createConnectors(config.config).available.find(
        (one) => one.id === provider && one.takes?.(credentials) !== false,
      )?.account;
      const parsed = account?.parse(credentials);
      expect(parsed).toMatchObject({ ok: true, credentials });
      if (!parsed?.ok || account === undefined) throw new Error('is not usable');
      const transport = createAxiosTransport({ allowed: config.config.allowedInstanceHosts });
      const answer = await transport.send({
        method: 'GET',
        url: `${account.baseUrl(parsed.credentials)}/auth/verify`,
        headers: account.headers(parsed.credentials),
        deadlineMs: 10_000,
      });
      transport.close();
      expect(answer).toMatchObject({ kind: 'response', status: 200 });
      expect(account.baseUrl(parsed.credentials).startsWith(url)).toBe(true);
    } finally {
      await close();
    }
  });
});

it('are each of a provider of their own', () => {
  expect(new Set(sandboxes.map(({ provider }) => provider)).size).toBe(sandboxes.length);
});
