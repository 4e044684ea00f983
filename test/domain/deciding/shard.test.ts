import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { preferredWorker, SHARD_COUNT, shardOf } from '../../../src/domain/deciding/shard.ts';

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

describe('the worker that should have a shard', () => {
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
