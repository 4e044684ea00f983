import { afterAll, beforeAll, describe, expect, it } from '@jest/globals';
import { connect as connectSocket } from 'node:net';
import { once } from 'node:events';
import { readdir, readFile } from 'node:fs/promises';
import { renderMarkdown } from '../../../src/http/routes/markdown.ts';
import { PROBLEM_CODES } from '../../../src/http/problems/problem.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import { type ApiHarness, startApi } from '../api-harness.ts';

let api: ApiHarness;
beforeAll(async () => {
  api = await startApi();
});
afterAll(() => api.close());

describe('the page of a problem', () => {
  it.each(PROBLEM_CODES)('%s says what it means, who can fix it and what to do', async (code) => {
    const answer = await api.call('GET', `/problems/${code}`, { as: null });
    expect(answer.status).toBe(200);
    expect(answer.headers.get('content-type')).toBe('text/html; charset=utf-8');
    expect(answer.text).toContain(`<h1>${code}</h1>`);
    for (const heading of ['What it means', 'Who can fix it', 'What to do'])
      expect(answer.text).toContain(`<h2>${heading}</h2>`);
    expect(answer.text).not.toMatch(/[`*]{2}|<script/);
    const style = await api.call('GET', '/problems/page.css', { as: null });
    expect(style.headers.get('content-type')).toBe('text/css; charset=utf-8');
  });

  it('of an unknown code is not found', async () => {
    for (const code of ['NOPE', '__proto__', '..%2f..%2fpackage.json'])
      expect((await api.call('GET', `/problems/${code}`, { as: null })).status).toBe(404);
  });

  it('is where every problem leads', async () => {
    for (const [method, path] of [
      ['GET', '/nowhere'],
      ['POST', '/livez'],
      ['GET', '/api/keys'],
      ['POST', '/api/session'],
      ['GET', '/problems/%zz'],
    ] as const) {
      const { json } = await api.call(method, path, { as: null });
      const page = await api.call('GET', String(json['type']), { as: null });
      expect({ path, type: json['type'], status: page.status }).toEqual({
        path,
        type: `/problems/${String(json['code'])}`,
        status: 200,
      });
    }
  });

  it('leads nowhere that is not there, and every page is linked from the documents', async () => {
    const documents = await readFile(new URL('../../../docs/api.md', import.meta.url), 'utf8');
    const files = PROBLEM_CODES.map((code) => `${code.toLowerCase().replaceAll('_', '-')}.md`);
    expect((await readdir(new URL('../../../docs/problems/', import.meta.url))).sort()).toEqual(files.sort());
    const links = new Set<string>();
    for (const code of PROBLEM_CODES) {
      const file = `${code.toLowerCase().replaceAll('_', '-')}.md`;
      expect(documents).toContain(`[${code}](problems/${file})`);
      const { text } = await api.call('GET', `/problems/${code}`, { as: null });
      for (const [, link = ''] of text.matchAll(/ href="([^"]*)"/g)) links.add(link);
    }
    expect(links).toContain('/problems/page.css');
    for (const link of links) {
      if (!link.startsWith('/')) continue;
      expect({ link, status: (await api.call('GET', link, { as: null })).status }).toEqual({
        link,
        status: 200,
      });
    }
  });

  it.each([
    ['VALIDATION_FAILED', ['all_rejected', 'unreadable', 'unsupported_media_type', 'idempotency_mismatch']],
    ['INTEGRATION_FAILED', ['credentials_refused', 'needs_reauth', 'unreachable', 'crm_failed']],
    ['INTEGRATION_FAILED', ['rate_limited', 'unexpected_answer', 'service_refused']],
    ['CONFLICT', ['account_changed', 'paused', 'needs_reauth', 'concurrent_change', 'plan_used']],
    ['CONFLICT', ['plan_expired', 'another_key', 'idempotency_in_progress']],
    ['FORBIDDEN', ['scope_missing', 'cross_site']],
    ['RATE_LIMITED', ['too_many_streams', 'too_many_at_once']],
    ['NOT_READY', ['too_many_streams']],
    ['NOT_READY', ['store_unreachable', 'feed_not_ready', 'feed_silent', 'feed_unavailable', 'timed_out']],
    [
      'NOT_READY',
      ['keys_unavailable', 'token_keys_unavailable', 'credentials_unreadable', 'audit_unavailable'],
    ],
  ])('of %s names each reason: %j', async (code, reasons) => {
    const { text } = await api.call('GET', `/problems/${code}`, { as: null });
    for (const reason of reasons) expect(text).toContain(`<code>${reason}</code>`);
  });
});

describe('markdown', () => {
  it('is escaped, whatever it holds', () => {
    expect(renderMarkdown('# <b>&"\n\n`<i>` **x** <script>')).toBe(
      '<h1>&lt;b&gt;&amp;&quot;</h1>\n<p><code>&lt;i&gt;</code> <strong>x</strong> &lt;script&gt;</p>',
    );
  });

  it('links to this site and over https only', () => {
    expect(
      renderMarkdown('[a](/b) [c](https://d.example/?e=1) [f](javascript:alert) [g](//h) [i](http://j)'),
    ).toBe(
      '<p><a href="/b">a</a> <a href="https://d.example/?e=1">c</a> [f](javascript:alert) [g](//h) [i](http://j)</p>',
    );
  });

  it('has lists whose lines may go on', () => {
    expect(renderMarkdown('- a\n  b\n- `c`')).toBe('<ul><li>a b</li><li><code>c</code></li></ul>');
  });
});

describe('errors', () => {
  it('of unknown paths are problems, and need nobody to sign in', async () => {
    for (const [method, path] of [
      ['GET', '/api/nope'],
      ['PUT', '/api/integrations/none/user'],
      ['GET', '/api/session/'],
      ['OPTIONS', '/api/changes/none'],
      ['GET', '/api/ops/nothing'],
    ] as const) {
      const answer = await api.call(method, path, { as: null });
      expect(answer.status).toBe(404);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.json).toMatchObject({
        type: '/problems/NOT_FOUND',
        title: expect.any(String),
        status: 404,
        detail: expect.any(String),
        code: 'NOT_FOUND',
        retryable: false,
      });
      expect(answer.text).not.toContain(path);
    }
  });

  it('of unknown paths come before anything that is sent there is looked at', async () => {
    for (const body of ['{', '{"__proto__":1}']) {
      const answer = await api.call('POST', '/nowhere', { body });
      expect(answer.json).toMatchObject({ status: 404, code: 'NOT_FOUND' });
    }
  });

  it('of paths that can not be read are problems', async () => {
    for (const path of ['/problems/%zz', '/api/integrations/crm/%c3/runs']) {
      const answer = await api.call('GET', path);
      expect(answer.status).toBe(400);
      expect(answer.headers.get('content-type')).toBe('application/problem+json');
      expect(answer.json['code']).toBe('VALIDATION_FAILED');
    }
    const long = await api.call('GET', `/api/integrations/crm/${'x'.repeat(2_000)}/runs`);
    expect(long.status).toBe(414);
    expect(long.json['code']).toBe('VALIDATION_FAILED');
  });

  it('of what is no HTTP, or has endless headers, are problems', async () => {
    const { port } = new URL(api.url);
    const answerTo = async (text: string) => {
      const socket = connectSocket(Number(port), '127.0.0.1');
      let answer = '';
      socket.setEncoding('utf8').on('data', (piece: string) => (answer += piece));
      socket.write(text);
      await once(socket, 'close');
      return answer;
    };
    expect(await answerTo('nonsense\r\n\r\n')).toMatch(
      /^HTTP\/1.1 400 [\s\S]*application\/problem\+json[\s\S]*VALIDATION_FAILED/,
    );
    const flood = `GET /livez HTTP/1.1\r\nhost: x\r\n${'x-a: '.padEnd(20_000, 'y')}\r\n\r\n`;
    expect(await answerTo(flood)).toMatch(/^HTTP\/1.1 431 [\s\S]*TOO_LARGE/);
  });

  it('say that the store is away, and when to come again', async () => {
    const { listByOwner } = api.store.connections;
    api.store.connections.listByOwner = () =>
      Promise.reject(new StoreUnavailable('disk I/O error at /data/x'));
    try {
      const answer = await api.call('GET', '/api/integrations/crm/user');
      expect(answer.status).toBe(503);
      expect(answer.json).toMatchObject({ code: 'NOT_READY', reason: 'store_unreachable', retryable: true });
      expect(answer.headers.get('retry-after')).toBe('5');
      expect(answer.text).not.toContain('/data');
    } finally {
      api.store.connections.listByOwner = listByOwner;
    }
  });

  it('that are surprises tell nothing but a request id, which stands in the log with the cause', async () => {
    const { listByOwner } = api.store.connections;
    api.store.connections.listByOwner = () => Promise.reject(new RangeError('a secret detail'));
    try {
      const answer = await api.call('GET', '/api/integrations/crm/user');
      expect(answer.status).toBe(500);
      expect(answer.json['code']).toBe('INTERNAL');
      expect(answer.text).not.toContain('secret');
      const line = api.logged.find(({ event }) => event === 'http.failed');
      expect(line?.fields).toMatchObject({
        requestId: answer.json['requestId'],
        errorName: 'RangeError',
        route: '/api/integrations/crm/user',
      });
    } finally {
      api.store.connections.listByOwner = listByOwner;
    }
  });
});

describe('every answer', () => {
  it('carries the security headers and is not cached', async () => {
    for (const path of ['/livez', '/nowhere', '/problems/CONFLICT', '/']) {
      const { headers } = await api.call('GET', path, { as: null });
      const policy = headers.get('content-security-policy') ?? '';
      expect(policy).toContain("default-src 'none'");
      expect(policy).toContain("script-src 'self'");
      expect(policy).toContain("style-src 'self'");
      expect(policy).toContain("frame-ancestors 'none'");
      expect(policy).not.toContain('unsafe');
      expect(headers.get('x-content-type-options')).toBe('nosniff');
      expect(headers.get('referrer-policy')).toBe('no-referrer');
      expect(headers.get('access-control-allow-origin')).toBeNull();
    }
    expect((await api.call('GET', '/livez', { as: null })).headers.get('cache-control')).toBe('no-store');
  });
});
