import { describe, expect, it } from '@jest/globals';
import { preferredWorker } from '../../src/domain/deciding/shard.ts';
import { planShards, type ShardMoves } from '../../src/ownership/plan-shards.ts';
import type { ShardLease } from '../../src/state-store/ownership-store.port.ts';

const COUNT = 16;
const both = ['one', 'two'];
const shardsOf = (worker: string, workers = both): number[] =>
  Array.from({ length: COUNT }, (_, shard) => shard).filter(
    (shard) => preferredWorker(shard, workers) === worker,
  );
const leased = (owner: string | null, epoch = 1): ShardLease[] =>
  Array.from({ length: COUNT }, (_, shard) => ({ shard, owner, epoch }));
const alive = (...ids: string[]) => ids.map((workerId) => ({ workerId, draining: false }));
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
    const workers = [{ workerId: 'one', draining: true }];
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
