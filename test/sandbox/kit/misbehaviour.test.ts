import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { gunzipSync } from 'node:zlib';
import { request } from 'undici';
import type { SandboxFault } from '../../../src/sandbox/kit/faults/fault.ts';
import type { MisbehaviourHandle } from '../../../src/sandbox/kit/faults/misbehaviour.ts';
import { startVaultSandbox, type VaultSandbox } from '../../../src/sandbox/mri-vault/vault-sandbox.ts';
import { call, nextRequest, overSockets } from '../vault-caller.ts';
import { createVirtualClock, type VirtualClock } from '../../../src/runtime/virtual-clock.ts';

const CONTACT = { email: 'a@example.com' };

let sandbox: VaultSandbox;
let time: VirtualClock;

beforeEach(async () => {
  time = createVirtualClock();
  sandbox = await startVaultSandbox({ clock: time });
});
afterEach(() => sandbox.close());

const post = (signal?: AbortSignal) =>
  call(overSockets(sandbox), 'POST', '/contacts', { body: CONTACT, ...(signal ? { signal } : {}) });

const rawPost = () =>
  request(`${sandbox.url}/api/v1/contacts`, {
    method: 'POST',
    headers: { authorization: 'Bearer sandbox-key' },
    body: JSON.stringify(CONTACT),
  });

const misbehave = (fault: SandboxFault): MisbehaviourHandle => sandbox.misbehave({ fault });
const created = (): number => sandbox.records('contacts').length;

describe('faults that answer in the place of the API', () => {
  it('status: any status, body and headers, nothing done', async () => {
    misbehave({ kind: 'status', status: 409, body: { message: 'no' }, headers: { 'x-reason': 'test' } });
    const answer = await post();
    expect([answer.status, answer.body, answer.headers.get('x-reason')]).toEqual([
      409,
      { message: 'no' },
      'test',
    ]);
    expect(created()).toBe(0);
  });

  it('status afterCommit: the work is done, the answer says otherwise', async () => {
    misbehave({ kind: 'status', status: 500, afterCommit: true });
    expect((await post()).status).toBe(500);
    expect(created()).toBe(1);
  });

  it('htmlWith200: a login page', async () => {
    misbehave({ kind: 'htmlWith200' });
    const answer = await rawPost();
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([200, 'text/html; charset=utf-8']);
    expect(await answer.body.text()).toContain('<title>Sign in</title>');
    expect(created()).toBe(0);
  });

  it.each([
    ['html', 'text/html; charset=utf-8', '<title>Maintenance</title>'],
    ['text', 'text/plain; charset=utf-8', 'upstream connect error'],
    ['json', 'application/json', '"message":"no healthy upstream"'],
  ] as const)('page as %s: what stands before the CRM, with any status', async (as, type, text) => {
    misbehave({ kind: 'page', as, status: 404 });
    const answer = await rawPost();
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([404, type]);
    expect(await answer.body.text()).toContain(text);
    expect(created()).toBe(0);
  });

  it('on every route but those that are spared', async () => {
    sandbox.misbehave({
      match: { except: '/auth/verify' },
      fault: { kind: 'status', status: 401, body: {} },
    });
    expect((await post()).status).toBe(401);
    expect((await call(overSockets(sandbox), 'GET', '/auth/verify')).status).toBe(200);
  });

  it('redirect: the status and the place asked for', async () => {
    misbehave({ kind: 'redirect', location: 'http://169.254.169.254/', status: 307 });
    const answer = await post();
    expect([answer.status, answer.headers.get('location')]).toEqual([307, 'http://169.254.169.254/']);
    expect(created()).toBe(0);
  });

  it('errorIn200: an error object with status 200', async () => {
    misbehave({ kind: 'errorIn200' });
    const answer = await post();
    expect(answer.status).toBe(200);
    expect(answer.body).toEqual({ error: { message: expect.any(String) } });
    expect(created()).toBe(0);
  });
});

describe('faults that spoil the answer after the work', () => {
  it('truncatedJson: a complete message with half of the JSON', async () => {
    misbehave({ kind: 'truncatedJson' });
    const answer = await rawPost();
    expect([answer.statusCode, answer.headers['content-type']]).toEqual([
      201,
      'application/json; charset=utf-8',
    ]);
    await expect(answer.body.json()).rejects.toThrow(SyntaxError);
    expect(created()).toBe(1);
  });

  it('emptyBody: 200 and nothing', async () => {
    misbehave({ kind: 'emptyBody' });
    const answer = await post();
    expect([answer.status, answer.body, created()]).toEqual([200, null, 1]);
  });

  it('gzipBody: compressed although nobody asked, as large as wanted', async () => {
    misbehave({ kind: 'gzipBody', inflatedBytes: 1_000_000 });
    const answer = await rawPost();
    expect(answer.headers['content-encoding']).toBe('gzip');
    const wire = Buffer.from(await answer.body.arrayBuffer());
    expect(wire.length).toBeLessThan(5000);
    const text = gunzipSync(wire).toString('utf8');
    expect(text).toHaveLength(1_000_000);
    expect(JSON.parse(text)).toMatchObject(CONTACT);
    expect(created()).toBe(1);
  });

  it('hugeBody: that many bytes, without a declared length', async () => {
    misbehave({ kind: 'hugeBody', bytes: 3_000_001 });
    const answer = await rawPost();
    expect(answer.headers['content-length']).toBeUndefined();
    let bytes = 0;
    for await (const chunk of answer.body) bytes += (chunk as Buffer).length;
    expect(bytes).toBe(3_000_001);
  });

  it('hugeBody: ends with a caller who stops reading', async () => {
    misbehave({ kind: 'hugeBody', bytes: 2 ** 40 });
    const answer = await rawPost();
    for await (const chunk of answer.body) {
      expect((chunk as Buffer).length).toBeGreaterThan(0);
      break;
    }
    sandbox.stopMisbehaving();
    expect((await post()).status).toBe(201);
  });

  it('slowDrip: a byte now and then, for ever', async () => {
    misbehave({ kind: 'slowDrip', everyMs: 200 });
    const answer = await rawPost();
    expect(answer.statusCode).toBe(200);
    const reader = answer.body[Symbol.asyncIterator]() as AsyncIterator<Buffer>;
    for (let byte = 0; byte < 3; byte += 1) {
      await time.advance(200);
      const { value } = (await reader.next()) as { readonly value: Buffer | undefined };
      expect(value?.toString()).toBe(' ');
    }
    answer.body.destroy();
  });
});

describe('faults without an answer', () => {
  it.each([
    ['timeoutBeforeCommit', 0],
    ['timeoutAfterCommit', 1],
  ] as const)('%s: silent until the caller leaves; records made: %i', async (kind, records) => {
    misbehave({ kind });
    const caller = new AbortController();
    const arrived = nextRequest(sandbox);
    const answer = post(caller.signal);
    await arrived;
    caller.abort();
    await expect(answer).rejects.toThrow('aborted');
    expect(created()).toBe(records);
    expect(sandbox.requests().map(({ status }) => status)).toEqual([null]);
  });

  it.each([
    ['resetBeforeCommit', 0],
    ['resetAfterCommit', 1],
  ] as const)('%s: the connection is reset; records made: %i', async (kind, records) => {
    misbehave({ kind });
    await expect(rawPost()).rejects.toMatchObject({ code: 'ECONNRESET' });
    expect(created()).toBe(records);
  });

  it('closing the sandbox ends held requests', async () => {
    misbehave({ kind: 'timeoutBeforeCommit' });
    const arrived = nextRequest(sandbox);
    const answer = post();
    await arrived;
    await Promise.all([expect(answer).rejects.toThrow('fetch failed'), sandbox.close()]);
  });
});

describe('latency', () => {
  it('holds the work back, which is done although the caller has left', async () => {
    misbehave({ kind: 'latency', ms: 15_000 });
    const caller = new AbortController();
    const arrived = nextRequest(sandbox);
    const answer = post(caller.signal);
    await arrived;
    caller.abort();
    await expect(answer).rejects.toThrow('aborted');
    expect(created()).toBe(0);
    await time.advance(15_000);
    sandbox.stopMisbehaving();
    await call(sandbox, 'GET', '/auth/verify');
    expect(created()).toBe(1);
  });

  it('holds back only the answer when it comes after', async () => {
    misbehave({ kind: 'latency', ms: 15_000, when: 'after' });
    const arrived = nextRequest(sandbox);
    const answer = post();
    await arrived;
    expect(created()).toBe(1);
    await time.advance(15_000);
    expect((await answer).status).toBe(201);
  });

  it('adds up over rules, and comes before another fault', async () => {
    misbehave({ kind: 'latency', ms: 100 });
    misbehave({ kind: 'latency', ms: 50 });
    misbehave({ kind: 'status', status: 503 });
    const arrived = nextRequest(sandbox);
    let answered = false;
    const answer = post().then(({ status }) => {
      answered = true;
      return status;
    });
    await arrived;
    await time.advance(149);
    await call(sandbox, 'GET', '/_sandbox/counts');
    expect(answered).toBe(false);
    await time.advance(1);
    expect(await answer).toBe(503);
  });

  it('is cut off by a reset, which does none of the waiting work', async () => {
    misbehave({ kind: 'latency', ms: 100 });
    const arrived = nextRequest(sandbox);
    const answer = post();
    await arrived;
    sandbox.reset();
    await expect(answer).rejects.toThrow('fetch failed');
    await time.advance(1000);
    expect([created(), time.sleepers]).toEqual([0, 0]);
  });

  it('gives a key that is revoked meanwhile 401', async () => {
    misbehave({ kind: 'latency', ms: 100 });
    const arrived = nextRequest(sandbox);
    const answer = post();
    await arrived;
    sandbox.revokeKey('sandbox-key');
    await time.advance(100);
    expect((await answer).status).toBe(401);
  });
});

describe('a rule', () => {
  const fault: SandboxFault = { kind: 'status', status: 503 };

  async function statuses(...paths: string[]): Promise<number[]> {
    const found: number[] = [];
    for (const path of paths) found.push((await call(sandbox, 'GET', path)).status);
    return found;
  }

  it('ends after its number of times and tells how often it struck', async () => {
    const rule = sandbox.misbehave({ times: 2, fault });
    expect(await statuses('/deals', '/deals', '/deals')).toEqual([503, 503, 200]);
    expect(rule.hits()).toBe(2);
  });

  it('strikes only what it matches', async () => {
    const paths = ['/deals', '/deals', '/contacts', '/contacts/search?email=a'];
    for (const [path, expected] of [
      ['/contacts', [200, 200, 503, 503]],
      ['/api/v1/contacts', [200, 200, 503, 503]],
      [/\/search$/, [200, 200, 200, 503]],
      [/^\/api\/v1\/deals$/g, [503, 503, 200, 200]],
    ] as const) {
      const rule = sandbox.misbehave({ match: { method: 'get', path }, fault });
      expect(await statuses(...paths)).toEqual(expected);
      rule.remove();
    }
    sandbox.misbehave({ match: { method: 'POST' }, fault });
    expect(await statuses(...paths)).toEqual([200, 200, 200, 200]);
  });

  it('can be taken back', async () => {
    const rule = misbehave(fault);
    expect(await statuses('/deals')).toEqual([503]);
    rule.remove();
    expect(await statuses('/deals')).toEqual([200]);
  });

  it('with a probability strikes some, the same ones for the same seed', async () => {
    const run = async (): Promise<number[]> => {
      sandbox.reset();
      sandbox.misbehave({ probability: 0.5, fault });
      return statuses(...Array.from({ length: 20 }, () => '/deals'));
    };
    const first = await run();
    expect(new Set(first)).toEqual(new Set([200, 503]));
    expect(await run()).toEqual(first);
  });

  it('that is older goes first', async () => {
    sandbox.misbehave({ times: 1, fault: { kind: 'status', status: 500 } });
    misbehave(fault);
    expect(await statuses('/deals', '/deals')).toEqual([500, 503]);
  });
});
