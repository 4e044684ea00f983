import { afterEach, describe, expect, it } from '@jest/globals';
import { type Budgets, createBudgets } from '../../src/budget/budgets.ts';
import { textHash } from '../../src/domain/content-hash.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';
import { systemClock } from '../../src/runtime/clock.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';
import { createMemoryBudgetStore } from './memory-budget-store.ts';

const DOWN: CallOutcome<number> = { kind: 'retry_later', code: 'CONNECT_FAILED', detail: '', status: null };
const DONE: CallOutcome<number> = { kind: 'applied', value: 1 };
const CRM = {
  id: 'a_crm',
  limits: { requestsPerSecond: 1_000, maxConcurrent: 10, requestsPerDay: null },
};
const COUNTED = { id: 'a_crm', limits: { ...CRM.limits, requestsPerDay: 1_000 } };
const KEY = textHash('a');

const open: Budgets[] = [];
const make = (store = createMemoryBudgetStore(), clock = createVirtualClock()) => {
  const errors: string[] = [];
  const budgets = createBudgets({
    clock,
    store,
    random: { next: () => 0 },
    idleMs: 30_000,
    onError: (event) => errors.push(event),
  });
  open.push(budgets);
  return { clock, budgets, store, errors };
};
afterEach(() => {
  for (const budgets of open.splice(0)) budgets.close();
});

describe('the budgets of a worker', () => {
  it('are shared by those who name the same one', async () => {
    const { clock, budgets } = make();
    const [one, same, other] = await Promise.all(['a', 'a', 'b'].map((key) => budgets.acquire(key, CRM, 1)));
    one?.limiter.refused(5_000);
    expect(same?.limiter.pausedUntil()).toBe(clock.now() + 5_000);
    expect(other?.limiter.pausedUntil()).toBeNull();
    expect(same?.breaker).toBe(one?.breaker);
    expect(other?.breaker).not.toBe(one?.breaker);
    expect(budgets.size).toBe(2);
  });

  it('are forgotten once nobody has used them for a while', async () => {
    const { clock, budgets } = make();
    const handles = [await budgets.acquire('a', CRM, 1), await budgets.acquire('a', CRM, 1)];
    handles[0]?.release();
    handles[0]?.release();
    await clock.advance(60_000);
    expect(budgets.size).toBe(1);
    handles[1]?.release();
    await clock.advance(29_999);
    expect(budgets.size).toBe(1);
    await clock.advance(1);
    expect(budgets.size).toBe(0);
    expect(clock.sleepers).toBe(0);
  });

  it('stay when somebody comes back in time', async () => {
    const { clock, budgets } = make();
    (await budgets.acquire('a', CRM, 1)).release();
    await clock.advance(20_000);
    const back = await budgets.acquire('a', CRM, 1);
    await clock.advance(100_000);
    expect(budgets.size).toBe(1);
    back.release();
    await clock.advance(30_000);
    expect(budgets.size).toBe(0);
  });

  it('are not forgotten while they know of a pause or a lowered rate', async () => {
    const { clock, budgets } = make();
    const handle = await budgets.acquire('a', CRM, 1);
    handle.limiter.refused(120_000);
    handle.release();
    await clock.advance(119_999);
    expect(budgets.size).toBe(1);
    expect((await budgets.acquire('a', CRM, 1)).limiter.pausedUntil()).not.toBeNull();
  });

  it('are not forgotten while a call runs', async () => {
    const { clock, budgets } = make();
    const handle = await budgets.acquire('a', CRM, 1);
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const call = handle.limiter.schedule(
      'live',
      () => {
        started.resolve();
        return promise;
      },
      1_000,
    );
    await started.promise;
    handle.release();
    await clock.advance(45_000);
    expect(budgets.size).toBe(1);
    resolve();
    await call;
    await clock.advance(30_000);
    expect(budgets.size).toBe(0);
  });

  it('leave no wait behind when all are closed', async () => {
    const { clock, budgets } = make();
    (await budgets.acquire('a', CRM, 1)).release();
    budgets.close();
    await clock.advance(0);
    expect([budgets.size, clock.sleepers]).toEqual([0, 0]);
  });
});

/** Five failures in a row open a breaker. */
async function fail(breaker: { run(fn: () => Promise<CallOutcome<number>>): Promise<unknown> }) {
  for (let turn = 0; turn < 5; turn += 1) await breaker.run(() => Promise.resolve(DOWN));
}

describe('what outlives the owner of a budget', () => {
  it('is a pause that the CRM asked for, written once for all calls that were refused together', async () => {
    const { clock, budgets, store } = make();
    const { limiter } = await budgets.acquire('a', CRM, 1);
    for (let call = 0; call < 10; call += 1) limiter.refused(60_000 + call);
    await clock.advance(0);
    expect(store.writes).toEqual([{ budget: KEY, pausedUntil: clock.now() + 61_000 }]);

    const next = await make(store, clock).budgets.acquire('a', CRM, 1);
    expect(next.limiter.pausedUntil()).toBe(clock.now() + 61_000);
    const other = await make(store, clock).budgets.acquire('b', CRM, 1);
    expect(other.limiter.pausedUntil()).toBeNull();
  });

  it('is not a pause that is over before anybody could take over', async () => {
    const { clock, budgets, store } = make();
    const { limiter } = await budgets.acquire('a', CRM, 1);
    expect(limiter.refused(2_000)).toBe(2_000);
    await clock.advance(0);
    expect(store.writes).toEqual([]);
  });

  it('is that the breaker is open, until it closes', async () => {
    // Opossum's timers are the machine's, so the clock is too.
    const clock = systemClock;
    const store = createMemoryBudgetStore();
    const first = createBudgets({ clock, store, random: { next: () => 0 }, onError: () => undefined });
    open.push(first);
    const { breaker } = await first.acquire('a', CRM, 1);
    await fail(breaker);
    const until = breaker.openUntil() as number;
    expect(until).toBeGreaterThan(clock.now());
    expect(store.writes).toEqual([{ budget: KEY, openUntil: until }]);

    store.state.set(KEY, { pausedUntil: null, openUntil: clock.now() + 20 });
    const second = createBudgets({ clock, store, random: { next: () => 0 }, onError: () => undefined });
    open.push(second);
    const next = await second.acquire('a', CRM, 1);
    expect(next.breaker.state()).toBe('open');
    expect(second.breakerStates('a_crm')).toEqual({ closed: 0, open: 1, half_open: 0 });
    expect(second.breakerStates('another')).toEqual({ closed: 0, open: 0, half_open: 0 });
    while (next.breaker.state() !== 'half_open') await clock.sleep(5);
    expect(store.writes).toHaveLength(1);
    await next.breaker.probe(() => Promise.resolve(DONE));
    expect(store.state.get(KEY)?.openUntil).toBeNull();
  });

  it('is nothing once its time is over', async () => {
    const { clock, budgets, store } = make();
    store.state.set(KEY, { pausedUntil: clock.now() - 1, openUntil: clock.now() - 1 });
    const { limiter, breaker } = await budgets.acquire('a', CRM, 1);
    expect([limiter.pausedUntil(), breaker.state()]).toEqual([null, 'closed']);
  });

  it('is not taken for nothing while the store can not tell, and asked for again', async () => {
    const { budgets, store } = make();
    store.away = true;
    const both = await Promise.allSettled([budgets.acquire('a', CRM, 1), budgets.acquire('a', CRM, 1)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(budgets.size).toBe(0);
    store.away = false;
    await expect(budgets.acquire('a', CRM, 1)).resolves.toBeDefined();
  });

  it('is written with the next change when the store was away for one', async () => {
    const { clock, budgets, store, errors } = make();
    const { limiter } = await budgets.acquire('a', CRM, 1);
    store.away = true;
    limiter.refused(60_000);
    await clock.advance(0);
    expect([errors, store.writes]).toEqual([['budget_note_failed'], []]);
    store.away = false;
    limiter.refused(60_000);
    await clock.advance(0);
    expect(store.writes).toHaveLength(1);
  });

  it('ends as the last change, however slow the store is', async () => {
    const { clock, budgets, store } = make();
    const { limiter } = await budgets.acquire('a', CRM, 1);
    const slow = Promise.withResolvers<void>();
    store.before = () => slow.promise;
    for (const pause of [10_000, 20_000, 40_000]) limiter.refused(pause);
    await clock.advance(0);
    slow.resolve();
    await clock.advance(0);
    expect(store.writes.map(({ pausedUntil }) => (pausedUntil ?? 0) - clock.now())).toEqual([11_000, 41_000]);
  });
});

describe('a budget under another lease', () => {
  it('is made anew from what the one who had it in between left', async () => {
    const { clock, budgets, store } = make();
    const first = await budgets.acquire('a', CRM, 1);
    first.release();
    store.state.set(KEY, { pausedUntil: clock.now() + 50_000, openUntil: clock.now() + 50_000 });
    const same = await budgets.acquire('a', CRM, 1);
    expect([same.breaker, same.limiter.pausedUntil()]).toEqual([first.breaker, null]);
    const later = await budgets.acquire('a', CRM, 2);
    expect(later.limiter.pausedUntil()).toBe(clock.now() + 50_000);
    expect([later.breaker.state(), budgets.size]).toEqual(['open', 1]);
    // The one of the lost lease may still be in use; it goes with its last user, and takes nothing along.
    expect(same.breaker.state()).toBe('closed');
    same.release();
    expect((await same.breaker.run(() => Promise.resolve(DONE))).kind).toBe('withheld');
    expect((await budgets.acquire('a', CRM, 2)).breaker).toBe(later.breaker);
  });

  it('is whatever there is for a single call', async () => {
    const { budgets } = make();
    const owned = await budgets.acquire('a', CRM, 7);
    const once = await budgets.acquire('a', CRM, null);
    expect(once.breaker).toBe(owned.breaker);
  });

  it('does not start from what a single call made before there was a lease', async () => {
    const { budgets } = make();
    const once = await budgets.acquire('a', CRM, null);
    once.release();
    expect((await budgets.acquire('a', CRM, 1)).breaker).not.toBe(once.breaker);
  });
});

describe('a budget with a quota for the day', () => {
  it('is not forgotten while calls of it are reserved, and is on the next day', async () => {
    const { clock, budgets, store } = make();
    const handle = await budgets.acquire('a', COUNTED, 1);
    expect((await handle.quota?.take())?.ok).toBe(true);
    handle.release();
    await clock.advance(12 * 3_600_000);
    expect(budgets.size).toBe(1);
    expect((await (await budgets.acquire('a', COUNTED, 1)).quota?.take())?.ok).toBe(true);
    expect(store.reserved).toBe(10);
  });

  it('keeps what was reserved when its lease is another', async () => {
    const { budgets, store } = make();
    for (const term of [null, 1, 2, 3]) {
      const handle = await budgets.acquire('a', COUNTED, term);
      expect((await handle.quota?.take())?.ok).toBe(true);
      handle.release();
    }
    expect(store.reserved).toBe(10);
  });

  it('is none where the CRM counts no days', async () => {
    expect((await make().budgets.acquire('a', CRM, 1)).quota).toBeNull();
  });
});
