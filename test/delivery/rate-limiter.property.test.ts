import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import { createBudgetLimiter } from '../../src/delivery/rate-limiter.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';

/** How long the process did nothing at all, ms, after so many milliseconds of work. */
interface Stall {
  readonly afterMs: number;
  readonly ms: number;
}

const CALL_MS = 20;
const LINE = 20;
/** Under fake timers both clocks are one, so that a stall is time that passes while no timer fires. */
const clock: Clock = { ...systemClock, now: () => Date.now(), monotonic: () => Date.now() };

/** When calls start, ms, of a line that is never empty: during the stalls, and for a second after the last. */
async function startsUnder(limit: number, stalls: readonly Stall[]): Promise<number[]> {
  const limiter = createBudgetLimiter(
    { requestsPerSecond: limit, maxConcurrent: 100 },
    { clock, random: { next: () => 0 } },
  );
  const starts: number[] = [];
  const join = (): void => {
    const call = (): Promise<void> => {
      starts.push(Date.now());
      join();
      return clock.sleep(CALL_MS);
    };
    void limiter.schedule('sync', call, 600_000);
  };
  for (let waiting = 0; waiting < LINE; waiting += 1) join();
  for (const { afterMs, ms } of stalls) {
    await jest.advanceTimersByTimeAsync(afterMs);
    jest.setSystemTime(Date.now() + ms);
  }
  await jest.advanceTimersByTimeAsync(1_000);
  return starts;
}

function busiestSecond(starts: readonly number[]): number {
  const counts = starts.map((from) => starts.filter((at) => at >= from && at < from + 1_000).length);
  return Math.max(...counts);
}

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  jest.clearAllTimers();
  jest.useRealTimers();
});

describe('a budget’s limiter in a process that stands still now and then', () => {
  it('starts no more calls within any second than the limit', async () => {
    /** In parts of the distance between two calls. */
    const stall = fc.record({
      after: fc.integer({ min: 0, max: 40 }),
      lasts: fc.integer({ min: 0, max: 60 }),
    });
    const limits = fc.constantFrom(2, 10, 50, 200);
    const property = fc.asyncProperty(limits, fc.array(stall, { maxLength: 12 }), async (limit, stalls) => {
      const part = 100 / limit;
      const inMs = stalls.map(({ after, lasts }) => ({ afterMs: after * part, ms: lasts * part }));
      expect(busiestSecond(await startsUnder(limit, inMs))).toBeLessThanOrEqual(limit);
    });
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  }, 60_000);

  it('makes up for stalls that are shorter than the calls that may follow each other at once', async () => {
    const starts = await startsUnder(
      200,
      Array.from({ length: 20 }, () => ({ afterMs: 85, ms: 15 })),
    );
    const seconds = ((starts.at(-1) ?? 0) - (starts[0] ?? 0)) / 1_000;
    expect(starts.length / seconds / 200).toBeGreaterThan(0.95);
  });
});
