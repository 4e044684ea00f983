import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { createSandbox, type Sandbox } from '../../../src/sandbox/kit/sandbox.ts';
import { madeUpCrm, type MadeUpDesk, type MadeUpSettings } from './made-up-crm.ts';

let time: VirtualClock;
let crm: Sandbox<'people', MadeUpSettings> & MadeUpDesk;
beforeEach(() => {
  time = createVirtualClock();
  crm = createSandbox(madeUpCrm, { clock: time, apiKeys: ['k'] });
});
afterEach(() => crm.close());

async function call(method: string, path: string, body?: string, key = 'k') {
  const headers = { Authorization: `Basic ${Buffer.from(`${key}:`).toString('base64')}` };
  const answer = await crm.fetch(
    `${crm.url}/v1${path}`,
    body === undefined ? { method, headers } : { method, headers, body },
  );
  const text = await answer.text();
  return {
    status: answer.status,
    headers: Object.fromEntries(answer.headers),
    body: text === '' ? null : (JSON.parse(text) as unknown),
  };
}

describe('a CRM that is like MRI Vault in nothing', () => {
  it('has its own way to know a caller, to take a body and to name a route', async () => {
    expect(await call('POST', '/people', 'a=anna%40example.com')).toMatchObject({
      status: 201,
      body: { id: 1 },
    });
    expect(await call('GET', '/people', undefined, 'other')).toMatchObject({
      status: 401,
      body: { errorMessage: 'Who?' },
    });
    expect(crm.counts()).toEqual({ 'POST.people': 1, 'GET.people': 1 });
    expect(crm.writes(0)).toMatchObject([{ kind: 'create', collection: 'people', id: '1' }]);
  });

  it('finds a record by each of its keys, behind the lag', async () => {
    crm.configure({ searchLagMs: 1_000 });
    await call('POST', '/people', 'a=anna%40example.com&b=Lee%40example.com');
    expect((await call('GET', '/people?email[]=anna@example.com')).body).toEqual([]);
    await time.advance(1_000);
    crm.seed('people', [{ emails: ['lee@example.com'] }]);
    const query = 'email[]=anna@example.com&email[]=lee@example.com';
    expect((await call('GET', `/people?${query}`)).body).toEqual([1, 1, 2]);
  });

  it('counts limits by context, tells what is left, and refuses in its own form', async () => {
    crm.configure({ rateLimit: { notes: 1 } });
    expect((await call('POST', '/notes', '')).headers).toMatchObject({ 'x-remaining': '2,0' });
    await time.advance(4_000);
    expect(await call('POST', '/notes', '')).toMatchObject({
      status: 403,
      headers: { 'x-limit': 'notes 6000' },
    });
    expect((await call('GET', '/people')).headers).toMatchObject({ 'x-remaining': '1' });
    expect((await call('GET', '/people')).headers).toMatchObject({ 'x-remaining': '0' });
    expect(await call('GET', '/people')).toMatchObject({
      status: 403,
      headers: { 'x-limit': 'global 6000' },
    });
    expect(crm.overLimit()).toBe(2);
    await time.advance(6_000);
    expect((await call('POST', '/notes', '')).status).toBe(201);
  });

  it('misbehaves at any of its verbs, in the vendor’s form', async () => {
    const body = { errorMessage: 'Down for maintenance' };
    const rule = crm.misbehave({ match: { path: '/notes' }, fault: { kind: 'status', status: 503, body } });
    crm.misbehave({ match: { path: '/v1/people' }, fault: { kind: 'status', status: 500 } });
    expect(await call('POST', '/notes', '')).toMatchObject({ status: 503, body });
    expect((await call('GET', '/people')).status).toBe(500);
    expect(rule.hits()).toBe(1);
  });

  it('has people who do what they do there, and a page', async () => {
    const [anna] = crm.seed('people', [{ emails: ['anna@example.com'] }]);
    crm.bin(String(anna?.id));
    expect(crm.records('people')).toMatchObject([{ id: '1', stage: 'Bin' }]);
    const page = await (await crm.fetch(`${crm.url}/_sandbox/`)).text();
    expect(page).toContain('<title>Made &amp; Up sandbox</title>');
    expect(page).toContain('People (1)');
  });
});
