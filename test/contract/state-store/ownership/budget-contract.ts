import { describe, expect, it } from '@jest/globals';
import type { BudgetStore } from '../../../../src/state-store/ownership-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';

const DAY = '2026-11-26';
const NEXT_DAY = '2026-11-27';

export function budgetContract(store: () => StateStore): void {
  const budgets = (): BudgetStore => store().budgets;

  describe('what is noted', () => noteContract(budgets));
  describe('a day’s quota', () => quotaContract(budgets));

  it('forgets a budget with its days, and no other', async () => {
    for (const budget of ['b-1', 'b-10']) {
      await budgets().note(budget, { pausedUntil: 5 });
      await budgets().reserve(budget, DAY, 4, 10);
      await budgets().reserve(`${budget}.share`, DAY, 3, 10);
    }
    await budgets().forget('b-1');
    await budgets().forget('b-absent');
    expect(await budgets().read('b-1')).toBeNull();
    expect(await budgets().reserve('b-1', DAY, 10, 10)).toBe(10);
    expect(await budgets().read('b-10')).toEqual({ pausedUntil: 5, openUntil: null });
    expect(await budgets().reserve('b-10', DAY, 10, 10)).toBe(6);
    expect(await budgets().usedOn('b-1.share', DAY)).toBe(0);
    expect(await budgets().usedOn('b-10.share', DAY)).toBe(3);
  });
}

function noteContract(budgets: () => BudgetStore): void {
  it('knows nothing of a budget that nothing was noted of', async () => {
    expect(await budgets().read('b-1')).toBeNull();
  });

  it('sets what is given and leaves the rest', async () => {
    await budgets().note('b-1', { pausedUntil: 5_000 });
    expect(await budgets().read('b-1')).toEqual({ pausedUntil: 5_000, openUntil: null });
    await budgets().note('b-1', { openUntil: 7_000 });
    expect(await budgets().read('b-1')).toEqual({ pausedUntil: 5_000, openUntil: 7_000 });
    await budgets().note('b-1', { pausedUntil: null });
    expect(await budgets().read('b-1')).toEqual({ pausedUntil: null, openUntil: 7_000 });
    await budgets().note('b-1', {});
    expect(await budgets().read('b-1')).toEqual({ pausedUntil: null, openUntil: 7_000 });
  });

  it('lets the last one win, also with an earlier time', async () => {
    await budgets().note('b-1', { pausedUntil: 5_000, openUntil: 9_000 });
    await budgets().note('b-1', { pausedUntil: 4_000, openUntil: null });
    expect(await budgets().read('b-1')).toEqual({ pausedUntil: 4_000, openUntil: null });
  });

  it('loses nothing of two who note different things at once', async () => {
    for (let round = 0; round < 8; round += 1) {
      const budget = `b-${String(round)}`;
      await Promise.all([
        budgets().note(budget, { pausedUntil: 5_000 }),
        budgets().note(budget, { openUntil: 7_000 }),
      ]);
      expect(await budgets().read(budget)).toEqual({ pausedUntil: 5_000, openUntil: 7_000 });
    }
  });

  it('keeps budgets of awkward names apart', async () => {
    for (const [index, id] of AWKWARD_IDS.entries()) {
      await budgets().note(id, { pausedUntil: index });
      await budgets().reserve(id, DAY, index + 1, 100);
    }
    for (const [index, id] of AWKWARD_IDS.entries()) {
      expect((await budgets().read(id))?.pausedUntil).toBe(index);
      expect(await budgets().reserve(id, DAY, 1_000, 100)).toBe(99 - index);
    }
  });
}

function quotaContract(budgets: () => BudgetStore): void {
  const reserve = (block: number, quota: number, day = DAY): Promise<number> =>
    budgets().reserve('b-1', day, block, quota);

  it('grants blocks, then what is left, then nothing', async () => {
    expect(await reserve(40, 100)).toBe(40);
    expect(await reserve(40, 100)).toBe(40);
    expect(await reserve(40, 100)).toBe(20);
    expect(await reserve(40, 100)).toBe(0);
    expect(await reserve(1, 100)).toBe(0);
  });

  it('tells what was granted of a day', async () => {
    expect(await budgets().usedOn('b-1', DAY)).toBe(0);
    await reserve(40, 100);
    await reserve(90, 100);
    await reserve(7, 100, NEXT_DAY);
    expect(await budgets().usedOn('b-1', DAY)).toBe(100);
    expect(await budgets().usedOn('b-1', NEXT_DAY)).toBe(7);
    expect(await budgets().usedOn('another', DAY)).toBe(0);
  });

  it('grants at most the quota to a block that is greater', async () => {
    expect(await reserve(500, 100)).toBe(100);
  });

  it('grants nothing of no quota, nor once it was lowered below what is reserved', async () => {
    expect(await reserve(10, 0)).toBe(0);
    expect(await reserve(60, 100)).toBe(60);
    expect(await reserve(10, 50)).toBe(0);
    expect(await reserve(10, 65)).toBe(5);
    expect(await reserve(50, 100)).toBe(35);
  });

  it('begins anew with the next day, and remembers the day before', async () => {
    expect(await reserve(100, 100)).toBe(100);
    expect(await reserve(30, 100, NEXT_DAY)).toBe(30);
    expect(await reserve(100, 100)).toBe(0);
    expect(await reserve(100, 100, NEXT_DAY)).toBe(70);
  });

  it('counts each budget by itself', async () => {
    expect(await reserve(100, 100)).toBe(100);
    expect(await budgets().reserve('b-2', DAY, 30, 100)).toBe(30);
  });

  it('leaves what is noted alone, and is left alone by it', async () => {
    await reserve(60, 100);
    await budgets().note('b-1', { pausedUntil: 5_000, openUntil: 6_000 });
    expect(await reserve(60, 100)).toBe(40);
    expect(await budgets().read('b-1')).toEqual({ pausedUntil: 5_000, openUntil: 6_000 });
  });

  it.each([
    [7, 100],
    [25, 100],
    [1, 12],
  ])(
    'never grants more than the quota to many at once, and all of it: blocks of %s of %s',
    async (block, quota) => {
      const days = [DAY, NEXT_DAY];
      const granted = await Promise.all(
        Array.from({ length: 40 }, (_, index) => reserve(block, quota, days[index % 2])),
      );
      for (const [index] of days.entries()) {
        const ofDay = granted.filter((_, each) => each % 2 === index);
        expect(Math.max(...ofDay)).toBeLessThanOrEqual(block);
        expect(ofDay.reduce((sum, each) => sum + each, 0)).toBe(Math.min(quota, block * 20));
      }
    },
  );
}
