import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import { openMongoStore, type MongoStateStore } from '../../../src/state-store/mongo/open-mongo-store.ts';
import { deadDelivery } from '../../support/builders.ts';
import { realTier } from '../../support/real-tier/real-tier.ts';
import { startHoldingProxy, type HoldingProxy } from './holding-proxy.ts';
import { freshDatabaseUrl } from './mongo-fixtures.ts';

const DAY = '2026-11-26';

let proxy: HoldingProxy;
/** Sends through the proxy. */
let slow: MongoStateStore;
let quick: MongoStateStore;

beforeEach(async () => {
  const url = freshDatabaseUrl(realTier().mongodbUrl);
  proxy = await startHoldingProxy(url);
  quick = await openMongoStore({ url });
  slow = await openMongoStore({ url: proxy.url });
});

afterEach(async () => {
  await quick.client.db().dropDatabase();
  await Promise.all([quick.close(), slow.close()]);
  await proxy.close();
});

/** Runs `meanwhile` after `call` has sent everything before its next update. */
const beforeUpdate = async <T>(call: () => Promise<T>, meanwhile: () => Promise<unknown>): Promise<T> => {
  const held = proxy.hold('update');
  const result = call();
  await held.arrived;
  await meanwhile();
  held.release();
  return result;
};

describe('reserving of a quota', () => {
  it('grants what is left when another was granted something since it was read', async () => {
    const reserve = (store: MongoStateStore, block: number) => store.budgets.reserve('b-1', DAY, block, 10);
    expect(
      await beforeUpdate(
        () => reserve(slow, 8),
        () => reserve(quick, 4),
      ),
    ).toBe(6);
    expect(await reserve(quick, 1)).toBe(0);
  });

  it('grants nothing when another took the last of it meanwhile', async () => {
    const reserve = (store: MongoStateStore, block: number) => store.budgets.reserve('b-1', DAY, block, 10);
    await reserve(quick, 1);
    const granted = await beforeUpdate(
      () => reserve(slow, 3),
      () => reserve(quick, 20),
    );
    expect(granted).toBe(0);
  });

  it('grants the quota to the last call and no more, however many ask at once', async () => {
    for (const quota of [1, 47, 100]) {
      const asked = Array.from({ length: 40 }, (_, index) =>
        (index % 2 === 0 ? quick : slow).budgets.reserve(`b-${String(quota)}`, DAY, 5, quota),
      );
      const granted = await Promise.all(asked);
      expect(granted.reduce((sum, each) => sum + each, 0)).toBe(quota);
    }
  });

  it('keeps a bounded number of days, and grants nothing of a day that it no longer knows', async () => {
    const { budgets } = quick;
    const days = Array.from({ length: 20 }, (_, index) => `2026-11-${String(index + 1).padStart(2, '0')}`);
    for (const day of days) expect(await budgets.reserve('b-1', day, 6, 10)).toBe(6);
    expect(await budgets.reserve('b-1', '2026-11-20', 6, 10)).toBe(4);
    expect(await budgets.reserve('b-1', '2026-11-18', 6, 10)).toBe(4);
    expect(await budgets.reserve('b-1', '2026-11-01', 6, 10)).toBe(0);
    const stored = await quick.client.db().collection('budgets').find().toArray();
    expect(stored.map((budget) => (budget['granted'] as unknown[]).length)).toEqual([7]);
  });

  it('keeps what was noted of the budget, and noting keeps what was granted', async () => {
    const noted = { pausedUntil: 5_000, openUntil: null };
    const granted = await beforeUpdate(
      () => slow.budgets.reserve('b-1', DAY, 6, 10),
      () => quick.budgets.note('b-1', noted),
    );
    expect(granted).toBe(6);
    expect(await quick.budgets.read('b-1')).toEqual(noted);
    await quick.budgets.note('b-1', { openUntil: 7_000 });
    expect(await quick.budgets.reserve('b-1', DAY, 6, 10)).toBe(4);
  });
});

describe('a delivery that is put while another call makes its letter', () => {
  const letter = (failedAt: number) =>
    deadDelivery('deal/d-1', { failedAt, code: `FAILED_${String(failedAt)}` });

  it('stands when it failed later, with the time of the first failure', async () => {
    await beforeUpdate(
      () => slow.deadLetters.put([letter(2_000)]),
      () => quick.deadLetters.put([letter(1_000)]),
    );
    expect(await quick.deadLetters.read(letter(0).id)).toEqual({ ...letter(2_000), firstFailedAt: 1_000 });
  });

  it('changes nothing when it failed earlier', async () => {
    await beforeUpdate(
      () => slow.deadLetters.put([letter(1_000)]),
      () => quick.deadLetters.put([letter(2_000)]),
    );
    expect(await quick.deadLetters.read(letter(0).id)).toEqual(letter(2_000));
  });

  it('is the latest of all that many put at once', async () => {
    const times = Array.from({ length: 12 }, (_, index) => 1_000 + ((index * 5) % 12));
    await Promise.all(times.map((at) => quick.deadLetters.put([letter(at)])));
    expect(await quick.deadLetters.read(letter(0).id)).toMatchObject({
      failedAt: 1_011,
      code: 'FAILED_1011',
    });
  });
});

describe('a shard that many want', () => {
  it('is taken by one of them, and so is each lease after it', async () => {
    const { ownership } = quick;
    for (const [from, epoch] of [
      [null, 10],
      ['free', 20],
    ] as const) {
      const [lease = null] = from === null ? [] : await ownership.shards();
      const takes = Array.from({ length: 12 }, (_, index) =>
        ownership.take(lease, { shard: 3, owner: `w-${String(index)}`, epoch: epoch + index }),
      );
      const taken = await Promise.all(takes);
      expect(taken.filter(Boolean)).toHaveLength(1);
      const owner = taken.indexOf(true);
      expect(await ownership.shards()).toEqual([
        { shard: 3, owner: `w-${String(owner)}`, epoch: epoch + owner },
      ]);
    }
  });

  it('is not given up by one whose lease another took over meanwhile', async () => {
    const [first, second] = [
      { shard: 3, owner: 'w-1', epoch: 1 },
      { shard: 3, owner: 'w-2', epoch: 2 },
    ];
    await quick.ownership.take(null, first);
    const released = await beforeUpdate(
      () => slow.ownership.release(first),
      () => quick.ownership.take(first, second),
    );
    expect(released).toBe(false);
    expect(await quick.ownership.shards()).toEqual([second]);
  });
});
