import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createDailyQuota, type DailyQuota } from '../../src/budget/daily-quota.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { createMemoryBudgetStore } from './memory-budget-store.ts';

const DAY_MS = 86_400_000;
const PER_DAY = 1_000;
const SHARED = 800;
const KEPT = 200;

const make = (
  agencies: number,
  store = createMemoryBudgetStore(),
  clock = createVirtualClock(),
): { quota: DailyQuota; store: ReturnType<typeof createMemoryBudgetStore>; clock: VirtualClock } => ({
  quota: createDailyQuota({
    store,
    clock,
    requestsPerDay: PER_DAY,
    keptForLive: KEPT / PER_DAY,
    budget: 'b',
    agencies: () => Promise.resolve(agencies),
    onError: (error) => {
      throw error;
    },
  }),
  store,
  clock,
});
const toMidnight = (clock: VirtualClock) => clock.advance(DAY_MS - (clock.now() % DAY_MS));
const take = async (quota: DailyQuota, agency: string, most: number, isLive = false): Promise<number> => {
  let taken = 0;
  while (taken < most && (await quota.take(isLive, agency)).ok) taken += 1;
  return taken;
};

describe('a day’s calls that several agencies share', () => {
  it('are not used up by one that has more to do than the day holds', async () => {
    const { quota, clock } = make(4);
    await toMidnight(clock);
    expect(await take(quota, 'busy', 100_000)).toBe(SHARED / 4);
    expect(await quota.take(false, 'busy')).toMatchObject({
      ok: false,
      failure: { kind: 'rate_limited', code: 'DAILY_SHARE_USED', whose: 'request', retryAfterMs: 300_000 },
    });
    expect(quota.keptUntil('busy')).toBe(clock.now() + 300_000);
    expect(quota.keptUntil('other')).toBeNull();
    expect(await take(quota, 'other', 150)).toBe(150);
    expect(await take(quota, 'third', 300)).toBe(200);
  });

  it('go to whoever has work where the others leave theirs, all of them by the end of the day', async () => {
    const { quota, clock } = make(4);
    await toMidnight(clock);
    let taken = await take(quota, 'busy', 100_000);
    await clock.advance(DAY_MS / 2);
    taken += await take(quota, 'busy', 100_000);
    expect(taken).toBe(SHARED / 4 + (SHARED * 3) / 8);
    // Who comes now has half of the share left, and what is kept for live changes stands.
    expect(await take(quota, 'late', 100_000)).toBe(100);
    await clock.advance(DAY_MS / 2 - 1);
    taken += await take(quota, 'busy', 100_000);
    expect(taken + 100).toBeGreaterThanOrEqual(SHARED - 2);
    expect(taken + 100).toBeLessThanOrEqual(SHARED);
  });

  it('are one agency’s where there is one alone, at once', async () => {
    const { quota, clock, store } = make(1);
    await toMidnight(clock);
    expect(await take(quota, 'busy', 100_000)).toBe(SHARED);
    expect(store.reserved).toBe(SHARED);
  });

  it('let live changes have what is kept for them, and never what others are entitled to', async () => {
    const { quota, clock } = make(2);
    await toMidnight(clock);
    expect(await take(quota, 'busy', 100_000, true)).toBe(SHARED / 2 + KEPT);
    expect(await take(quota, 'other', 100_000, true)).toBe(SHARED / 2);
    expect(await quota.take(true, 'other')).toMatchObject({
      ok: false,
      failure: { code: 'DAILY_QUOTA_USED' },
    });
  });

  it('are counted on by whoever owns the budget next', async () => {
    const first = make(2);
    await toMidnight(first.clock);
    expect(await take(first.quota, 'busy', 100_000)).toBe(SHARED / 2);
    const { quota } = make(2, first.store, first.clock);
    expect(await take(quota, 'busy', 100_000)).toBeLessThanOrEqual(SHARED / 2 / 20);
    expect(await take(quota, 'other', 100_000)).toBeGreaterThanOrEqual(SHARED / 2 - 2 * 10);
  });

  it('count what one took while it was alone', async () => {
    let agencies = 1;
    const store = createMemoryBudgetStore();
    const clock = createVirtualClock();
    await toMidnight(clock);
    const onError = (error: unknown): never => {
      throw error;
    };
    const quota = createDailyQuota({
      store,
      clock,
      requestsPerDay: PER_DAY,
      keptForLive: KEPT / PER_DAY,
      budget: 'b',
      agencies: () => Promise.resolve(agencies),
      onError,
    });
    expect(await take(quota, 'busy', 500)).toBe(500);
    agencies = 2;
    await clock.advance(60_000);
    expect(await take(quota, 'busy', 100_000)).toBe(0);
    expect(await take(quota, 'other', 100_000)).toBeGreaterThanOrEqual(SHARED - 500 - 10);
  });

  it('come back where a call was certainly not sent', async () => {
    const { quota, clock } = make(4);
    await toMidnight(clock);
    await take(quota, 'busy', 199);
    const last = await quota.take(false, 'busy');
    expect((await quota.take(false, 'busy')).ok).toBe(false);
    if (last.ok) last.giveBack();
    expect(await take(quota, 'busy', 10)).toBe(1);
  });

  it('never leave an agency without what is left of its share, whatever the others ask for and when', async () => {
    const step = fc.record({
      waitMs: fc.integer({ min: 0, max: DAY_MS / 12 }),
      agency: fc.constantFrom('a', 'b', 'c'),
      asks: fc.integer({ min: 1, max: 400 }),
      isLive: fc.boolean(),
    });
    await fc.assert(
      fc.asyncProperty(fc.array(step, { maxLength: 11 }), async (steps) => {
        const { quota, clock } = make(4);
        await toMidnight(clock);
        const midnight = clock.now();
        for (const { waitMs, agency, asks, isLive } of steps) {
          await clock.advance(waitMs);
          await take(quota, agency, asks, isLive);
        }
        const rest = 1 - (clock.now() - midnight) / DAY_MS;
        if (rest <= 0) return;
        const own = Math.floor((SHARED / 4) * rest) - 1;
        expect(await take(quota, 'quiet', 100_000, true)).toBeGreaterThanOrEqual(own);
      }),
      { numRuns: 60 },
    );
  });
});
