import { setImmediate } from 'node:timers/promises';
import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fastify from 'fastify';
import { registerTurns } from '../../../src/http/access/turns.ts';
import { ProblemSchema } from '../../../src/http/problems/problem-schema.ts';
import type { App } from '../../../src/http/base/app-types.ts';

const AT_ONCE = 6;
const MOST_WAITING = 60;

let app: App;
let url: string;
let working: number;
let most: number;
let finish: (() => void)[];
beforeEach(async () => {
  [working, most, finish] = [0, 0, []];
  app = fastify();
  app.decorateRequest('principal', null);
  app.addHook('onRequest', async (request) => {
    const userId = String(request.headers['x-user']);
    request.principal = { userId, scopes: new Set(), expiresAt: Infinity };
  });
  app.addSchema(ProblemSchema);
  registerTurns(app);
  const slow = async () => {
    working += 1;
    most = Math.max(most, working);
    await new Promise<void>((resolve) => finish.push(resolve));
    working -= 1;
    return 'done';
  };
  app.get('/list', { config: { access: 'user' } }, slow);
  app.get('/stream', { config: { access: 'user', deadlineMs: null } }, slow);
  app.post('/changes', { config: { access: 'changes:write', takesTurns: true } }, slow);
  app.post('/pause', { config: { access: 'user' } }, slow);
  url = await app.listen({ port: 0, host: '127.0.0.1' });
});
afterEach(async () => {
  for (const end of finish) end();
  await app.close();
});

const ask = (path: string, user = 'a', { method = 'GET', signal }: RequestInit = {}) =>
  fetch(url + path, { method, headers: { 'x-user': user }, ...(signal && { signal }) }).then(
    ({ status }) => status,
  );
const until = async (test: () => boolean) => {
  while (!test()) await setImmediate();
};
const finishAll = async (asked: Promise<unknown>) => {
  let over = false;
  void asked.finally(() => (over = true));
  while (!over) {
    for (const end of finish.splice(0)) end();
    await setImmediate();
  }
};

describe('the requests of one user', () => {
  it('are worked on a few at a time, and all are answered; what is too many is told so', async () => {
    let refused = 0;
    const one = async () => {
      const status = await ask('/list');
      if (status === 429) refused += 1;
      return status;
    };
    const asked = Promise.all(Array.from({ length: 100 }, one));
    await until(() => refused === 100 - AT_ONCE - MOST_WAITING);
    await finishAll(asked);
    expect(most).toBe(AT_ONCE);
    expect((await asked).filter((status) => status === 200)).toHaveLength(AT_ONCE + MOST_WAITING);
  });

  it('keep nobody else waiting, and no other kind of request', async () => {
    const mine = Promise.all(Array.from({ length: 20 }, () => ask('/list')));
    await until(() => working === AT_ONCE);
    const others = Promise.all([
      ask('/list', 'b'),
      ask('/stream'),
      ask('/pause', 'a', { method: 'POST' }),
      ask('/changes', 'a', { method: 'POST' }),
    ]);
    await until(() => working === AT_ONCE + 4);
    await finishAll(Promise.all([mine, others]));
    expect(await others).toEqual([200, 200, 200, 200]);
  });

  it('give up their turn when whoever asked is gone', async () => {
    const gone = new AbortController();
    const left = Array.from({ length: 30 }, () =>
      ask('/list', 'a', { signal: gone.signal }).catch(() => 'gone' as const),
    );
    await until(() => working === AT_ONCE);
    gone.abort();
    await Promise.all(left);
    const next = ask('/list');
    await until(() => working > AT_ONCE);
    await finishAll(next);
    expect(await next).toBe(200);
  });

  it('are limited where they write much, too', async () => {
    const asked = Promise.all(Array.from({ length: 20 }, () => ask('/changes', 'a', { method: 'POST' })));
    await until(() => working === AT_ONCE);
    await finishAll(asked);
    expect(most).toBe(AT_ONCE);
  });
});
