import { describe, expect, it } from '@jest/globals';
import { createSightings } from '../../src/ownership/sightings.ts';
import type { WorkerRow } from '../../src/state-store/ownership-store.port.ts';

const row = (workerId: string, beat: number): WorkerRow => ({
  workerId,
  beat,
  draining: false,
  startedAt: 0,
  beatAt: 0,
  label: 'test',
  shardRule: 1,
});

/** Looks each second from `from` to `to`, at what `beatAt` says of the time. */
function lookEachSecond(
  sightings: ReturnType<typeof createSightings>,
  [from, to]: readonly [number, number],
  beatAt: (at: number) => number,
): string[] {
  const silent: string[] = [];
  for (let at = from; at <= to; at += 1_000) {
    silent.push(...sightings.see([row('w', beatAt(at))], at).map(() => String(at)));
  }
  return silent;
}

describe('sightings', () => {
  it('name a worker once its beat has stood still for the patience, and not a moment before', () => {
    expect(lookEachSecond(createSightings(15_000, 3_000), [0, 16_000], () => 4)).toEqual(['15000', '16000']);
  });

  it('begin anew with each beat', () => {
    const sightings = createSightings(15_000, 3_000);
    expect(lookEachSecond(sightings, [0, 60_000], (at) => Math.floor(at / 14_000))).toEqual([]);
  });

  it('begin anew after the observer was blind itself', () => {
    const sightings = createSightings(15_000, 3_000);
    expect(lookEachSecond(sightings, [0, 5_000], () => 4)).toEqual([]);
    expect(lookEachSecond(sightings, [30_000, 44_000], () => 4)).toEqual([]);
    expect(lookEachSecond(sightings, [45_000, 45_000], () => 4)).toEqual(['45000']);
  });

  it('forget who has left', () => {
    const sightings = createSightings(2_000, 3_000);
    sightings.see([row('w', 1)], 0);
    sightings.see([], 1_000);
    expect(sightings.see([row('w', 1)], 2_000)).toEqual([]);
  });
});
