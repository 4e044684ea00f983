import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import {
  evenOwners,
  preferredWorker,
  SHARD_COUNT,
  shardOf,
  shardWeights,
} from '../../../src/domain/deciding/shard.ts';

const shards = Array.from({ length: SHARD_COUNT }, (_, shard) => shard);
const ownersOf = (workers: readonly string[]): (string | null)[] =>
  shards.map((shard) => preferredWorker(shard, workers));
const workerSets = fc.uniqueArray(fc.uuid(), { minLength: 1, maxLength: 8 });

describe('a budget', () => {
  it('has the same shard in every process, within the count', () => {
    fc.assert(
      fc.property(fc.string(), fc.integer({ min: 1, max: SHARD_COUNT }), (key, count) => {
        const shard = shardOf(key, count);
        expect(shard).toBe(shardOf(key, count));
        expect(shard).toBeGreaterThanOrEqual(0);
        expect(shard).toBeLessThan(count);
      }),
    );
  });
});

describe('the worker that should have a shard by rule 1', () => {
  it('is the one that programs before rule 2 named', () => {
    const owners = ownersOf(['a', 'b', 'c']).slice(0, 48).join('');
    expect(owners).toBe('ababcbbcabbbaaabccbacbbacccbaaacccabbcbaacbabcaa');
  });

  it('is the same for all who see the same workers, in whatever order', () => {
    fc.assert(
      fc.property(workerSets, (workers) => {
        expect(ownersOf([...workers].reverse())).toEqual(ownersOf(workers));
      }),
      { numRuns: 20 },
    );
  });

  it('changes only for what a worker that comes gets, or one that goes had', () => {
    fc.assert(
      fc.property(workerSets, fc.uuid(), (workers, comer) => {
        fc.pre(!workers.includes(comer));
        const before = ownersOf(workers);
        ownersOf([...workers, comer]).forEach((after, shard) => {
          if (after !== comer) expect(after).toBe(before[shard]);
        });
      }),
      { numRuns: 20 },
    );
  });

  it('has a fair share of them', () => {
    const owners = ownersOf(['a', 'b', 'c']);
    for (const worker of ['a', 'b', 'c']) {
      const share = owners.filter((owner) => owner === worker).length;
      expect(share).toBeGreaterThan(SHARD_COUNT / 5);
      expect(share).toBeLessThan(SHARD_COUNT / 2);
    }
  });

  it('is nobody where there is none', () => {
    expect(preferredWorker(0, [])).toBeNull();
  });
});

const weightsById = new Map<string, Uint32Array>();
const weightsOf = (id: string): Uint32Array => {
  const weights = weightsById.get(id) ?? shardWeights(id, SHARD_COUNT);
  weightsById.set(id, weights);
  return weights;
};
const evenly = (workers: readonly string[], count = SHARD_COUNT): (string | null)[] =>
  evenOwners(new Map(workers.map((id) => [id, weightsOf(id)])), count);
const sharesOf = (workers: readonly string[], owners: readonly (string | null)[]): number[] =>
  workers.map((worker) => owners.filter((owner) => owner === worker).length);
const numbered = (from: number, size: number): string[] =>
  Array.from({ length: size }, (_, index) => `worker ${String(from + index)}`);
const fleets = fc
  .tuple(fc.nat({ max: 300 }), fc.integer({ min: 1, max: 120 }))
  .map(([from, size]) => numbered(from, size));

describe('the workers that should have the shards by rule 2', () => {
  it('are named as ever, so that programs of different ages agree', () => {
    expect(evenly(['a', 'b', 'c'], 48).join('')).toBe('ababcbbcabbbcaabccbacbbacccbaaacccabbcbaaccabcaa');
  });

  it('are each wanted for the same number of shards or one more, and every shard for one of them', () => {
    fc.assert(
      fc.property(fleets, fc.integer({ min: 1, max: SHARD_COUNT }), (workers, count) => {
        const owners = evenly(workers, count);
        const shares = sharesOf(workers, owners);
        expect(owners).toHaveLength(count);
        expect(shares.reduce((sum, share) => sum + share, 0)).toBe(count);
        expect(Math.min(...shares)).toBe(Math.floor(count / workers.length));
        expect(Math.max(...shares)).toBe(Math.ceil(count / workers.length));
      }),
      { numRuns: 40 },
    );
  });

  it('are two or three shards to each of a hundred, where rule 1 leaves some without', () => {
    const workers = numbered(0, 100);
    expect(new Set(sharesOf(workers, evenly(workers)))).toEqual(new Set([2, 3]));
    expect(Math.min(...sharesOf(workers, ownersOf(workers)))).toBe(0);
  });

  it('are the same for all who see the same workers, in whatever order', () => {
    fc.assert(
      fc.property(fleets, fc.infiniteStream(fc.nat()), (workers, places) => {
        const shuffled = workers
          .map((worker) => ({ worker, place: places.next().value as number }))
          .sort((a, b) => a.place - b.place)
          .map(({ worker }) => worker);
        expect(evenly(shuffled)).toEqual(evenly(workers));
      }),
      { numRuns: 20 },
    );
  });

  it('move a worker’s share and a few beside it when it comes, and no more when it goes again', () => {
    fc.assert(
      fc.property(fleets, fc.nat({ max: 300 }), (workers, number) => {
        const comer = `comer ${String(number)}`;
        const before = evenly(workers);
        const after = evenly([...workers, comer]);
        const moved = after.filter((owner, shard) => owner !== before[shard]);
        const beside = moved.filter((owner) => owner !== comer).length;
        expect(moved.length - beside).toBeLessThanOrEqual(Math.ceil(SHARD_COUNT / (workers.length + 1)));
        expect(beside).toBeLessThanOrEqual(SHARD_COUNT / 8);
        expect(evenly(workers)).toEqual(before);
      }),
      { numRuns: 60 },
    );
  });

  it('are mostly those of rule 1, so that few shards move when the last old worker goes', () => {
    const workers = ['a', 'b', 'c', 'd'];
    const plain = ownersOf(workers);
    const moved = evenly(workers).filter((owner, shard) => owner !== plain[shard]);
    expect(moved.length).toBeLessThan(SHARD_COUNT / 8);
  });

  it('are nobody where there is none', () => {
    expect(evenly([], 3)).toEqual([null, null, null]);
  });
});
