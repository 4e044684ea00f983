import { describe, expect, it } from '@jest/globals';
import type { CrmHttp } from '../../../src/connectors/connector.port.ts';
import type { Json } from '../../../src/domain/json.ts';
import type { CallOutcome } from '../../../src/domain/outcome.ts';
import { createVirtualClock } from '../../../src/runtime/virtual-clock.ts';
import { createFactsCache, type FactsCacheBounds } from '../../../src/service/sessions/facts-cache.ts';

const HTTP: CrmHttp = { request: () => Promise.reject(new Error('nothing is called here')) };
const HOUR = 3_600_000;

/** An account whose facts take a second to read. */
function account(bounds?: FactsCacheBounds) {
  const clock = createVirtualClock(0);
  const read: string[] = [];
  const crm = {
    read,
    answer: (name: string): CallOutcome<Json> => ({
      kind: 'applied',
      value: `${name} ${String(read.length)}`,
    }),
  };
  const cache = createFactsCache(clock, bounds);
  const facts = {
    maxAgeMs: HOUR,
    async read(_http: CrmHttp, name: string) {
      read.push(name);
      const answer = crm.answer(name);
      await clock.sleep(1_000);
      return answer;
    },
  };
  const of = (name = 'office') => cache.of(name, facts, HTTP);
  const ask = async (...names: string[]): Promise<unknown> => {
    const asked = of().facts(names);
    await clock.advance(10_000);
    const outcome = await asked;
    return outcome.kind === 'applied' ? Object.fromEntries(outcome.value) : outcome;
  };
  return { clock, crm, of, ask };
}

const WITHHELD = { kind: 'withheld', code: 'CLAIM_EXPIRED', detail: '' } as const;

describe('the facts of an account', () => {
  it('are read once, and again when they are old', async () => {
    const { clock, crm, ask } = account();
    expect(await ask('stages', 'suburbs')).toEqual({ stages: 'stages 1', suburbs: 'suburbs 2' });
    expect(await ask('stages', 'suburbs')).toEqual({ stages: 'stages 1', suburbs: 'suburbs 2' });
    await clock.advance(HOUR);
    expect(await ask('stages')).toEqual({ stages: 'stages 3' });
    expect(crm.read).toEqual(['stages', 'suburbs', 'stages']);
  });

  it('are read once for fifty who ask at the same time, and are not another account’s', async () => {
    const { clock, crm, of } = account();
    const asked = Array.from({ length: 50 }, () => of().facts(['stages']));
    const other = of('another office').facts(['stages']);
    await clock.advance(1_000);
    for (const one of await Promise.all(asked)) expect(one).toMatchObject({ kind: 'applied' });
    await other;
    expect(crm.read).toEqual(['stages', 'stages']);
  });

  it('are read once more where a mapping misses something, at most once a minute for each name', async () => {
    const { clock, crm, of, ask } = account();
    await ask('stages');
    const refresh = async () => {
      const refreshed = of().refreshFact('stages');
      await clock.advance(1_000);
      return await refreshed;
    };
    expect(await refresh()).toEqual({ kind: 'applied', value: 'stages 1' });
    await clock.advance(60_000);
    expect(await refresh()).toEqual({ kind: 'applied', value: 'stages 2' });
    expect(await refresh()).toEqual({ kind: 'applied', value: 'stages 2' });
    expect(await ask('stages')).toEqual({ stages: 'stages 2' });
    expect(crm.read).toHaveLength(2);
  });

  it('that could not be read are asked for again, and end what asked for them', async () => {
    const { crm, ask } = account();
    const failure = { kind: 'retry_later', code: 'HTTP_503', detail: '', status: 503 } as const;
    crm.answer = () => failure;
    expect(await ask('stages', 'suburbs')).toEqual(failure);
    crm.answer = () => ({ kind: 'applied', value: null });
    expect(await ask('stages', 'suburbs')).toEqual({ stages: null, suburbs: null });
    expect(crm.read).toEqual(['stages', 'stages', 'suburbs']);
  });

  it('are read by the next who asked where the first was held back', async () => {
    const { clock, crm, of } = account();
    crm.answer = () => (crm.read.length === 1 ? WITHHELD : { kind: 'applied', value: 'open' });
    const [first, second, third] = [of().facts(['s']), of().facts(['s']), of().facts(['s'])];
    await clock.advance(5_000);
    expect(await first).toEqual(WITHHELD);
    expect(await second).toEqual({ kind: 'applied', value: new Map([['s', 'open']]) });
    expect(await third).toEqual(await second);
    expect(crm.read).toHaveLength(2);
  });

  it.each<[string, FactsCacheBounds]>([
    ['entries', { entries: 2, bytes: 1e9 }],
    ['bytes', { entries: 1e9, bytes: 120 }],
  ])('are bounded by %s: what was asked for longest ago goes', async (_, bounds) => {
    const { crm, ask } = account(bounds);
    crm.answer = () => ({ kind: 'applied', value: 'x'.repeat(40) });
    for (const name of ['a', 'b', 'a', 'c', 'a']) await ask(name);
    expect(crm.read).toEqual(['a', 'b', 'c']);
    await ask('b');
    expect(crm.read).toEqual(['a', 'b', 'c', 'b']);
  });

  it('are none where the connector declares none', async () => {
    const { facts, refreshFact } = createFactsCache(createVirtualClock(0)).of('office', undefined, HTTP);
    expect(await facts(['s'])).toEqual({ kind: 'applied', value: new Map([['s', null]]) });
    expect(await refreshFact('s')).toEqual({ kind: 'applied', value: null });
  });
});
