import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { comparePositions, partitionStart } from '../../../../src/change-feed/kafka/feed/check-offsets.ts';

describe('A partition whose log holds 10 to 20', () => {
  const log = { low: 10n, high: 20n };

  it.each([
    ['the group was before its start', 9n, 9n, { kind: 'out_of_range' }],
    ['the group was beyond its end', 21n, 21n, { kind: 'out_of_range' }],
    ['both stand at its start', 10n, 10n, { kind: 'group' }],
    ['both stand at its end', 20n, 20n, { kind: 'group' }],
    ['the store is ahead: the last commit got lost', 12n, 14n, { kind: 'group' }],
    ['somebody set the group back', 10n, 20n, { kind: 'group' }],
    ['the store is an older copy', 18n, 13n, { kind: 'back', next: 13n }],
    ['the store is a copy from right at its start', 18n, 10n, { kind: 'back', next: 10n }],
    ['the store is a copy of before its start', 18n, 9n, { kind: 'lost', next: 18n }],
    ['the store is older, the group forgotten', null, 9n, { kind: 'lost', next: 10n }],
    ['the group was forgotten: all comes again', null, 15n, { kind: 'group' }],
    ['the store knows no place', 15n, null, { kind: 'keep', next: 15n }],
    ['nobody knows a place', null, null, { kind: 'keep', next: 10n }],
    ['the topic was made anew, the group with it', null, 500n, { kind: 'other_log', next: 10n }],
    ['the topic was made anew, the group set back', 10n, 500n, { kind: 'other_log', next: 10n }],
  ])('begins rightly where %s', (_, committed, stored, start) => {
    expect(partitionStart({ ...log, committed }, stored)).toEqual(start);
  });

  it('is never begun behind what the store has not taken in and the log still holds', () => {
    const offset = fc.bigInt({ min: 0n, max: 40n });
    fc.assert(
      fc.property(offset, offset, fc.option(offset), offset, (from, length, committed, stored) => {
        const [low, high] = [from, from + length];
        const start = partitionStart({ committed, low, high }, stored);
        if (start.kind === 'group') expect(committed ?? low).toBeLessThanOrEqual(stored);
        if (start.kind === 'back') expect([start.next, start.next >= low]).toEqual([stored, true]);
        if (start.kind === 'other_log') expect(stored).toBeGreaterThan(high);
      }),
    );
  });
});

describe("Positions of a topic's partitions", () => {
  const position = (partition: number, committed: bigint | null) => ({
    topic: 'contacts',
    partition,
    committed,
    low: 0n,
    high: 50n,
  });
  const starts = (kept: readonly (readonly [number, bigint])[], ...positions: (bigint | null)[]) =>
    comparePositions(
      positions.map((committed, partition) => position(partition, committed)),
      kept.map(([partition, next]) => ({ topic: 'contacts', partition, next })),
    ).map(({ start }) => start);

  it('are those of the group where the store knows none: it is of before they were kept', () => {
    expect(starts([], 7n, null)).toEqual([
      { kind: 'keep', next: 7n },
      { kind: 'keep', next: 0n },
    ]);
  });

  it('begin anew in a partition that is newer than the copy of the store', () => {
    expect(starts([[0, 7n]], 7n, 9n, null)).toEqual([
      { kind: 'group' },
      { kind: 'back', next: 0n },
      { kind: 'keep', next: 0n },
    ]);
  });
});
