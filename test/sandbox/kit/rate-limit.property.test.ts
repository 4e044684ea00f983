import { describe, expect, it } from '@jest/globals';
import fc from 'fast-check';
import { createRateLimiter, type Limit } from '../../../src/sandbox/kit/limits/rate-limit.ts';

const START = Date.UTC(2026, 2, 1, 23, 59, 58);
const DAY_MS = 86_400_000;

/** Asks after each gap, and once more when a refusal says so; tells when each request was taken. */
function run(limit: Limit, gaps: readonly number[]) {
  let elapsed = 0;
  const limiter = createRateLimiter({ now: () => START + elapsed, monotonic: () => elapsed });
  const charge = { limit, holder: 'key' };
  const taken: number[] = [];
  let refused = 0;
  for (const gap of gaps) {
    elapsed += gap;
    const { refusal } = limiter.take([charge]);
    if (refusal) {
      refused += 1;
      // Coming back when told to must succeed.
      elapsed += refusal.retryAfterMs;
      expect(limiter.take([charge]).refusal).toBeNull();
    }
    taken.push(elapsed);
  }
  expect(limiter.refused()).toBe(refused);
  return { taken, elapsed };
}

const gapsUpTo = (max: number) => fc.array(fc.integer({ min: 0, max }), { minLength: 1, maxLength: 200 });

describe('a rate limit never lets more through than it says, and always as much', () => {
  it('as a bucket', () => {
    fc.assert(
      fc.property(
        fc.integer({ min: 1, max: 50 }),
        fc.integer({ min: 1, max: 20 }),
        gapsUpTo(400),
        (perSecond, burst, gaps) => {
          const { taken, elapsed } = run({ kind: 'bucket', name: 'second', perSecond, burst }, gaps);
          // A bucket is full when it is first used.
          const since = elapsed - (gaps[0] ?? 0);
          expect(taken.length).toBeLessThanOrEqual(burst + (since / 1000) * perSecond + 1e-6);
        },
      ),
    );
  });

  it('as a window', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 10 }), gapsUpTo(4_000), (requests, gaps) => {
        const windowMs = 10_000;
        const { taken } = run({ kind: 'window', name: 'people', requests, windowMs }, gaps);
        for (const at of taken) {
          const within = taken.filter((other) => other >= at && other < at + windowMs);
          expect(within.length).toBeLessThanOrEqual(requests);
        }
      }),
    );
  });

  it('as a day, which ends at midnight UTC', () => {
    fc.assert(
      fc.property(fc.integer({ min: 1, max: 5 }), gapsUpTo(DAY_MS / 2), (requests, gaps) => {
        const { taken } = run({ kind: 'day', name: 'day', requests }, gaps);
        const perDay = new Map<number, number>();
        for (const at of taken) {
          const day = Math.floor((START + at) / DAY_MS);
          perDay.set(day, (perDay.get(day) ?? 0) + 1);
        }
        expect(Math.max(...perDay.values())).toBeLessThanOrEqual(requests);
      }),
    );
  });
});

it('counts a request against several limits at once, or against none', () => {
  const limiter = createRateLimiter({ now: () => START, monotonic: () => 0 });
  const all: Limit = { kind: 'window', name: 'all', requests: 2, windowMs: 1_000 };
  const notes: Limit = { kind: 'window', name: 'notes', requests: 1, windowMs: 5_000 };
  const note = [
    { limit: all, holder: 'a' },
    { limit: notes, holder: 'a' },
  ];
  expect(limiter.take(note)).toEqual({ left: [1, 0], refusal: null });
  expect(limiter.take(note)).toEqual({ left: [1, 0], refusal: { limit: notes, retryAfterMs: 5_000 } });
  expect(limiter.take([{ limit: all, holder: 'a' }])).toEqual({ left: [0], refusal: null });
  expect(limiter.take([{ limit: all, holder: 'b' }])).toEqual({ left: [1], refusal: null });
  expect(limiter.take([])).toEqual({ left: [], refusal: null });
  expect(limiter.refused()).toBe(1);
});
