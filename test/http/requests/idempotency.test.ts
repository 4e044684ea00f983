import { connect as connectSocket } from 'node:net';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { ChangePublisher } from '../../../src/change-feed/change-feed.port.ts';
import { KEPT_MS, LEASE_MS, takesKey } from '../../../src/http/requests/idempotency.ts';
import { systemClock } from '../../../src/runtime/clock.ts';
import { StoreUnavailable } from '../../../src/state-store/state-store.port.ts';
import { API_KEY, type ApiHarness, CREDENTIALS, type Overrides, startApi, USER } from '../api-harness.ts';
import { incomingChange } from '../incoming-change.ts';

const PATH = '/api/integrations/crm/mri_vault';
const KEY = '6b1f8a52-0000-4000-8000-000000000001';

let api: ApiHarness;
/** The time stands still; this is added to it. */
let later = 0;
const begun = Date.now();
const start = async (over: Overrides = {}): Promise<void> => {
  api = await startApi({ clock: { ...systemClock, now: () => begun + later }, ...over });
};
beforeEach(async () => {
  later = 0;
  await start();
});
afterEach(() => api.close());

const post = (path: string, body?: unknown, { key = KEY, as = USER, scopes = [] as string[] } = {}) =>
  api.call('POST', path, { as, scopes, body, headers: { 'idempotency-key': key } });
const connect = (over: object = {}, options: { key?: string; as?: string } = {}) =>
  post(`${PATH}/connect`, { credentials: CREDENTIALS, ...over }, options);
const change = (version = 1) => [incomingChange('c-1', { version })];
const write = (body: unknown = change(), key = KEY) =>
  post('/api/changes', body, { key, scopes: ['changes:write'] });

/** Holds what is published until it is let go. */
function holdPublishing() {
  const begun = [Promise.withResolvers<void>(), Promise.withResolvers<void>()];
  const goOn = Promise.withResolvers<void>();
  let calls = 0;
  const publish: ChangePublisher['publish'] = api.feed.publish;
  api.feed.publish = async (changes) => {
    begun[calls++]?.resolve();
    await goOn.promise;
    return publish(changes);
  };
  return { begun: begun[0]?.promise, begunAgain: begun[1]?.promise, goOn: goOn.resolve };
}

describe('a request with a key of its own', () => {
  it('is done once, and answered the same however often it comes', async () => {
    const first = await connect();
    expect(first.status).toBe(201);
    expect(first.headers.get('idempotency-replayed')).toBeNull();
    for (let n = 0; n < 3; n += 1) {
      const again = await connect();
      expect([again.status, again.text]).toEqual([201, first.text]);
      expect(again.headers.get('content-type')).toBe(first.headers.get('content-type'));
      expect(again.headers.get('idempotency-replayed')).toBe('true');
    }
    expect(api.crm.asked).toHaveLength(1);
    expect((await connect({}, { key: 'another' })).status).toBe(200);
  });

  it('leaves nothing where it changes nothing, and is done anew each time', async () => {
    await api.connect();
    const looks: [string, unknown, string[]][] = [
      [`${PATH}/sync?dryRun=true`, undefined, []],
      [`${PATH}/test`, undefined, []],
      ['/api/ops/dead-letters/plan', {}, ['ops']],
      ['/api/ops/erase', { userId: 'nobody', dryRun: true }, ['ops']],
    ];
    for (const [path, body, scopes] of looks) {
      for (const _ of [1, 2]) {
        const answer = await post(path, body, { scopes });
        expect([path, answer.status]).toEqual([path, answer.status < 300 ? answer.status : 'refused']);
        expect(answer.headers.get('idempotency-replayed')).toBeNull();
      }
    }
    const { session } = api.store;
    expect({ ...session.prepare('SELECT count(*) AS count FROM idempotency_keys').get() }).toEqual({
      count: 0,
    });
    // The same key is free for what does change something.
    expect((await post(`${PATH}/pause`)).status).toBe(200);
    expect({ ...session.prepare('SELECT count(*) AS count FROM idempotency_keys').get() }).toEqual({
      count: 1,
    });
  });

  it('is the same whatever the order of its members', async () => {
    const { apiKey, instanceUrl } = CREDENTIALS;
    await post(`${PATH}/connect`, { credentials: { apiKey, instanceUrl }, syncConfig: {} });
    const again = await post(`${PATH}/connect`, { syncConfig: {}, credentials: { instanceUrl, apiKey } });
    expect(again.headers.get('idempotency-replayed')).toBe('true');
  });

  it('gives again where it sent the caller on to', async () => {
    await api.connect();
    const sync = () =>
      api.call('POST', `${PATH}/sync`, { headers: { 'idempotency-key': KEY, prefer: 'respond-async' } });
    const [first, again] = [await sync(), await sync()];
    expect(again.status).toBe(202);
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    for (const name of ['location', 'preference-applied'])
      expect(again.headers.get(name)).toBe(first.headers.get(name));
  });

  it('is refused as another request under the same key, and changes nothing', async () => {
    await connect();
    const others = [
      connect({ syncConfig: { syncDeals: false } }),
      connect({ credentials: { ...CREDENTIALS, apiKey: 'other' } }),
      post(`${PATH}/connect?account=replace`, { credentials: CREDENTIALS }),
      post('/api/integrations/crm/kvcore/connect', { credentials: CREDENTIALS }),
    ];
    for (const other of await Promise.all(others)) {
      expect(other.status).toBe(422);
      expect(other.json).toMatchObject({ code: 'VALIDATION_FAILED', reason: 'idempotency_mismatch' });
    }
    expect(api.crm.asked).toHaveLength(1);
    expect((await api.connection()).syncConfig.syncDeals).toBe(true);
  });

  it('has the key for its user and route alone', async () => {
    await connect();
    const others = [
      await connect({}, { as: 'user-2' }),
      await post(`${PATH}/pause`),
      await post(`${PATH}/resume`),
    ];
    for (const other of others) {
      expect(other.status).toBeLessThan(300);
      expect(other.headers.get('idempotency-replayed')).toBeNull();
    }
    expect(api.crm.asked).toHaveLength(2);
  });

  it('is refused while the first is still at work, then answered like it', async () => {
    const { begun, goOn } = holdPublishing();
    const first = write();
    await begun;
    const meanwhile = await write();
    expect(meanwhile.status).toBe(409);
    expect(meanwhile.json).toMatchObject({
      code: 'CONFLICT',
      reason: 'idempotency_in_progress',
      retryable: true,
    });
    expect(meanwhile.headers.get('retry-after')).toBe('1');
    expect((await write(change(2))).json).toMatchObject({ reason: 'idempotency_mismatch' });
    goOn();
    const { text } = await first;
    const after = await write();
    expect([after.status, after.text, after.headers.get('idempotency-replayed')]).toEqual([
      202,
      text,
      'true',
    ]);
    expect(api.feed.published).toHaveLength(1);
  });

  it('is answered also when its sender hung up before the answer', async () => {
    const { begun, goOn } = holdPublishing();
    const body = JSON.stringify(change());
    const { hostname, port } = new URL(api.url);
    const socket = connectSocket(Number(port), hostname);
    const answered = new Promise<void>((resolve) => {
      api.app.server.once('request', (_request, response) => response.once('close', resolve));
    });
    socket.write(
      [
        'POST /api/changes HTTP/1.1',
        `host: ${hostname}:${port}`,
        `authorization: Bearer ${await api.token(USER, 'changes:write')}`,
        `idempotency-key: ${KEY}`,
        'content-type: application/json',
        `content-length: ${String(Buffer.byteLength(body))}`,
        '',
        body,
      ].join('\r\n'),
    );
    await begun;
    socket.destroy();
    await answered;
    expect((await write()).status).toBe(409);
    goOn();
    let again = await write();
    while (again.status === 409) again = await write();
    expect(again.headers.get('idempotency-replayed')).toBe('true');
    expect(api.feed.published).toHaveLength(1);
  });
});

describe('a key', () => {
  it.each([
    ['is empty', ''],
    ['has spaces', 'a b'],
    ['is too long', 'x'.repeat(256)],
    ['is no ASCII', 'clé'],
  ])('that %s is refused, and nothing is done', async (_, key) => {
    const answer = await connect({}, { key });
    expect(answer.status).toBe(400);
    expect(answer.json['errors']).toMatchObject([{ pointer: '/headers/idempotency-key' }]);
    expect(api.crm.asked).toHaveLength(0);
  });

  it('may be any other text of up to 255 characters', async () => {
    for (const key of ['x'.repeat(255), '"8e03978e"', '$where', '__proto__', '{"$ne":null}'])
      for (const replayed of [null, 'true'])
        expect((await connect({}, { key })).headers.get('idempotency-replayed')).toBe(replayed);
  });

  it('is free again after a failure of ours or of the CRM', async () => {
    const publish = api.feed.publish;
    api.feed.publish = () => Promise.reject(new Error('away'));
    expect((await write()).status).toBe(503);
    api.feed.publish = publish;
    const again = await write();
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([202, null]);
    const fine = api.crm.outcome;
    api.crm.outcome = { kind: 'retry_later', code: 'CONNECT_FAILED', detail: '', status: null };
    expect((await connect()).status).toBe(502);
    api.crm.outcome = fine;
    expect((await connect()).status).toBe(201);
  });

  it('is free again where the answer says that the same may succeed later', async () => {
    await api.connect();
    const replace = api.store.connections.replace;
    const connections = api.store.connections as { replace: typeof replace };
    connections.replace = async () => false;
    expect((await post(`${PATH}/pause`)).json).toMatchObject({ reason: 'concurrent_change' });
    connections.replace = replace;
    const again = await post(`${PATH}/pause`);
    expect([again.status, again.headers.get('idempotency-replayed')]).toEqual([200, null]);
  });

  it('keeps a refusal of the CRM or of ours', async () => {
    const first = await post(`${PATH}/pause`);
    expect(first.status).toBe(404);
    await api.connect();
    const again = await post(`${PATH}/pause`);
    expect([again.status, again.text]).toEqual([404, first.text]);
    expect((await api.connection()).status).toBe('active');
  });

  it('is free while nothing was begun: a refused request does not take it', async () => {
    expect((await connect({ unknown: 1 })).status).toBe(400);
    expect((await connect()).status).toBe(201);
    expect((await post('/api/ops/dead-letters/plan', {})).status).toBe(403);
    const planned = await post('/api/ops/dead-letters/plan', {}, { scopes: ['ops'] });
    expect(planned.status).toBe(200);
    // Not even who has the key gets the answer without the right to it.
    expect((await post('/api/ops/dead-letters/plan', {})).status).toBe(403);
  });

  it('is kept for a day', async () => {
    await connect();
    later = KEPT_MS - 1;
    expect((await connect()).headers.get('idempotency-replayed')).toBe('true');
    later = KEPT_MS;
    const after = await connect();
    expect([after.status, after.headers.get('idempotency-replayed')]).toEqual([200, null]);
  });

  it('of a process that died is free some minutes later, and what the dead one still answers is not kept', async () => {
    const { begun, begunAgain, goOn } = holdPublishing();
    const dead = write();
    await begun;
    later = LEASE_MS - 1;
    expect((await write()).status).toBe(409);
    later = LEASE_MS;
    const second = write(change(2));
    await begunAgain;
    goOn();
    expect([(await dead).status, (await second).status]).toEqual([202, 202]);
    expect((await write(change(2))).headers.get('idempotency-replayed')).toBe('true');
    expect((await write()).status).toBe(422);
  });

  it('leaves neither itself nor a secret in the store', async () => {
    await connect();
    const rows = api.store.database.prepare('SELECT * FROM idempotency_keys').all();
    expect(rows).toHaveLength(1);
    for (const secret of [API_KEY, KEY, Buffer.from(API_KEY).toString('base64')])
      expect(JSON.stringify(rows)).not.toContain(secret);
  });

  it('means nothing where a session is opened: each gets a cookie of its own', async () => {
    const open = () => post('/api/session');
    const [first, second] = [await open(), await open()];
    expect([first.status, second.status]).toEqual([201, 201]);
    expect(first.headers.get('set-cookie')).not.toBe(second.headers.get('set-cookie'));
    expect(second.headers.get('idempotency-replayed')).toBeNull();
  });
});

describe('when the store can not keep answers', () => {
  const away = () => Promise.reject(new StoreUnavailable('SQLITE_IOERR'));

  it('nothing is begun that has a key', async () => {
    await api.close();
    await start({ idempotency: { ...api.store.idempotency, claim: away } });
    const answer = await connect();
    expect(answer.status).toBe(503);
    expect(answer.json).toMatchObject({ code: 'NOT_READY', reason: 'store_unreachable' });
    expect(api.crm.asked).toHaveLength(0);
    expect((await api.call('POST', `${PATH}/connect`, { body: { credentials: CREDENTIALS } })).status).toBe(
      201,
    );
  });

  it('what was done is answered all the same, and the log tells', async () => {
    const claim = () => Promise.resolve(null);
    await api.close();
    await start({ idempotency: { ...api.store.idempotency, claim, complete: away, release: away } });
    expect((await connect()).status).toBe(201);
    expect(api.logged.map(({ event }) => event)).toContain('http.answer_not_kept');
  });
});

describe('every POST of the API', () => {
  it('takes a key and says so, but for those that open a session', async () => {
    const document = (await api.call('GET', '/openapi.json')).json as unknown as {
      paths: Record<
        string,
        Record<string, { parameters?: { name: string; in: string }[]; responses: object }>
      >;
    };
    const posts = api.app.declaredRoutes.filter(({ method }) => method === 'POST');
    expect(posts.length).toBeGreaterThanOrEqual(12);
    for (const { method, url, access } of posts) {
      const operation = document.paths[url.replace(/:(\w+)/g, '{$1}')]?.['post'];
      const parameters = operation?.parameters ?? [];
      const described = parameters.some(
        ({ name, in: where }) => where === 'header' && name === 'idempotency-key',
      );
      expect({ url, described }).toEqual({ url, described: url !== '/api/session' });
      expect(takesKey(method, url, access)).toBe(described);
      if (described) for (const status of ['409', '422']) expect(operation?.responses).toHaveProperty(status);
    }
  });
});
