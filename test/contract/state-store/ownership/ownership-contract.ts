import { describe, expect, it } from '@jest/globals';
import type {
  OwnershipStore,
  ShardLease,
  WorkerRow,
} from '../../../../src/state-store/ownership-store.port.ts';
import type { StateStore } from '../../../../src/state-store/state-store.port.ts';
import { AWKWARD_IDS } from '../awkward-ids.ts';

function worker(workerId: string, over: Partial<WorkerRow> = {}): WorkerRow {
  const times = { startedAt: 1_000, beatAt: 1_000 };
  return { workerId, beat: 0, draining: false, ...times, label: 'host 42', shardRule: 2, ...over };
}

const lease = (owner: string | null, epoch: number, shard = 3): ShardLease => ({ shard, owner, epoch });

export function ownershipContract(store: () => StateStore): void {
  const ownership = (): OwnershipStore => store().ownership;

  describe('workers', () => workerContract(ownership));
  describe('shards', () => shardContract(ownership));
}

function workerContract(ownership: () => OwnershipStore): void {
  it('knows nobody at first', async () => {
    expect(await ownership().workers()).toEqual([]);
    expect(await ownership().beat('w-1', false, 2_000)).toBe(false);
    expect(await ownership().fence('w-1', 0)).toBe(false);
    expect(await ownership().workers()).toEqual([]);
  });

  it('gives back every field of those that joined', async () => {
    const rows = [
      worker('w-1'),
      worker('w-2', { draining: true, beat: 7, beatAt: 5, label: 'Söderköping 家', shardRule: 1 }),
    ];
    for (const row of rows) await ownership().join(row);
    const known = await ownership().workers();
    expect(known).toHaveLength(2);
    expect(known).toEqual(expect.arrayContaining(rows));
  });

  it('raises the beat by one with each sign of life, and notes whether it drains', async () => {
    await ownership().join(worker('w-1'));
    await ownership().join(worker('w-2'));
    expect(await ownership().beat('w-1', false, 2_000)).toBe(true);
    expect(await ownership().beat('w-1', true, 3_000)).toBe(true);
    expect(await ownership().workers()).toEqual(
      expect.arrayContaining([worker('w-1', { beat: 2, draining: true, beatAt: 3_000 }), worker('w-2')]),
    );
    expect(await ownership().beat('w-1', false, 1_500)).toBe(true);
    expect(await ownership().workers()).toContainEqual(worker('w-1', { beat: 3, beatAt: 1_500 }));
  });

  it('loses no beat of many at once', async () => {
    await ownership().join(worker('w-1'));
    const beaten = await Promise.all(Array.from({ length: 15 }, () => ownership().beat('w-1', false, 2_000)));
    expect(beaten).toEqual(Array.from({ length: 15 }, () => true));
    expect((await ownership().workers())[0]?.beat).toBe(15);
  });

  it('fences a worker whose beat is still the one that was seen, for ever', async () => {
    await ownership().join(worker('w-1', { beat: 4 }));
    await ownership().join(worker('w-2', { beat: 4 }));
    expect(await ownership().fence('w-1', 4)).toBe(true);
    for (let time = 0; time < 3; time += 1) expect(await ownership().beat('w-1', false, 9_000)).toBe(false);
    expect(await ownership().workers()).toEqual([worker('w-2', { beat: 4 })]);
    expect(await ownership().fence('w-1', 4)).toBe(false);
  });

  it.each([3, 5])('fences nobody whose beat is another: %s', async (seen) => {
    await ownership().join(worker('w-1', { beat: 4 }));
    expect(await ownership().fence('w-1', seen)).toBe(false);
    expect(await ownership().beat('w-1', false, 2_000)).toBe(true);
    expect(await ownership().fence('w-1', 4)).toBe(false);
  });

  it('lets one of many who fence a worker at once do it', async () => {
    await ownership().join(worker('w-1'));
    const fenced = await Promise.all(Array.from({ length: 12 }, () => ownership().fence('w-1', 0)));
    expect(fenced.filter(Boolean)).toHaveLength(1);
  });

  it('lets either a beat or a fence of the beat before it succeed, never both', async () => {
    for (let round = 0; round < 12; round += 1) {
      const id = `w-${String(round)}`;
      await ownership().join(worker(id));
      const beat = (): Promise<boolean> => ownership().beat(id, false, 2_000);
      const fence = (): Promise<boolean> => ownership().fence(id, 0);
      const [first, second] = await Promise.all(round % 2 === 0 ? [beat(), fence()] : [fence(), beat()]);
      expect(first).not.toBe(second);
      const beaten = round % 2 === 0 ? first : second;
      expect((await ownership().workers()).some((each) => each.workerId === id)).toBe(beaten);
      expect(await beat()).toBe(beaten);
    }
  });

  it('lets a worker leave, once or more often, and not beat after it', async () => {
    await ownership().join(worker('w-1'));
    await ownership().join(worker('w-2'));
    await ownership().leave('w-1');
    await ownership().leave('w-1');
    await ownership().leave('absent');
    expect(await ownership().beat('w-1', false, 2_000)).toBe(false);
    expect(await ownership().workers()).toEqual([worker('w-2')]);
  });

  it('keeps workers of awkward ids apart', async () => {
    await Promise.all(AWKWARD_IDS.map((id) => ownership().join(worker(id))));
    for (const [index, id] of AWKWARD_IDS.entries()) {
      for (let beat = 0; beat < index % 3; beat += 1) await ownership().beat(id, false, 1_000);
    }
    const beats = new Map((await ownership().workers()).map((each) => [each.workerId, each.beat]));
    expect(AWKWARD_IDS.map((id) => beats.get(id))).toEqual(AWKWARD_IDS.map((_, index) => index % 3));
  });
}

function shardContract(ownership: () => OwnershipStore): void {
  const take = (from: ShardLease | null, next: ShardLease): Promise<boolean> => ownership().take(from, next);

  it('has no shards that nobody ever owned, and lists the others in order', async () => {
    expect(await ownership().shards()).toEqual([]);
    for (const shard of [10, 0, 9, 2]) expect(await take(null, lease('w-1', 10 + shard, shard))).toBe(true);
    expect(await ownership().shards()).toEqual([0, 2, 9, 10].map((shard) => lease('w-1', 10 + shard, shard)));
  });

  it('gives a shard that stands as it was seen, and only that', async () => {
    await take(null, lease('w-1', 5));
    await take(null, lease('w-9', 4, 4));
    expect(await take(null, lease('w-2', 6))).toBe(false);
    expect(await take(lease('w-1', 4), lease('w-2', 6))).toBe(false);
    expect(await take(lease('w-2', 5), lease('w-2', 6))).toBe(false);
    expect(await take(lease(null, 5), lease('w-2', 6))).toBe(false);
    expect(await take(lease('w-1', 5, 7), lease('w-2', 6, 7))).toBe(false);
    expect(await ownership().shards()).toEqual([lease('w-1', 5), lease('w-9', 4, 4)]);
    expect(await take(lease('w-1', 5), lease('w-2', 6))).toBe(true);
    expect(await ownership().shards()).toEqual([lease('w-2', 6), lease('w-9', 4, 4)]);
  });

  it('lets a lease be given up once, by its holder, and the shard be taken after it', async () => {
    await take(null, lease('w-1', 5));
    expect(await ownership().release(lease('w-2', 5))).toBe(false);
    expect(await ownership().release(lease('w-1', 4))).toBe(false);
    expect(await ownership().release(lease('w-1', 5, 7))).toBe(false);
    expect(await ownership().shards()).toEqual([lease('w-1', 5)]);
    expect(await ownership().release(lease('w-1', 5))).toBe(true);
    expect(await ownership().release(lease('w-1', 5))).toBe(false);
    expect(await ownership().shards()).toEqual([lease(null, 5)]);
    expect(await take(null, lease('w-2', 6))).toBe(false);
    expect(await take(lease('w-1', 5), lease('w-2', 6))).toBe(false);
    expect(await take(lease(null, 5), lease('w-2', 6))).toBe(true);
    expect(await ownership().release(lease('w-1', 5))).toBe(false);
    expect(await ownership().shards()).toEqual([lease('w-2', 6)]);
  });

  it.each([
    ['that nobody ever owned', null],
    ['that somebody owns', lease('gone', 5)],
    ['that was given up', lease(null, 5)],
  ])('gives a shard %s to one of many who take it at once', async (_, from) => {
    if (from !== null) await take(null, from);
    const won = await Promise.all(
      Array.from({ length: 16 }, (_each, index) => take(from, lease(`w-${String(index)}`, 100 + index))),
    );
    expect(won.filter(Boolean)).toHaveLength(1);
    const index = won.indexOf(true);
    expect(await ownership().shards()).toEqual([lease(`w-${String(index)}`, 100 + index)]);
  });

  it('lets either a release or a take of the same lease succeed, never both', async () => {
    for (let shard = 0; shard < 12; shard += 1) {
      await take(null, lease('w-1', shard, shard));
      const give = (): Promise<boolean> => ownership().release(lease('w-1', shard, shard));
      const grab = (): Promise<boolean> => take(lease('w-1', shard, shard), lease('w-2', 50 + shard, shard));
      const [first, second] = await Promise.all(shard % 2 === 0 ? [give(), grab()] : [grab(), give()]);
      expect(first).not.toBe(second);
    }
  });

  it('takes owners of awkward ids', async () => {
    for (const [shard, id] of AWKWARD_IDS.entries()) await take(null, lease(id, shard, shard));
    expect((await ownership().shards()).map((each) => each.owner)).toEqual([...AWKWARD_IDS]);
    for (const [shard, id] of AWKWARD_IDS.entries()) {
      expect(await ownership().release(lease(id, shard, shard))).toBe(true);
    }
  });
}
