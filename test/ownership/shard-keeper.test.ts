import { afterEach, beforeEach, describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { evenOwners, preferredWorker, shardWeights } from '../../src/domain/deciding/shard.ts';
import type { Lease } from '../../src/ownership/ownership.port.ts';
import { createShardKeeper, leaseTiming } from '../../src/ownership/shard-keeper.ts';
import { seededRandom } from '../../src/runtime/seeded-random.ts';
import { createVirtualClock, type VirtualClock } from '../../src/runtime/virtual-clock.ts';
import { openSqliteStore, type SqliteStateStore } from '../../src/state-store/sqlite/open-sqlite-store.ts';
import type { OwnershipStore } from '../../src/state-store/ownership-store.port.ts';
import { createFreezableProcess } from '../support/frozen-process.ts';

const SHARDS = 8;
const CALL_MS = 10_000;
/** One budget for each shard, near enough: what is asked for must cover all of them. */
const BUDGETS = Array.from({ length: 40 }, (_, index) => `budget-${String(index)}`);

let clock: VirtualClock;
let store: SqliteStateStore;
let serial = 0;

beforeEach(async () => {
  clock = createVirtualClock();
  store = await openSqliteStore({ path: ':memory:' });
});
afterEach(() => store.close());

/** `shardRule`: what its program knows of sharing, where that is not the newest. */
function startWorker(over: { drain?: (lease: Lease) => Promise<void>; shardRule?: number } = {}) {
  const process = createFreezableProcess();
  const ownership: OwnershipStore = {
    ...store.ownership,
    join: (row) => store.ownership.join({ ...row, shardRule: over.shardRule ?? row.shardRule }),
  };
  const errors: unknown[] = [];
  const gained: number[] = [];
  const keeper = createShardKeeper({
    store: { ownership: process.through(ownership), settings: process.through(store.settings) },
    clock: process.clock(clock),
    random: seededRandom(++serial),
    label: `worker ${String(serial)}`,
    timing: leaseTiming(CALL_MS),
    shardCount: SHARDS,
    onError: (_event, error) => errors.push(error),
  });
  const started = keeper.start({
    gained: () => gained.push(clock.now()),
    drain: over.drain ?? (() => Promise.resolve()),
  });
  const leases = (): Lease[] => BUDGETS.flatMap((budget) => keeper.leaseOf(budget) ?? []);
  return {
    process,
    keeper,
    started,
    errors,
    gained,
    leases,
    owned: () => new Set(leases().map((l) => l.shard)),
  };
}

type Worker = ReturnType<typeof startWorker>;

/** No budget has two that may send for it, nor is any left without one. */
function expectShared(workers: readonly Worker[]): void {
  const owned = workers.flatMap((worker) => [...worker.owned()]);
  expect(owned.sort((a, b) => a - b)).toEqual(Array.from({ length: SHARDS }, (_, shard) => shard));
}

async function started(...workers: Worker[]): Promise<void> {
  for (let i = 0; i < 40; i += 1) await clock.advance(100);
  await Promise.all(workers.map((worker) => worker.started));
}

describe('a worker alone', () => {
  it('owns every budget as soon as it has started, and is told so', async () => {
    const worker = startWorker();
    await clock.advance(0);
    await worker.started;
    expectShared([worker]);
    expect(worker.gained).toHaveLength(1);
    expect(worker.errors).toEqual([]);
  });

  it('refuses to start where the store can not say who owns what', async () => {
    const broken = createShardKeeper({
      store: {
        settings: store.settings,
        ownership: { ...store.ownership, join: () => Promise.reject(new Error('away')) },
      },
      clock,
      random: seededRandom(1),
      label: 'w',
      timing: leaseTiming(CALL_MS),
      shardCount: SHARDS,
      onError: () => undefined,
    });
    const start = broken.start({ gained: () => undefined, drain: () => Promise.resolve() });
    const refused = expect(start).rejects.toThrow('away');
    await clock.advance(0);
    await refused;
    await broken.stop(0);
  });
});

describe('workers that share the budgets', () => {
  it('hand over what a newcomer should have, drained, and own each budget once', async () => {
    const drained: number[] = [];
    const first = startWorker({ drain: async ({ shard }) => void drained.push(shard) });
    await started(first);
    const second = startWorker();
    await started(first, second);
    expectShared([first, second]);
    expect(second.owned().size).toBeGreaterThan(0);
    expect(new Set(drained)).toEqual(second.owned());
  });

  it('keep what is being drained from the newcomer until it is, and begin nothing under it', async () => {
    const done = Promise.withResolvers<void>();
    const first = startWorker({ drain: () => done.promise });
    await started(first);
    const before = first.leases();
    const second = startWorker();
    await started(second);
    expect(second.owned().size).toBe(0);
    const leaving = before.filter(({ shard }) => !first.owned().has(shard));
    expect(leaving.length).toBeGreaterThan(0);
    // What is on its way may still end.
    expect(leaving.every((lease) => first.keeper.mayDispatch(lease))).toBe(true);
    done.resolve();
    await started(first, second);
    expectShared([first, second]);
    expect(leaving.some((lease) => first.keeper.mayDispatch(lease))).toBe(false);
  });

  it('let a new owner begin nothing for one window of the limits', async () => {
    const first = startWorker();
    await started(first);
    const second = startWorker();
    await clock.advance(0);
    await second.started;
    for (let waited = 0; second.owned().size === 0; waited += 100) {
      expect(waited).toBeLessThan(5_000);
      await clock.advance(100);
      const taken = (await store.ownership.shards()).filter((lease) => lease.epoch > 1);
      if (taken.length > 0 && waited < 900) expect(second.owned().size).toBe(0);
    }
    expectShared([first, second]);
  });

  it('take over from one that was killed within 17 s, and not before 15', async () => {
    const [first, second] = [startWorker(), startWorker()];
    await started(first, second);
    expectShared([first, second]);
    first.process.kill();
    await clock.advance(14_000);
    expect(second.owned().size).toBeLessThan(SHARDS);
    await clock.advance(4_000);
    expectShared([second]);
  });

  it('stop sending 4 s after the last beat, also without hearing of anything', async () => {
    const worker = startWorker();
    await started(worker);
    const lease = worker.leases()[0] as Lease;
    worker.process.freeze();
    await clock.advance(4_000);
    // Asked from outside, as the first thing that a frozen process does when it goes on.
    expect(worker.keeper.mayDispatch(lease)).toBe(false);
    worker.process.thaw();
    await clock.advance(1_500);
    expect(worker.keeper.mayDispatch(lease)).toBe(true);
  });

  it('tell a frozen one that it has lost everything when it goes on, and give it a new share', async () => {
    const [first, second] = [startWorker(), startWorker()];
    await started(first, second);
    const lost = first.leases();
    first.process.freeze();
    await clock.advance(20_000);
    expectShared([second]);
    first.process.thaw();
    expect(lost.some((lease) => first.keeper.mayDispatch(lease))).toBe(false);
    await clock.advance(6_000);
    expectShared([first, second]);
    expect(first.owned().size).toBeGreaterThan(0);
    expect(lost.some((lease) => first.keeper.mayDispatch(lease))).toBe(false);
  });

  it('hand over within moments when one stops, and hold none after that', async () => {
    const [first, second] = [startWorker(), startWorker()];
    await started(first, second);
    const stopping = first.keeper.stop(10_000);
    await clock.advance(3_000);
    await stopping;
    expectShared([second]);
    expect(first.leases()).toEqual([]);
    expect((await store.ownership.workers()).map((row) => row.label)).toHaveLength(1);
  });

  it('do not wait longer than the grace for what does not drain', async () => {
    const worker = startWorker({ drain: () => new Promise(() => undefined) });
    await started(worker);
    const stopping = worker.keeper.stop(2_000);
    await clock.advance(2_000);
    await stopping;
    // It has not left: others wait until they may fence it, and wait out what it may have on the wire.
    expect(await store.ownership.workers()).toHaveLength(1);
  });

  it('fence nobody because the store was away for all', async () => {
    const [first, second] = [startWorker(), startWorker()];
    await started(first, second);
    const before = (await store.ownership.workers()).map((row) => row.workerId).sort();
    first.process.freeze();
    second.process.freeze();
    await clock.advance(60_000);
    second.process.thaw();
    await clock.advance(10);
    first.process.thaw();
    await clock.advance(5_000);
    expect((await store.ownership.workers()).map((row) => row.workerId).sort()).toEqual(before);
    expectShared([first, second]);
  });
});

describe('workers of two programs', () => {
  /** By worker id; nobody else is alive. */
  async function expectOwners(wanted: (ids: readonly string[]) => readonly (string | null)[]): Promise<void> {
    const ids = (await store.ownership.workers()).map(({ workerId }) => workerId);
    const owners = (await store.ownership.shards()).map(({ owner }) => owner);
    expect(owners).toEqual(wanted(ids));
  }
  const plain = (ids: readonly string[]) =>
    Array.from({ length: SHARDS }, (_, shard) => preferredWorker(shard, ids));
  const even = (ids: readonly string[]) =>
    evenOwners(new Map(ids.map((id) => [id, shardWeights(id, SHARDS)])), SHARDS);

  it('share by the rule that both know, and evenly as soon as the old one has gone, each budget once', async () => {
    const fresh = [startWorker(), startWorker(), startWorker()];
    await started(...fresh);
    expectShared(fresh);
    await expectOwners(even);
    const old = startWorker({ shardRule: 1 });
    await started(...fresh, old);
    expectShared([...fresh, old]);
    await expectOwners(plain);
    old.process.kill();
    await clock.advance(20_000);
    expectShared(fresh);
    await expectOwners(even);
  });

  it('are never two for one budget while old ones give way to new ones', async () => {
    const workers = [
      startWorker({ shardRule: 1 }),
      startWorker({ shardRule: 1 }),
      startWorker({ shardRule: 1 }),
    ];
    await started(...workers);
    for (const [index, old] of [...workers].entries()) {
      const fresh = startWorker();
      workers.push(fresh);
      const stopping = old.keeper.stop(2_000);
      for (let waited = 0; waited < 6_000; waited += 100) {
        await clock.advance(100);
        const owned = workers.flatMap((worker) => [...worker.owned()]);
        expect(owned).toHaveLength(new Set(owned).size);
      }
      await stopping;
      await fresh.started;
      expectShared(workers.slice(index + 1));
    }
    await expectOwners(even);
  });
});

describe('whatever workers do', () => {
  const acts = fc.array(
    fc.record({
      act: fc.constantFrom('start', 'start old', 'kill', 'freeze', 'freeze', 'thaw', 'thaw', 'stop'),
      which: fc.nat(3),
      ms: fc.constantFrom(0, 1_000, 4_500, 14_500, 18_000, 18_000),
    }),
    { minLength: 3, maxLength: 10 },
  );

  it('no budget ever has two that may send for it, and in the end each has one', async () => {
    await fc.assert(
      fc.asyncProperty(acts, async (list) => {
        clock = createVirtualClock();
        store = await openSqliteStore({ path: ':memory:' });
        const workers: (Worker & { stopped?: Promise<void> })[] = [startWorker(), startWorker()];
        await started(...workers);
        const held = new Map<Worker, Lease[]>();
        const check = (): void => {
          const senders = workers
            .filter((worker) => worker.process.running)
            .flatMap((worker) => {
              const known = [...(held.get(worker) ?? []), ...worker.leases()];
              held.set(worker, known);
              return [
                ...new Set(known.filter((lease) => worker.keeper.mayDispatch(lease)).map((l) => l.shard)),
              ];
            });
          expect(senders).toHaveLength(new Set(senders).size);
        };
        for (const { act, which, ms } of list) {
          const worker = workers[which % workers.length] as Worker & { stopped?: Promise<void> };
          if (act === 'start' && workers.length < 4) workers.push(startWorker());
          if (act === 'start old' && workers.length < 4) workers.push(startWorker({ shardRule: 1 }));
          if (act === 'kill') worker.process.kill();
          if (act === 'freeze' && worker.process.running) worker.process.freeze();
          if (act === 'thaw') worker.process.thaw();
          if (act === 'stop') worker.stopped ??= worker.keeper.stop(2_000);
          check();
          for (let left = ms; left > 0; left -= 500) {
            await clock.advance(Math.min(left, 500));
            check();
          }
        }
        const last = startWorker();
        workers.push(last);
        for (const worker of workers) worker.process.thaw();
        for (let i = 0; i < 60; i += 1) {
          await clock.advance(500);
          check();
        }
        expectShared(workers.filter((worker) => worker.process.running));
        for (const worker of workers) worker.process.kill();
        await clock.advance(1);
        await store.close();
      }),
      { seed: 4, numRuns: 40 },
    );
  }, 60_000);
});
