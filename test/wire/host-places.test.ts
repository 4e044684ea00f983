import type { ServerResponse } from 'node:http';
import { afterEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createAxiosTransport, type ClosableTransport } from '../../src/wire/axios-transport.ts';
import { createHostPlaces } from '../../src/wire/host-places.ts';
import { startHttp, type ScriptedServer } from './scripted-server.ts';

const NEVER = new AbortController().signal;

describe('Sockets to one host', () => {
  let server: ScriptedServer | undefined;
  let transport: ClosableTransport | undefined;
  afterEach(async () => {
    transport?.close();
    await server?.close();
  });

  const open = (maxPerHost?: number): ClosableTransport => {
    transport = createAxiosTransport({
      allowed: [{ host: '127.0.0.1', port: null }],
      ...(maxPerHost !== undefined && { maxPerHost }),
    });
    return transport;
  };

  it('are bounded over all budgets, however many call at once, and every call is made', async () => {
    let [inHand, most, calls] = [0, 0, 0];
    server = await startHttp((_request, response) => {
      inHand += 1;
      calls += 1;
      most = Math.max(most, inHand);
      setImmediate(() => {
        inHand -= 1;
        response.end('{}');
      });
    });
    const { url } = server;
    const { send } = open();
    const budgets = Array.from({ length: 100 }, () => ({}));
    const ends = budgets.flatMap((sharer) =>
      Array.from({ length: 8 }, () => send({ method: 'GET', url, headers: {}, deadlineMs: 20_000, sharer })),
    );
    const kinds = new Set((await Promise.all(ends)).map(({ kind }) => kind));
    expect([...kinds]).toEqual(['response']);
    expect(calls).toBe(800);
    expect(most).toBeLessThanOrEqual(256);
    expect(server.connections).toBeLessThanOrEqual(256);
  });

  it('are taken in turns: one budget with many calls does not hold up another with one', async () => {
    const asked: string[] = [];
    const waiting: ServerResponse[] = [];
    server = await startHttp((request, response) => {
      asked.push(request.url ?? '');
      waiting.push(response);
    });
    const { url } = server;
    const { send } = open(2);
    const [busy, quiet] = [{}, {}];
    const get = (path: string, sharer: object) =>
      send({ method: 'GET', url: `${url}${path}`, headers: {}, deadlineMs: 20_000, sharer });
    const all = [...Array.from({ length: 10 }, (_, at) => get(`/busy-${at}`, busy)), get('/quiet', quiet)];
    while (asked.length < all.length) {
      while (waiting.length === 0) await new Promise((resolve) => setImmediate(resolve));
      waiting.shift()?.end('{}');
    }
    for (const response of waiting) response.end('{}');
    await Promise.all(all);
    expect(server.connections).toBe(2);
    expect(asked.indexOf('/quiet')).toBeLessThanOrEqual(4);
  });

  it('are not waited for beyond the time of the call: nothing was sent then, and its place in the line is free', async () => {
    const held: ServerResponse[] = [];
    server = await startHttp((_request, response) => void held.push(response));
    const { url } = server;
    const { send } = open(1);
    const get = (deadlineMs: number) => send({ method: 'GET', url, headers: {}, deadlineMs });
    const first = get(20_000);
    while (held.length === 0) await new Promise((resolve) => setImmediate(resolve));
    expect(await get(50)).toMatchObject({ kind: 'not_sent', code: 'DEADLINE_BEFORE_SEND' });
    const third = get(20_000);
    held[0]?.end('{}');
    expect(await first).toMatchObject({ kind: 'response' });
    while (held.length < 2) await new Promise((resolve) => setImmediate(resolve));
    held[1]?.end('{}');
    expect(await third).toMatchObject({ kind: 'response' });
  });
});

describe('Places of a host', () => {
  it('are never more than there are, go to nobody twice, and to each sharer in turn', async () => {
    const step = fc.oneof(
      fc.record({ act: fc.constant('take' as const), sharer: fc.nat(3) }),
      fc.record({ act: fc.constant('giveBack' as const), which: fc.nat(20) }),
      fc.record({ act: fc.constant('giveUp' as const), which: fc.nat(20) }),
    );
    await fc.assert(
      fc.asyncProperty(
        fc.integer({ min: 1, max: 4 }),
        fc.array(step, { maxLength: 80 }),
        async (most, steps) => {
          const places = createHostPlaces(most);
          const sharers = [{}, {}, {}, {}];
          const held: (() => void)[] = [];
          const waiting: AbortController[] = [];
          const refused: unknown[] = [];
          for (const each of steps) {
            if (each.act === 'take') {
              const patience = new AbortController();
              waiting.push(patience);
              void places.take('o', sharers[each.sharer] ?? {}, patience.signal).then((giveBack) => {
                waiting.splice(waiting.indexOf(patience), 1);
                if (giveBack === null) refused.push(null);
                else held.push(giveBack);
              });
            } else if (each.act === 'giveBack') held.splice(each.which % Math.max(1, held.length), 1)[0]?.();
            else waiting[each.which % Math.max(1, waiting.length)]?.abort();
            await new Promise((resolve) => setImmediate(resolve));
            expect(held.length).toBeLessThanOrEqual(most);
            if (waiting.length > 0) expect(held).toHaveLength(most);
          }
        },
      ),
      { numRuns: 50 },
    );
  });

  it('that are given back twice count once', async () => {
    const places = createHostPlaces(1);
    const giveBack = await places.take('o', {}, NEVER);
    giveBack?.();
    const second = await places.take('o', {}, NEVER);
    giveBack?.();
    const impatient = new AbortController();
    const third = places.take('o', {}, impatient.signal);
    impatient.abort();
    expect(await third).toBeNull();
    second?.();
  });

  it('are each host’s own', async () => {
    const places = createHostPlaces(1);
    expect(await places.take('a', {}, NEVER)).not.toBeNull();
    expect(await places.take('b', {}, NEVER)).not.toBeNull();
  });
});
