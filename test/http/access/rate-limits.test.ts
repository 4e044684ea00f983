import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { type ApiHarness, startApi, USER } from '../api-harness.ts';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

/** Without a socket, which is faster, and from any address. */
const inject = async (
  method: 'GET' | 'POST',
  url: string,
  headers: Record<string, string>,
  from = '192.0.2.1',
) => api.app.inject({ method, url, headers, remoteAddress: from });
const bearer = async (userId: string, ...scopes: string[]) => ({
  authorization: `Bearer ${await api.token(userId, ...scopes)}`,
});

describe('a limit', () => {
  it('tells what is left of it, in the form of the present draft', async () => {
    const first = await api.call('POST', '/api/integrations/crm/mri_vault/sync');
    expect(first.status).toBe(404);
    expect(first.headers.get('ratelimit-policy')).toBe('"sync";q=120;w=60');
    expect(first.headers.get('ratelimit')).toMatch(/^"sync";r=119;t=\d+$/);
    const second = await api.call('POST', '/api/integrations/crm/mri_vault/sync');
    expect(second.headers.get('ratelimit')).toMatch(/^"sync";r=118;t=\d+$/);
    expect([...second.headers.keys()].filter((name) => name.startsWith('x-ratelimit'))).toEqual([]);
  });

  it('is shared by the routes of operators, and one user’s alone', async () => {
    const [mine, other] = [await bearer(USER, 'ops'), await bearer('user-2', 'ops')];
    const paths = ['/api/ops/workers', '/api/ops/audit', '/api/ops/connections'];
    let last = await inject('GET', paths[0] ?? '', mine);
    for (let n = 1; n < 600; n += 1) last = await inject('GET', paths[n % 3] ?? '', mine);
    expect([last.statusCode, last.headers['ratelimit']]).toEqual([
      200,
      expect.stringMatching(/^"ops-read";r=0;t=\d+$/),
    ]);
    const refused = await inject('GET', '/api/ops/workers', mine);
    expect(refused.statusCode).toBe(429);
    expect(refused.json()).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(Number(refused.headers['retry-after'])).toBeGreaterThan(0);
    expect((await inject('GET', '/api/ops/workers', other)).statusCode).toBe(200);
    expect((await inject('POST', '/api/ops/dead-letters/plan', mine)).statusCode).not.toBe(429);
  });

  it('stands for every change and every route of operators, and is described', async () => {
    const document = (await api.call('GET', '/openapi.json')).json as unknown as {
      paths: Record<string, Record<string, { responses: object }>>;
    };
    for (const { method, url, access, hidden } of api.app.declaredRoutes) {
      const limited =
        access.startsWith('ops:') ||
        url === '/api/session' ||
        (access === 'user' && !/GET|HEAD/.test(method));
      if (hidden || method === 'HEAD' || !limited || access === 'changes:write') continue;
      const operation = document.paths[url.replace(/:(\w+)/g, '{$1}')]?.[method.toLowerCase()];
      if (method !== 'DELETE' || url !== '/api/session') expect(operation?.responses).toHaveProperty('429');
    }
  });
});
