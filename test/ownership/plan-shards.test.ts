import { describe, expect, it } from '@jest/globals';
import { evenOwners, preferredWorker, SHARD_COUNT, shardWeights } from '../../src/domain/deciding/shard.ts';
import { createWantedBy, planShards, type ShardMoves } from '../../src/ownership/plan-shards.ts';
import type { ShardLease } from '../../src/state-store/ownership-store.port.ts';

const COUNT = 16;
const both = ['one', 'two'];
const shardsOf = (worker: string, workers = both): number[] =>
  Array.from({ length: COUNT }, (_, shard) => shard).filter(
    (shard) => preferredWorker(shard, workers) === worker,
  );
const leased = (owner: string | null, epoch = 1): ShardLease[] =>
  Array.from({ length: COUNT }, (_, shard) => ({ shard, owner, epoch }));
const alive = (...ids: string[]) => ids.map((workerId) => ({ workerId, draining: false, shardRule: 1 }));
const holding = (shards: readonly number[], epoch = 1): ReadonlyMap<number, number> =>
  new Map(shards.map((shard) => [shard, epoch]));

function plan(over: Partial<Parameters<typeof planShards>[0]>): ShardMoves {
  return planShards({
    workerId: 'one',
    shardCount: COUNT,
    leases: [],
    workers: alive('one'),
    held: new Map(),
    ...over,
  });
}

const takenBy = (moves: ShardMoves): number[] => moves.take.map(({ shard }) => shard);
const all = shardsOf('one', ['one']);

describe('a worker that looks at the shards', () => {
  it('takes all that nobody ever had when it is alone', () => {
    expect(takenBy(plan({}))).toEqual(all);
  });

  it('takes its share only, and leaves the other’s alone', () => {
    const moves = plan({ workers: alive(...both) });
    expect(takenBy(moves)).toEqual(shardsOf('one'));
    expect(moves.handOver).toEqual([]);
  });

  it('never takes what a living worker has, however much it should be its own', () => {
    expect(takenBy(plan({ workers: alive(...both), leases: leased('two') }))).toEqual([]);
  });

  it('takes what was given up and what a worker that is gone had, as it stands in the store', () => {
    for (const owner of [null, 'gone']) {
      const moves = plan({ leases: leased(owner, 7) });
      expect(moves.take).toEqual(all.map((shard) => ({ shard, from: { shard, owner, epoch: 7 } })));
    }
  });

  it('takes its own anew where it does not know that it has them', () => {
    expect(takenBy(plan({ leases: leased('one', 3) }))).toEqual(all);
  });

  it('hands over what another should have, and keeps the rest', () => {
    const moves = plan({ workers: alive(...both), leases: leased('one'), held: holding(all) });
    expect(moves.handOver).toEqual(shardsOf('two'));
    expect({ ...moves, handOver: [] }).toEqual({ take: [], handOver: [], giveUp: [], lost: [] });
  });

  it('hands everything over when it drains, also when nobody is there to take it', () => {
    const workers = [{ workerId: 'one', draining: true, shardRule: 1 }];
    expect(plan({ workers, leases: leased('one'), held: holding(all) }).handOver).toEqual(all);
  });

  it('gives up at once what is its own in the store, not held, and another’s to have', () => {
    const moves = plan({ workers: alive(...both), leases: leased('one') });
    expect(moves.giveUp.map(({ shard }) => shard)).toEqual(shardsOf('two'));
  });

  it('knows what it has lost: to another owner, or to another epoch', () => {
    expect(plan({ leases: leased('two', 2), held: holding(all, 1) }).lost).toEqual(all);
    expect(plan({ leases: leased('one', 2), held: holding(all, 1) }).lost).toEqual(all);
  });
});

describe('workers of programs that know different rules', () => {
  const ids = ['one', 'two', 'three'];
  const fleet = (rules: readonly number[]) =>
    ids.map((workerId, index) => ({ workerId, draining: false, shardRule: rules[index] ?? 1 }));
  const plain = Array.from({ length: COUNT }, (_, shard) => preferredWorker(shard, ids));
  const even = evenOwners(new Map(ids.map((id) => [id, shardWeights(id, COUNT)])), COUNT);
  /** What each worker would take, were nothing owned, by the shard. */
  const wanted = (workers: ReturnType<typeof fleet>): (string | undefined)[] =>
    Array.from({ length: COUNT }, (_, shard) => {
      const takers = ids.filter((workerId) => takenBy(plan({ workerId, workers })).includes(shard));
      return takers.join(' and ');
    });

  it('all go by the rule that the oldest of them knows', () => {
    expect(plain).not.toEqual(even);
    expect(wanted(fleet([2, 1, 2]))).toEqual(plain);
    expect(wanted(fleet([2, 2, 2]))).toEqual(even);
    expect(wanted(fleet([2, 3, 9]))).toEqual(even);
  });

  it('no longer mind one that drains and so takes nothing', () => {
    const [first, second, last] = fleet([2, 2, 1]);
    const both = [first, second].map((worker) => worker as NonNullable<typeof worker>);
    const leaving = { ...(last as NonNullable<typeof last>), draining: true };
    expect(wanted([...both, leaving])).toEqual(wanted(both));
  });

  it('change the rule with the workers, and back again', () => {
    const wantedBy = createWantedBy();
    for (const [rules, owners] of [
      [[2, 2, 2], even],
      [[2, 1, 2], plain],
      [[2, 2, 2], even],
    ] as const)
      expect(wantedBy(fleet(rules), COUNT)).toEqual(owners);
  });
});

describe('a hundred workers', () => {
  const fleet = Array.from({ length: 100 }, (_, index) => ({
    workerId: `worker ${String(index)}`,
    draining: false,
    shardRule: 2,
  }));
  const wantedBy = createWantedBy();
  type Leases = Map<number, ShardLease>;

  /** Each looks in turn, and everything that is handed over is drained at once, until nothing changes; answers the handovers. */
  function settle(leases: Leases, workers: typeof fleet): number {
    let handovers = 0;
    for (let changed = true; changed;) {
      changed = false;
      for (const { workerId } of workers) {
        const mine = [...leases.values()].filter(({ owner }) => owner === workerId);
        const held = new Map(mine.map(({ shard, epoch }) => [shard, epoch]));
        const view = { workerId, shardCount: SHARD_COUNT, leases: [...leases.values()], workers, held };
        const { take, handOver, giveUp, lost } = planShards(view, wantedBy);
        for (const { shard, from } of take) {
          leases.set(shard, { shard, owner: workerId, epoch: (from?.epoch ?? 0) + 1 });
        }
        for (const shard of handOver) {
          leases.set(shard, { shard, owner: null, epoch: held.get(shard) ?? 0 });
        }
        expect([...giveUp, ...lost]).toEqual([]);
        handovers += handOver.length;
        changed ||= take.length + handOver.length > 0;
      }
    }
    return handovers;
  }

  const shares = (leases: Leases): number[] =>
    fleet.map(({ workerId }) => [...leases.values()].filter(({ owner }) => owner === workerId).length);

  it('end with two or three shards each, however they came, and move few when one comes or goes', () => {
    const leases: Leases = new Map();
    settle(leases, fleet.slice(0, 60));
    settle(leases, fleet.slice(0, 99));
    expect(settle(leases, fleet)).toBeLessThan(SHARD_COUNT / 8);
    expect(new Set(shares(leases))).toEqual(new Set([2, 3]));
    expect(settle(leases, fleet)).toBe(0);
    const gone = fleet.slice(1);
    expect(settle(leases, gone)).toBeLessThan(SHARD_COUNT / 8);
    expect(new Set(shares(leases))).toEqual(new Set([0, 2, 3]));
  });
});
