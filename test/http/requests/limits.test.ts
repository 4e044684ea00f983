import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import Type from 'typebox';
import fastify from 'fastify';
import type { App } from '../../../src/http/base/app-types.ts';
import { readWaitPreference } from '../../../src/http/requests/prefer.ts';
import { registerDeadlines } from '../../../src/http/requests/request-deadline.ts';
import { AccessUndeclared, requireDeclaredAccess } from '../../../src/http/access/route-access.ts';
import { type ApiHarness, CREDENTIALS, startApi } from '../api-harness.ts';

let api: ApiHarness;
beforeEach(async () => {
  api = await startApi();
});
afterEach(() => api.close());

describe('connecting too often', () => {
  it('is refused from 120 calls a minute of one user, and of that user only', async () => {
    const connect = (as: string) =>
      api.call('POST', '/api/integrations/crm/mri_vault/connect', {
        as,
        body: { credentials: { apiKey: 'x' } },
      });
    for (let n = 0; n < 120; n += 1) expect((await connect('user-1')).status).toBe(400);
    const refused = await connect('user-1');
    expect(refused.status).toBe(429);
    expect(refused.headers.get('content-type')).toBe('application/problem+json');
    expect(refused.json).toMatchObject({ code: 'RATE_LIMITED', retryable: true });
    expect(Number(refused.headers.get('retry-after'))).toBeGreaterThan(0);
    expect((await connect('user-2')).status).toBe(400);
    expect((await api.call('GET', '/api/integrations/crm/user')).status).toBe(200);
  });
});

describe('connections', () => {
  it('are bounded in number, whoever opens them', () => {
    expect(api.app.server.maxConnections).toBe(4_000);
  });
});

describe('a body', () => {
  it('of more than 1 MiB is too large', async () => {
    const answer = await api.call('POST', '/api/integrations/crm/mri_vault/connect', {
      body: { credentials: { ...CREDENTIALS, apiKey: 'x'.repeat(2 ** 20) } },
    });
    expect(answer.status).toBe(413);
    expect(answer.json).toMatchObject({ code: 'TOO_LARGE' });
  });

  it('is not needed where none is taken, even when its type is named', async () => {
    await api.connect();
    const headers = { 'content-type': 'application/json' };
    expect((await api.call('POST', '/api/integrations/crm/mri_vault/pause', { headers })).status).toBe(200);
    const text = await api.call('POST', '/api/integrations/crm/mri_vault/resume', {
      headers: { 'content-type': 'text/plain' },
      body: 'x',
    });
    expect(text.status).toBe(415);
  });
});

describe('a route', () => {
  const bare = () => fastify() as unknown as App;

  it('that does not say who may call it is refused when it is registered', () => {
    const app = bare();
    requireDeclaredAccess(app);
    app.get('/open', { config: { access: 'public' } }, async () => 'x');
    expect(() => app.get('/forgotten', async () => 'x')).toThrow(AccessUndeclared);
  });

  it('that does not answer in time is answered for, also after it has read its body', async () => {
    const app = bare();
    registerDeadlines(app, 20);
    const finished = Promise.withResolvers<void>();
    const slow = async () => {
      await finished.promise;
      return 'late';
    };
    app.get('/slow', slow);
    app.post('/slow', { schema: { body: Type.Object({}) } }, slow);
    app.post('/quick', async () => ({ ok: true }));
    try {
      for (const method of ['GET', 'POST'] as const) {
        const answer = await app.inject({ method, url: '/slow', ...(method === 'POST' && { payload: {} }) });
        expect(answer.statusCode).toBe(503);
        expect(answer.json()).toMatchObject({ code: 'NOT_READY', reason: 'timed_out' });
      }
      expect((await app.inject({ method: 'POST', url: '/quick', payload: {} })).statusCode).toBe(200);
    } finally {
      finished.resolve();
      await app.close();
    }
  });
});

describe('the preference to wait', () => {
  it('is read as RFC 7240 has it, within a limit', () => {
    const read = (header?: string) => readWaitPreference(header, 60_000);
    expect(read()).toBeNull();
    expect(read('return=minimal')).toBeNull();
    expect(read('wait=10')).toEqual({ waitMs: 10_000, applied: 'wait=10' });
    expect(read('handling=lenient, Wait = "5"')).toEqual({ waitMs: 5_000, applied: 'wait=5' });
    expect(read('respond-async')).toEqual({ waitMs: 0, applied: 'respond-async' });
    expect(read('wait=100')).toEqual({ waitMs: 60_000, applied: 'wait=60' });
    expect(read('wait=-1, wait=x')).toBeNull();
  });
});
