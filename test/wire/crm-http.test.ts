import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import type { CrmRequest } from '../../src/connectors/connector.port.ts';
import { type ClosableTransport, createAxiosTransport } from '../../src/wire/axios-transport.ts';
import { type CircuitBreaker, createCircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import {
  type CallBudget,
  type CallChecks,
  type CallEvent,
  type CrmHttpOptions,
  createCrmHttp,
} from '../../src/wire/crm-http.ts';
import { createDailyQuota } from '../../src/budget/daily-quota.ts';
import { type BudgetLimiter, createBudgetLimiter } from '../../src/budget/rate-limiter.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createMemoryBudgetStore } from '../budget/memory-budget-store.ts';
import { type ScriptedServer, bodyOf, startHttp } from './scripted-server.ts';

const FIND: CrmRequest = { verb: 'find', method: 'GET', path: ['contacts', 'search'] };
const CREATE: CrmRequest = { verb: 'create', method: 'POST', path: ['contacts'], body: { a: [] } };
const VERIFY: CrmRequest = { verb: 'verify', method: 'GET', path: ['auth', 'verify'] };

interface Reply {
  readonly status: number;
  readonly body?: string;
  readonly headers?: Readonly<Record<string, string>>;
}

let server: ScriptedServer;
let transport: ClosableTransport;
let breaker: CircuitBreaker;
let limiter: BudgetLimiter;
let reply: Reply;
let seen: { method?: string | undefined; url?: string | undefined; authorization: unknown; body: string }[];
let events: CallEvent[];

beforeEach(async () => {
  reply = { status: 200, body: '{}' };
  seen = [];
  events = [];
  server = await startHttp(async (request, response) => {
    const { method, url, headers } = request;
    seen.push({ method, url, authorization: headers.authorization, body: await bodyOf(request) });
    response.writeHead(reply.status, { 'content-type': 'application/json', ...reply.headers });
    response.end(reply.body);
  });
  transport = createAxiosTransport({ allowed: [{ host: '127.0.0.1', port: server.port }] });
  breaker = createCircuitBreaker({ clock: systemClock });
  limiter = createBudgetLimiter(
    { requestsPerSecond: 1_000, maxConcurrent: 10 },
    { clock: systemClock, random: { next: () => 0 } },
  );
});
afterEach(async () => {
  transport.close();
  breaker.dispose();
  await server.close();
});

const http = ({
  quota = null,
  mayDispatch,
  mayStillDispatch,
  ...more
}: Partial<CrmHttpOptions> & Pick<CallBudget, 'quota'> & CallChecks = {}) =>
  createCrmHttp({
    transport,
    budget: { limiter, breaker, quota },
    checks: { ...(mayDispatch && { mayDispatch }), ...(mayStillDispatch && { mayStillDispatch }) },
    baseUrl: `${server.url}/api/v1`,
    headers: { all: { Authorization: 'Bearer secret-key-1' } },
    deadlineMs: 5_000,
    priority: 'live',
    clock: systemClock,
    onCall: (event) => events.push(event),
    ...more,
  });

describe('a connector’s call', () => {
  it('goes to the account’s address with its headers, and comes back classified', async () => {
    reply = { status: 201, body: '{"id":9007199254740993}' };
    const outcome = await http().request({ ...CREATE, query: { 'a b': 'c/d' } });
    expect(outcome).toMatchObject({
      kind: 'applied',
      value: { status: 201, body: { id: '9007199254740993' } },
    });
    expect(seen).toEqual([
      {
        method: 'POST',
        url: '/api/v1/contacts?a%20b=c%2Fd',
        authorization: 'Bearer secret-key-1',
        body: '{"a":[]}',
      },
    ]);
  });

  it('goes to none but the provider’s own hosts, where it has fixed ones', async () => {
    const resolved: string[] = [];
    const guarded = createAxiosTransport({
      allowed: [],
      resolve: (name) => (resolved.push(name), Promise.resolve([])),
    });
    const hosts = ['vendor.example'];
    for (const host of ['other.example', 'vendor.example.evil.test', 'eu.vendor.example']) {
      const call = http({ transport: guarded, baseUrl: `https://${host}`, hosts }).request(VERIFY);
      expect(await call).toMatchObject({ code: 'HOST_NOT_REACHABLE' });
    }
    expect(resolved).toEqual(['eu.vendor.example']);
  });

  it('lets the request’s own headers win, however they are written', async () => {
    await http().request({ ...FIND, headers: { authorization: 'Bearer other' } });
    expect(seen[0]?.authorization).toBe('Bearer other');
  });

  it('is told to the metrics without any address or text of anybody', async () => {
    await http().request(FIND);
    reply = { status: 500 };
    await http().request(CREATE);
    expect(events).toMatchObject([
      { verb: 'find', outcome: 'applied', code: null },
      { verb: 'create', outcome: 'ambiguous', code: 'CRM_FAILED' },
    ]);
    expect(Object.keys(events[0] ?? {}).sort()).toEqual(['code', 'ms', 'outcome', 'verb', 'waitedMs']);
    expect(events.every(({ ms, waitedMs }) => ms > 0 && waitedMs > 0)).toBe(true);
  });

  it.each([['..'], ['.'], ['']])('is refused for the path segment %j, and not sent', async (segment) => {
    expect(await http().request({ ...FIND, path: ['contacts', segment] })).toMatchObject({
      kind: 'rejected',
      code: 'PATH_REFUSED',
    });
    expect(server.connections).toBe(0);
    expect(events).toMatchObject([{ outcome: 'rejected', code: 'PATH_REFUSED', ms: 0 }]);
  });

  it('is refused for a header with a line end, and not sent', async () => {
    const outcome = await http({ headers: { all: { authorization: 'k\r\nx: y' } } }).request(FIND);
    expect(outcome).toMatchObject({ kind: 'rejected', code: 'HEADER_REFUSED' });
    expect(server.connections).toBe(0);
  });

  it('is withheld when the last question says so', async () => {
    const outcome = await http({ mayDispatch: () => Promise.resolve('CONNECTION_CHANGED') }).request(CREATE);
    expect(outcome).toMatchObject({ kind: 'withheld', code: 'CONNECTION_CHANGED' });
    expect(seen).toEqual([]);
    expect(breaker.state()).toBe('closed');
  });

  it('is withheld when that is known at the last moment, after the wait for those that go out before it', async () => {
    const asked: string[] = [];
    const mayDispatch = () => {
      asked.push('asks');
      return Promise.resolve(null);
    };
    const mayStillDispatch = () => {
      asked.push('asks at last');
      // What goes out is counted by then: the next of this budget has to wait.
      expect(limiter.neededFor()).toBe(Number.POSITIVE_INFINITY);
      return 'LEASE_LOST' as const;
    };
    const outcome = await http({ mayDispatch, mayStillDispatch }).request(CREATE);
    expect(outcome).toMatchObject({ kind: 'withheld', code: 'LEASE_LOST' });
    expect([asked, seen]).toEqual([['asks', 'asks at last'], []]);
  });

  it('does not show the credentials that a CRM repeats in its refusal', async () => {
    reply = {
      status: 422,
      body: JSON.stringify({
        errors: { authorization: 'Bearer secret-key-1 may not', 'secret-key-1': 'x' },
      }),
    };
    const outcome = await http().request(CREATE);
    expect(outcome.kind === 'rejected' && outcome.fields).toHaveLength(2);
    expect(JSON.stringify(outcome)).not.toContain('secret-key-1');
  });
});

describe('a connector that knows more of its answers than their status says', () => {
  const full = { kind: 'rate_limited', code: 'DAY_USED_UP', detail: '', retryAfterMs: 5_000 } as const;
  const classify: CrmHttpOptions['classify'] = ({ status, body }, { verb }) =>
    status === 403 && verb === 'find' && JSON.stringify(body) === '{"code":"LIMIT"}' ? full : null;

  it('is asked before the status, and its pause is the budget’s', async () => {
    reply = { status: 403, body: '{"code":"LIMIT"}' };
    const began = Date.now();
    expect(await http({ classify }).request(FIND)).toMatchObject({ ...full, retryAfterMs: 5_000 });
    expect(limiter.pausedUntil()).toBeGreaterThanOrEqual(began + 5_000);
  });

  it('is not followed where it says nothing', async () => {
    for (const [body, request, code] of [
      ['{"code":"OTHER"}', FIND, 'ACCESS_FORBIDDEN'],
      ['<html>', FIND, 'FOREIGN_ANSWER'],
      ['{"code":"LIMIT"}', CREATE, 'ACCESS_FORBIDDEN'],
    ] as const) {
      reply = { status: 403, body };
      expect(await http({ classify }).request(request)).toMatchObject({ code });
    }
  });
});

describe('a connector’s call at a limit', () => {
  it('pauses the whole budget and says for how long, within bounds', async () => {
    reply = { status: 429, headers: { 'retry-after': '315360000' } };
    expect(await http().request(FIND)).toMatchObject({
      kind: 'rate_limited',
      code: 'TOO_MANY_REQUESTS',
      retryAfterMs: 3_600_000,
    });
    expect(await http({ priority: 'sync' }).request(FIND)).toMatchObject({
      kind: 'rate_limited',
      code: 'BUDGET_PAUSED',
    });
    expect(seen).toHaveLength(1);
  });

  it('does not open the breaker, however often', async () => {
    reply = { status: 429 };
    for (let turn = 0; turn < 8; turn += 1) {
      limiter = createBudgetLimiter(
        { requestsPerSecond: 1_000, maxConcurrent: 10 },
        { clock: systemClock, random: { next: () => 0 } },
      );
      await http().request(FIND);
    }
    expect(seen).toHaveLength(8);
    expect(breaker.state()).toBe('closed');
  });

  it('does not count as an attempt when its turn does not come', async () => {
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    limiter = createBudgetLimiter(
      { requestsPerSecond: 1_000, maxConcurrent: 1 },
      { clock: systemClock, random: { next: () => 0 } },
    );
    const running = limiter.schedule(
      'live',
      () => {
        started.resolve();
        return promise;
      },
      5_000,
    );
    await started.promise;
    expect(await http({ maxWaitMs: 30 }).request(FIND)).toMatchObject({
      kind: 'rate_limited',
      code: 'BUDGET_BUSY',
    });
    resolve();
    await running;
  });
});

describe('a connector’s call that waits for its turn', () => {
  it('is withheld at once where its connection changes, and no attempt', async () => {
    limiter.pauseUntil(Date.now() + 3_000);
    const over = new AbortController();
    const call = http({ checks: { over: over.signal } }).request(CREATE);
    over.abort('CONNECTION_CHANGED');
    expect(await call).toMatchObject({ kind: 'withheld', code: 'CONNECTION_CHANGED' });
    const stopped = { over: AbortSignal.abort('STOPPING') };
    expect(await http({ checks: stopped }).request(CREATE)).toMatchObject({
      kind: 'withheld',
      code: 'STOPPING',
    });
    expect(seen).toEqual([]);
  });
});

describe('a connector’s call where the CRM counts days', () => {
  const quotaOf = (requestsPerDay: number, store = createMemoryBudgetStore()) =>
    createDailyQuota({ store, budget: 'b', requestsPerDay, clock: systemClock, onError: () => undefined });

  it('is held back once the day’s calls are used up, and the budget pauses until midnight', async () => {
    const quota = quotaOf(2);
    const kinds: string[] = [];
    for (let turn = 0; turn < 3; turn += 1) kinds.push((await http({ quota }).request(FIND)).kind);
    expect(kinds).toEqual(['applied', 'applied', 'rate_limited']);
    expect(events.at(-1)).toMatchObject({ code: 'DAILY_QUOTA_USED', ms: 0 });
    expect(seen).toHaveLength(2);
    const midnight = Math.ceil(Date.now() / 86_400_000) * 86_400_000;
    expect(Math.abs((limiter.pausedUntil() ?? 0) - midnight)).toBeLessThan(1_000);
    expect(await http({ quota }).request(FIND)).toMatchObject({
      kind: 'rate_limited',
      code: 'BUDGET_PAUSED',
    });
  });

  it('is held back while nobody can tell how many are left, for a moment, and not as an attempt', async () => {
    const store = createMemoryBudgetStore();
    store.away = true;
    const began = Date.now();
    expect(await http({ quota: quotaOf(100, store) }).request(CREATE)).toMatchObject({
      kind: 'rate_limited',
      code: 'QUOTA_UNKNOWN',
      retryAfterMs: 2_000,
    });
    expect(seen).toEqual([]);
    expect(limiter.pausedUntil()).toBeGreaterThanOrEqual(began + 2_000);
    // A pause and no more: a refusal of the CRM's would have lowered the rate for most of a minute.
    expect(limiter.neededFor()).toBeLessThanOrEqual(2_000);
    expect(breaker.state()).toBe('closed');
  });

  it('costs nothing when it was certainly not sent, and is counted when it was, whatever came of it', async () => {
    const quota = quotaOf(1);
    const refused = () => Promise.resolve('STOPPING' as const);
    expect((await http({ quota, mayDispatch: refused }).request(FIND)).kind).toBe('withheld');
    reply = { status: 500 };
    expect((await http({ quota }).request(FIND)).kind).toBe('retry_later');
    expect(await http({ quota }).request(FIND)).toMatchObject({ code: 'DAILY_QUOTA_USED' });
  });

  it('is not counted when the breaker withholds it', async () => {
    reply = { status: 503 };
    for (let turn = 0; turn < 5; turn += 1) await http().request(FIND);
    const store = createMemoryBudgetStore();
    expect((await http({ quota: quotaOf(1, store) }).request(FIND)).kind).toBe('withheld');
    expect(store.asked).toBe(0);
  });
});

describe('a connector’s call to a CRM that fails', () => {
  const open = async () => {
    reply = { status: 503 };
    for (let turn = 0; turn < 5; turn += 1) await http().request(FIND);
    expect(breaker.state()).toBe('open');
  };

  it('is withheld once the breaker is open, without waiting for a turn', async () => {
    await open();
    limiter.pauseUntil(Date.now() + 60_000);
    expect(await http().request(FIND)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(await http().request(VERIFY)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(seen).toHaveLength(5);
    expect(events.at(-1)).toMatchObject({ outcome: 'withheld', ms: 0, waitedMs: 0 });
  });

  it('is withheld while the breaker waits for a probe, which only a verification is', async () => {
    breaker.dispose();
    breaker = createCircuitBreaker({ clock: systemClock, resetMs: 20 });
    await open();
    while (breaker.state() !== 'half_open') await systemClock.sleep(5);
    reply = { status: 200, body: '{}' };
    expect(await http().request(FIND)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(await http().request(VERIFY)).toMatchObject({ kind: 'applied' });
    expect(breaker.state()).toBe('closed');
    expect(await http().request(FIND)).toMatchObject({ kind: 'applied' });
  });
});
