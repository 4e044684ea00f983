import { describe, expect, it } from '@jest/globals';
import type { CrmHttp } from '../../src/connectors/connector.port.ts';
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
      const ofProvider = createConnectors(config.config).available.filter(({ id }) => id === provider);
      const connector =
        ofProvider.find(({ takes }) => takes?.(credentials) === true) ??
        ofProvider.find(({ dialect }) => dialect === undefined);
      const parsed = connector?.account.parse(credentials);
      expect(parsed).toMatchObject({ ok: true, credentials });
      if (!parsed?.ok || connector === undefined) throw new Error('is not usable');
      const { account } = connector;
      const transport = createAxiosTransport({ allowed: config.config.allowedInstanceHosts });
      const http: CrmHttp = {
        async request({ method, path }) {
          const answer = await transport.send({
            method,
            url: [account.baseUrl(parsed.credentials), ...path].join('/'),
            headers: account.headers(parsed.credentials),
            deadlineMs: 10_000,
          });
          expect(answer).toMatchObject({ kind: 'response', status: 200 });
          return { kind: 'applied', value: { status: 200, headers: {}, body: null } };
        },
      };
      expect(await connector.authenticate(http)).toEqual({ kind: 'applied', value: true });
      transport.close();
      expect(account.baseUrl(parsed.credentials).startsWith(url)).toBe(true);
    } finally {
      await close();
    }
  });
});

it('are each called otherwise', () => {
  expect(new Set(sandboxes.map(({ id }) => id)).size).toBe(sandboxes.length);
});
