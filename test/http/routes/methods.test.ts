import { request as httpRequest, METHODS } from 'node:http';
import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { type ApiHarness, startApi } from '../api-harness.ts';

/** What a request for a tunnel is never gets to a route. */
const SENT = METHODS.filter((method) => method !== 'CONNECT');

let api: ApiHarness;
/** Every path that a route has, with what it takes. */
let paths: Map<string, Set<string>>;

beforeAll(async () => {
  api = await startApi();
  paths = new Map();
  for (const { url, method } of api.app.declaredRoutes) {
    paths.set(url, (paths.get(url) ?? new Set()).add(method));
  }
});
afterAll(() => api.close());

interface Answered {
  readonly status: number;
  readonly allow: string | undefined;
  readonly type: string | undefined;
  readonly text: string;
}

/** Every method that Node can send, which is more than `fetch` does. */
function send(method: string, path: string, headers: Record<string, string> = {}): Promise<Answered> {
  const { promise, resolve, reject } = Promise.withResolvers<Answered>();
  const { hostname, port } = new URL(api.url);
  const sent = httpRequest({ hostname, port, method, path, headers }, (response) => {
    let text = '';
    response.setEncoding('utf8').on('data', (piece: string) => (text += piece));
    response.on('end', () => {
      const { allow, 'content-type': type } = response.headers;
      resolve({ status: response.statusCode ?? 0, allow, type, text });
    });
  });
  sent.once('error', reject).end();
  return promise;
}

/** A path that a pattern means. */
function pathOf(pattern: string): string {
  return pattern.replace(/:\w+/g, 'anything').replace('*', 'some/file.js');
}

describe('a method', () => {
  it('p3: that a path does not take is 405, with those that it takes, whoever asks', async () => {
    const token = await api.token('user-1', 'ops');
    expect(paths.size).toBeGreaterThan(40);
    for (const [pattern, taken] of paths) {
      const path = pathOf(pattern);
      for (const method of SENT.filter((one) => !taken.has(one))) {
        const who = method === 'PUT' ? { authorization: `Bearer ${token}` } : {};
        const answer = await send(method, path, who);
        const what = { method, path };
        expect({ ...what, ...answer, text: '' }).toEqual({
          ...what,
          status: 405,
          allow: [...taken].sort().join(', '),
          type: 'application/problem+json',
          text: '',
        });
        if (method === 'HEAD') continue;
        expect(JSON.parse(answer.text)).toMatchObject({
          type: '/problems/METHOD_NOT_ALLOWED',
          code: 'METHOD_NOT_ALLOWED',
          status: 405,
          retryable: false,
        });
      }
    }
  });

  it('that a path takes is never 405, signed in or not', async () => {
    const headers = { authorization: `Bearer ${await api.token('user-1')}` };
    for (const [pattern, taken] of paths) {
      for (const method of taken) {
        // An open stream has no end.
        const streams = method === 'GET' && pattern === '/api/events';
        const statuses = [await send(method, pathOf(pattern))];
        if (!streams) statuses.push(await send(method, pathOf(pattern), headers));
        const what = { method, pattern };
        for (const { status, allow } of statuses) {
          expect({ ...what, allow, is405: status === 405 }).toEqual({
            ...what,
            allow: undefined,
            is405: false,
          });
        }
      }
    }
  });

  it('HEAD is taken wherever GET is, and has no body', async () => {
    for (const [pattern, taken] of paths)
      expect([pattern, taken.has('HEAD')]).toEqual([pattern, taken.has('GET')]);
    await api.connect();
    const headers = { authorization: `Bearer ${await api.token('user-1')}` };
    for (const path of ['/', '/livez', '/api/events', '/api/integrations/crm/user', '/problems/CONFLICT']) {
      const { status, text } = await send('HEAD', path, headers);
      expect({ path, status, text }).toEqual({ path, status: 200, text: '' });
    }
    expect(await send('HEAD', '/api/events', headers)).toMatchObject({ type: 'text/event-stream' });
    expect(await send('HEAD', '/api/events')).toMatchObject({ status: 401 });
  });

  it.each([
    ['PATCH', '/api/integrations/crm/user', 'GET, HEAD'],
    ['DELETE', '/problems/page.css', 'GET, HEAD'],
    ['POST', '/api/integrations/crm/connect', 'DELETE, PATCH'],
    ['POST', '/%6civez', 'GET, HEAD'],
    ['POST', '/livez?x=1', 'GET, HEAD'],
    ['POST', 'http://elsewhere.example/livez', 'GET, HEAD'],
    ['POST', '/api/integrations/crm/a%2Fb/runs', 'GET, HEAD'],
    ['OPTIONS', '/api/changes', 'POST'],
  ])('%s %s is 405 with Allow: %s', async (method, path, allow) => {
    expect(await send(method, path)).toMatchObject({ status: 405, allow });
  });

  it('on a path that nobody has is 404, whichever it is', async () => {
    for (const path of [
      '/nowhere',
      '/api',
      '/livez/',
      '/LIVEZ',
      '/api/integrations/crm/a/b/c/d/e',
      '/assets',
    ]) {
      for (const method of SENT) {
        const { status, allow } = await send(method, path);
        expect({ path, method, status, allow }).toEqual({ path, method, status: 404, allow: undefined });
      }
    }
  });
});
