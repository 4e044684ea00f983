import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { countedCalls, createCallContexts } from '../../src/budget/call-contexts.ts';
import { type CircuitBreaker, createCircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import { type BudgetLimiter, createBudgetLimiter } from '../../src/budget/rate-limiter.ts';
import type { CrmRequest } from '../../src/connectors/connector.port.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createCrmHttp, type CallBudget, type CallChecks } from '../../src/wire/crm-http.ts';
import type { OutboundResult } from '../../src/wire/transport.port.ts';

const FIND: CrmRequest = { verb: 'find', method: 'GET', path: ['contacts', 'search'] };

let breaker: CircuitBreaker;
let limiter: BudgetLimiter;
let reply: { readonly status: number; readonly headers?: Readonly<Record<string, string>> };
let seen: string[];

beforeEach(() => {
  reply = { status: 200 };
  seen = [];
  breaker = createCircuitBreaker({ clock: systemClock });
  limiter = createBudgetLimiter(
    { requestsPerSecond: 1_000, maxConcurrent: 10 },
    { clock: systemClock, random: { next: () => 0 } },
  );
});
afterEach(() => {
  breaker.dispose();
});

const http = ({ budget, mayDispatch }: { readonly budget: CallBudget } & Pick<CallChecks, 'mayDispatch'>) =>
  createCrmHttp({
    transport: {
      async send({ url, mayDispatch: may }): Promise<OutboundResult> {
        const refusal = (await may?.()) ?? null;
        if (refusal !== null) return { kind: 'not_sent', code: refusal, detail: '' };
        seen.push(url);
        return {
          kind: 'response',
          status: reply.status,
          headers: { 'content-type': 'application/json', ...reply.headers },
          body: Buffer.from('{}'),
        };
      },
    },
    budget,
    checks: { ...(mayDispatch && { mayDispatch }) },
    baseUrl: 'https://crm.example.test',
    deadlineMs: 5_000,
    priority: 'live',
    clock: systemClock,
  });

describe('a call that counts against a limit of its kind', () => {
  const NOTE: CrmRequest = { verb: 'update', method: 'POST', path: ['notes'], body: {} };
  const limited = () => {
    const contexts = createCallContexts(
      [{ name: 'notes', calls: 2, windowMs: 10_000, of: 'key' }],
      systemClock,
    );
    const counted = countedCalls(
      contexts,
      {
        of: ({ path }) => (path[0] === 'notes' ? ['notes'] : []),
        told: ({ status, headers }) =>
          headers['x-context'] === undefined
            ? []
            : [{ context: headers['x-context'], ...(status === 429 && { retryAfterMs: 5_000 }) }],
      },
      'key-1',
    );
    return http({ budget: { limiter, breaker, counted } });
  };

  it('is held back where that is used up, and no other is', async () => {
    const calls = limited();
    expect((await calls.request(NOTE)).kind).toBe('applied');
    expect(await calls.request(NOTE)).toMatchObject({
      kind: 'rate_limited',
      whose: 'request',
      code: 'CONTEXT_BUSY',
    });
    expect((await calls.request(FIND)).kind).toBe('applied');
    expect(seen).toHaveLength(2);
  });

  it('pauses nothing else where the CRM says that it is used up', async () => {
    const calls = limited();
    reply = { status: 429, headers: { 'x-context': 'notes', 'retry-after': '5' } };
    expect(await calls.request(NOTE)).toMatchObject({ kind: 'rate_limited', whose: 'request' });
    expect(limiter.pausedUntil()).toBeNull();
    reply = { status: 200 };
    expect(await calls.request(NOTE)).toMatchObject({ code: 'CONTEXT_BUSY' });
    expect((await calls.request(FIND)).kind).toBe('applied');
  });

  it('pauses all where the CRM names none', async () => {
    reply = { status: 429, headers: { 'retry-after': '5' } };
    expect((await limited().request(NOTE)).kind).toBe('rate_limited');
    expect(limiter.pausedUntil()).not.toBeNull();
  });

  it('gives its place back where it was never sent', async () => {
    let refused = 1;
    const calls = http({
      budget: {
        limiter,
        breaker,
        counted: countedCalls(
          createCallContexts([{ name: 'notes', calls: 1, windowMs: 10_000, of: 'key' }], systemClock),
          { of: () => ['notes'], told: () => [] },
          'key-1',
        ),
      },
      mayDispatch: () => Promise.resolve(seen.length === 0 && refused-- > 0 ? 'STOPPING' : null),
    });
    expect(await calls.request(NOTE)).toMatchObject({ kind: 'withheld' });
    expect((await calls.request(NOTE)).kind).toBe('applied');
  });
});
