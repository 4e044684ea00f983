import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { blockOf, createDailyQuota, type DailyQuota } from '../../src/budget/daily-quota.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { createMemoryBudgetStore } from './memory-budget-store.ts';

const make = (requestsPerDay: number, store = createMemoryBudgetStore(), clock = createVirtualClock()) => {
  const errors: unknown[] = [];
  const quota = createDailyQuota({
    store,
    clock,
    requestsPerDay,
    budget: 'b',
    onError: (error) => errors.push(error),
  });
  return { quota, store, clock, errors };
};
const taken = async (quota: DailyQuota, asks: number): Promise<number> => {
  const turns = await Promise.all(Array.from({ length: asks }, () => quota.take()));
  return turns.filter(({ ok }) => ok).length;
};
const untilMidnight = (clock: VirtualClock) => 86_400_000 - (clock.now() % 86_400_000);

describe('a quota for the day', () => {
  it('is reserved in blocks of a hundredth, from 1 to 500', () => {
    expect([1, 99, 100, 250, 15_000, 50_000, 1_000_000].map(blockOf)).toEqual([1, 1, 1, 2, 150, 500, 500]);
  });

  it('costs one write a block, however many ask at once', async () => {
    const { quota, store } = make(1_000);
    expect(await taken(quota, 10)).toBe(10);
    expect([store.asked, store.reserved]).toEqual([1, 10]);
    expect(await taken(quota, 25)).toBe(25);
    expect([store.asked, store.reserved]).toEqual([4, 40]);
  });

  it('holds calls back once it is used up, until the next midnight UTC', async () => {
    const { quota, store, clock } = make(3);
    await clock.advance(5 * 3_600_000 + 1);
    expect(await taken(quota, 7)).toBe(3);
    const asked = store.asked;
    expect(await quota.take()).toMatchObject({
      ok: false,
      failure: { kind: 'rate_limited', code: 'DAILY_QUOTA_USED', retryAfterMs: untilMidnight(clock) },
    });
    expect(store.asked).toBe(asked);
    await clock.advance(untilMidnight(clock) - 1);
    expect((await quota.take()).ok).toBe(false);
    await clock.advance(1);
    expect(await taken(quota, 7)).toBe(3);
  });

  it('is not spent on a call that was never sent, and that only once and on the same day', async () => {
    const { quota, clock } = make(1);
    const turn = await quota.take();
    if (!turn.ok) throw new Error('the first call of the day was held back');
    turn.giveBack();
    turn.giveBack();
    expect(await taken(quota, 2)).toBe(1);
    turn.giveBack();
    expect(await taken(quota, 1)).toBe(0);
    await clock.advance(untilMidnight(clock));
    const old = await quota.take();
    await clock.advance(untilMidnight(clock));
    expect(await taken(quota, 1)).toBe(1);
    if (old.ok) old.giveBack();
    expect(await taken(quota, 1)).toBe(0);
  });

  it('lets nothing out while the store can not answer, and asks it again', async () => {
    const { quota, store, errors } = make(1_000);
    store.away = true;
    expect(await quota.take()).toMatchObject({
      ok: false,
      failure: { kind: 'rate_limited', code: 'QUOTA_UNKNOWN', retryAfterMs: 2_000 },
    });
    expect(errors).toHaveLength(1);
    store.away = false;
    expect((await quota.take()).ok).toBe(true);
  });

  it('spends what was reserved while the store is away', async () => {
    const { quota, store } = make(1_000);
    await quota.take();
    store.away = true;
    expect(await taken(quota, 9)).toBe(9);
    expect(await taken(quota, 1)).toBe(0);
  });

  it('does not carry a block over into the next day, also when the store answers after midnight', async () => {
    const { quota, store, clock } = make(1_000);
    const slow = Promise.withResolvers<void>();
    store.before = () => slow.promise;
    const turn = quota.take();
    await clock.advance(untilMidnight(clock));
    const second = quota.take();
    slow.resolve();
    expect([(await turn).ok, (await second).ok]).toEqual([true, true]);
    // Both days' blocks, and of the second eight are left.
    expect([store.asked, store.reserved]).toEqual([2, 20]);
    expect(await taken(quota, 8)).toBe(8);
    expect(store.asked).toBe(2);
  });

  it('is never exceeded by owners in sequence or at once, and each end of one loses a block at most', async () => {
    const steps = fc.array(
      fc.record({ owner: fc.nat(3), asks: fc.integer({ min: 1, max: 12 }), ends: fc.boolean() }),
      { maxLength: 60 },
    );
    await fc.assert(
      fc.asyncProperty(fc.integer({ min: 1, max: 700 }), steps, async (perDay, plan) => {
        const store = createMemoryBudgetStore();
        const clock = createVirtualClock();
        const owners = Array.from({ length: 4 }, () => make(perDay, store, clock).quota);
        let [sent, ended, refused] = [0, 0, 0];
        const atOnce: Promise<void>[] = [];
        for (const { owner, asks, ends } of plan) {
          const asking = taken(owners[owner] as DailyQuota, asks).then((count) => {
            sent += count;
            refused += asks - count;
          });
          atOnce.push(asking);
          if (!ends) continue;
          await Promise.all(atOnce.splice(0));
          ended += 1;
          owners[owner] = make(perDay, store, clock).quota;
        }
        await Promise.all(atOnce);
        expect(sent).toBeLessThanOrEqual(perDay);
        // An owner asks only when it has none left, and whoever asked takes one of what came.
        const mostUnspent = (ended + owners.length) * (blockOf(perDay) - 1);
        expect(store.reserved - sent).toBeLessThanOrEqual(mostUnspent);
        if (refused > 0) expect(sent).toBeGreaterThanOrEqual(perDay - mostUnspent);
      }),
    );
  });

  it('keeps a part for live changes, which the rest may not touch', async () => {
    const store = createMemoryBudgetStore();
    const clock = createVirtualClock();
    await clock.advance(untilMidnight(clock));
    const quota = createDailyQuota({
      store,
      clock,
      requestsPerDay: 100,
      keptForLive: 0.2,
      budget: 'b',
      onError: () => undefined,
    });
    const take = async (isLive: boolean, asks: number): Promise<number> => {
      let taken = 0;
      for (let ask = 0; ask < asks; ask += 1) if ((await quota.take(isLive)).ok) taken += 1;
      return taken;
    };
    expect(await take(false, 200)).toBe(80);
    expect(quota.keptUntil()).toBe(clock.now() + 86_400_000);
    expect(await quota.take(false)).toMatchObject({
      ok: false,
      failure: { code: 'DAILY_QUOTA_KEPT', whose: 'request' },
    });
    expect(await take(true, 200)).toBe(20);
    expect(quota.keptUntil()).toBeNull();
    expect(await quota.take(false)).toMatchObject({ ok: false, failure: { code: 'DAILY_QUOTA_USED' } });
    await clock.advance(untilMidnight(clock));
    expect(await take(false, 200)).toBe(80);
  });
});
