import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createVaultSandbox, type VaultInProcess } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { call, object } from '../vault-caller.ts';

let sandbox: VaultInProcess;
beforeEach(() => {
  sandbox = createVaultSandbox();
});
afterEach(() => sandbox.close());

const control = (method: string, path: string, body?: object) =>
  call(sandbox, method, `/_sandbox${path}`, { key: null, ...(body ? { body: body as never } : {}) });

describe('the controls over HTTP', () => {
  it('show records, counts and requests, without keys and without counting themselves', async () => {
    sandbox.seed('contacts', [{ email: 'a@example.com' }]);
    await call(sandbox, 'GET', '/auth/verify');
    expect((await control('GET', '/records/contacts')).body).toEqual(sandbox.records('contacts'));
    expect((await control('GET', '/counts')).body).toEqual({
      routes: { 'GET /auth/verify': 1 },
      overLimit: 0,
    });
    const requests = JSON.stringify((await control('GET', '/requests')).body);
    expect(requests).toContain('/auth/verify');
    expect(requests).not.toContain('sandbox-key');
    expect(sandbox.counts()).toEqual({ 'GET /auth/verify': 1 });
  });

  it('tell of every write in the order in which it was done, also of one that nobody was answered', async () => {
    sandbox.misbehave({ match: { method: 'POST' }, times: 1, fault: { kind: 'resetAfterCommit' } });
    await expect(call(sandbox, 'POST', '/contacts', { body: { email: 'a@example.com' } })).rejects.toThrow();
    const [first] = sandbox.records('contacts');
    const path = `/contacts/${first?.id ?? ''}`;
    await call(sandbox, 'PUT', path, { body: { phone: '1' } });
    await call(sandbox, 'DELETE', path);
    await call(sandbox, 'DELETE', path);
    const about = { at: expect.any(String), collection: 'contacts', id: first?.id };
    const [created, ...later] = [
      { number: 1, kind: 'create', fields: { email: 'a@example.com' }, ...about },
      { number: 2, kind: 'write', fields: { email: 'a@example.com', phone: '1' }, ...about },
      { number: 3, kind: 'remove', fields: null, ...about },
    ];
    expect((await control('GET', '/writes')).body).toEqual([created, ...later]);
    expect((await control('GET', '/writes?after=1')).body).toEqual(later);
  });

  it('let people make, edit, merge and delete records, each with its time', async () => {
    const made = await control('POST', '/records/contacts', {
      email: 'a@example.com',
      createdAt: '2019-05-01T00:00:00Z',
    });
    expect([made.status, made.body]).toEqual([201, sandbox.records('contacts')[0]]);
    const id = String(object(made.body)['id']);
    const edited = await control('PATCH', `/records/contacts/${id}`, { notes: 'Prefers mornings' });
    expect(edited.body).toMatchObject({ id, email: 'a@example.com', notes: 'Prefers mornings' });
    expect(String(object(edited.body)['updatedAt']) > '2019-05-01').toBe(true);
    const [other] = sandbox.seed('contacts', [{ phone: '1' }]);
    const merge = { collection: 'contacts', keepId: id, goneId: String(other?.id), answer: 'alias' };
    expect((await control('POST', '/people/merge', merge)).status).toBe(204);
    expect(sandbox.records('contacts')).toEqual([expect.objectContaining({ id, phone: '1' })]);
    expect((await call(sandbox, 'GET', `/contacts/${String(other?.id)}`)).body).toMatchObject({ id });
    expect((await control('DELETE', `/records/contacts/${id}`)).status).toBe(204);
    expect(sandbox.records('contacts')).toEqual([]);
    expect(sandbox.counts()).toEqual({ 'GET /contacts/:id': 1 });
  });

  it.each<[string, string, object | undefined, number]>([
    ['POST', '/records/people', {}, 404],
    ['POST', '/records/contacts', undefined, 400],
    ['POST', '/records/contacts', { createdAt: 'once' }, 400],
    ['PATCH', '/records/contacts/none', {}, 404],
    ['PATCH', '/records/contacts/none', [], 400],
    ['DELETE', '/records/contacts/none', undefined, 404],
    ['POST', '/people/dance', {}, 404],
    ['POST', '/people/merge', { collection: 'contacts', keepId: 1, goneId: 2 }, 404],
    ['POST', '/people/merge', { collection: 'people' }, 400],
    ['POST', '/people/merge', { collection: 'contacts', answer: 'maybe' }, 400],
    ['POST', '/people/merge', undefined, 400],
  ])('refuse %s %s %j', async (method, path, body, status) => {
    expect((await control(method, path, body)).status).toBe(status);
    expect(sandbox.records('contacts')).toEqual([]);
  });

  it('misbehave on request, and stop', async () => {
    const rule = {
      match: { method: 'GET', pathPattern: 'deals$', except: '/deals/search' },
      times: 5,
      fault: { kind: 'status', status: 503, body: 'busy' },
    };
    const added = await control('POST', '/misbehave', rule);
    expect(added.status).toBe(201);
    const { id } = object(added.body);
    expect((await sandbox.fetch(`${sandbox.url}/api/v1/deals`)).status).toBe(503);
    expect((await control('GET', '/misbehave')).body).toEqual([{ id, hits: 1, rule }]);
    expect((await control('DELETE', `/misbehave/${String(id)}`)).status).toBe(204);
    expect((await control('DELETE', `/misbehave/${String(id)}`)).status).toBe(404);
    await control('POST', '/misbehave', { match: { path: '/deals' }, fault: { kind: 'emptyBody' } });
    expect((await control('DELETE', '/misbehave')).status).toBe(204);
    expect(sandbox.misbehaviours()).toEqual([]);
  });

  it.each([
    [{}, ['fault is required']],
    [{ fault: { kind: 'flood' } }, ['fault is not valid']],
    [{ fault: { kind: 'latency' } }, ['fault.ms is required']],
    [
      { fault: { kind: 'status', status: 99, extra: 1 } },
      ['fault.status is not valid', 'fault.extra is not known'],
    ],
    [{ fault: { kind: 'emptyBody' }, match: { pathPattern: '(' } }, ['match.pathPattern is not valid']],
    [
      { fault: { kind: 'emptyBody' }, probability: 2, often: 1 },
      ['probability is not valid', 'often is not known'],
    ],
    [{ fault: { kind: 'page', as: 'pdf' } }, ['fault.as is not valid']],
    [{ fault: { kind: 'emptyBody', times: 1 } }, ['fault.times is not known']],
    [[], ['the body must be an object']],
  ])('refuse the rule %j', async (rule, problems) => {
    const answer = await control('POST', '/misbehave', rule);
    expect([answer.status, object(answer.body)['problems']]).toEqual([400, problems]);
    expect(sandbox.misbehaviours()).toEqual([]);
  });

  it('change settings, and refuse wrong ones', async () => {
    const limit = { requestsPerSecond: 5, retryAfter: 'date' };
    const changed = await control('POST', '/settings', { searchLagMs: 2000, rateLimit: limit });
    expect(changed.body).toMatchObject({ searchLagMs: 2000, rateLimit: limit });
    expect((await control('GET', '/settings')).body).toEqual(sandbox.settings());
    const wrongs = [{ lag: 1 }, { pageSize: 0 }, { rateLimit: { burst: 1 } }, { putMode: 'patch' }];
    const modes = [{ noteWidth: 1.5 }, { missingStatus: 403 }, { searchCase: 'any' }, { verifyAnswer: 'no' }];
    for (const wrong of [...wrongs, ...modes]) {
      expect((await control('POST', '/settings', wrong)).status).toBe(400);
    }
    expect(sandbox.settings()).toMatchObject({ searchLagMs: 2000, pageSize: 100 });
  });

  it('reset', async () => {
    sandbox.seed('contacts', [{}]);
    expect((await control('POST', '/reset')).status).toBe(204);
    expect(sandbox.records('contacts')).toEqual([]);
  });

  it('refuse changes from pages of other sites', async () => {
    sandbox.seed('contacts', [{}]);
    const answer = await call(sandbox, 'POST', '/_sandbox/reset', {
      headers: { 'sec-fetch-site': 'cross-site' },
    });
    expect(answer.status).toBe(403);
    expect(sandbox.records('contacts')).toHaveLength(1);
  });

  it.each(['/nowhere', '/records', '/records/people', '/records/contacts/1'])('know no %s', async (path) => {
    expect((await control('GET', path)).status).toBe(404);
  });
});

describe('the page', () => {
  const page = async (): Promise<{ html: string; headers: Headers }> => {
    const moved = await sandbox.fetch(`${sandbox.url}/_sandbox`);
    expect(moved.status).toBe(308);
    const place = new URL(moved.headers.get('location') ?? '', `${sandbox.url}/_sandbox`);
    const answer = await sandbox.fetch(place.href);
    return { html: await answer.text(), headers: answer.headers };
  };

  it('lists what the CRM holds, every value escaped, without external parts', async () => {
    sandbox.seed('contacts', [{ firstName: `<img src=x onerror="alert('1')">`, notes: 'a & b' }]);
    await call(sandbox, 'GET', '/auth/verify');
    const { html, headers } = await page();
    expect(html).toContain('&lt;img src=x onerror=&quot;alert(&#39;1&#39;)&quot;&gt;');
    expect(html).toContain('a &amp; b');
    expect(html).not.toContain('<img');
    expect(html).toContain('Contacts (1)');
    expect(html).toContain('GET /auth/verify: 1');
    expect(html).not.toMatch(/(src|href)="?http/);
    expect(headers.get('content-security-policy')).toContain("default-src 'none'");
  });

  it('shows the newest hundred of many, and the faults in force', async () => {
    sandbox.seed(
      'deals',
      Array.from({ length: 130 }, (_, index) => ({ stage: `stage-${index}.` })),
    );
    sandbox.misbehave({ fault: { kind: 'slowDrip' } });
    const { html } = await page();
    expect(html).toContain('Deals (130)');
    expect(html).toContain('stage-129.');
    expect(html).toContain('stage-30.');
    expect(html).not.toContain('stage-29.');
    expect(html).toContain('Misbehaving: slowDrip');
  });
});
