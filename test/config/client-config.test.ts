import { describe, expect, it } from '@jest/globals';
import { readClientConfig } from '../../src/config/client-config.ts';

describe("the command line's configuration", () => {
  it('defaults to the service on this machine', () => {
    const result = readClientConfig({});
    expect(result.ok && result.config).toEqual({ url: 'http://127.0.0.1:8080', token: null });
  });

  it("is not disturbed by a fault of the service's settings", () => {
    const result = readClientConfig({ PORT: 'x', ENCRYPTION_KEY: 'x', ZENA_CRM_TOKEN: 't' });
    expect(result.ok && result.config.token?.reveal()).toBe('t');
  });

  it('reports its own faults', () => {
    const result = readClientConfig({ ZENA_CRM_URL: 'service', ZENA_CRM_TOKEN_FILE: '/nowhere/at/all' });
    expect(result.ok ? [] : result.faults.map(({ code }) => code)).toEqual(['INVALID', 'UNREADABLE_FILE']);
  });
});
