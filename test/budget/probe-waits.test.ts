import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createProbeWaits, FIRST_WAIT_MS, LONGEST_WAIT_MS } from '../../src/budget/probe-waits.ts';

const DAY_MS = 86_400_000;
const MIDNIGHT = 20_000 * DAY_MS;
const waitsAt = (now: { at: number }, requestsPerDay: number | null = null, chance = 0) =>
  createProbeWaits({ clock: { now: () => now.at }, random: { next: () => chance }, requestsPerDay });

describe('the waits between probes', () => {
  it('grow from two seconds to five minutes, and begin anew', () => {
    const waits = waitsAt({ at: MIDNIGHT });
    const grown = Array.from({ length: 10 }, () => waits.next() / 1_000);
    expect(grown).toEqual([2, 4, 8, 16, 32, 64, 128, 256, 300, 300]);
    waits.beginAnew();
    expect(waits.next()).toBe(FIRST_WAIT_MS);
  });

  it('are up to a fifth shorter by chance, never longer', () => {
    const waits = waitsAt({ at: MIDNIGHT }, null, 0.999_9);
    expect(waits.next()).toBe(1_600);
    for (let turn = 0; turn < 20; turn += 1) waits.next();
    expect(waits.next()).toBeCloseTo(0.8 * LONGEST_WAIT_MS, -2);
  });

  it('go on from what an earlier owner of the budget left', () => {
    for (const [left, next] of [
      [2_000, 4_000],
      [5_000, 16_000],
      [200_000, 300_000],
      [3_600_000, 300_000],
    ] as const) {
      const waits = waitsAt({ at: MIDNIGHT });
      waits.resume(left);
      expect(waits.next()).toBe(next);
    }
  });

  it('use up a hundredth of a day’s calls at most, whatever begins anew', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 20_000 }),
        fc.integer({ min: 0, max: DAY_MS - 1 }),
        fc.array(fc.boolean(), { minLength: 1, maxLength: 50 }),
        (requestsPerDay, begunAt, anew) => {
          const now = { at: MIDNIGHT + begunAt };
          const waits = waitsAt(now, requestsPerDay);
          let probes = 0;
          for (let turn = 0; now.at < MIDNIGHT + DAY_MS && turn < 2_000; turn += 1) {
            if (anew[turn % anew.length] === true) waits.beginAnew();
            now.at += waits.next();
            if (now.at < MIDNIGHT + DAY_MS) probes += 1;
          }
          expect(probes).toBeLessThanOrEqual(Math.max(1, requestsPerDay / 100));
        },
      ),
      { numRuns: 50 },
    );
  });
});
