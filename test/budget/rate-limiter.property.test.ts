import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import fc from 'fast-check';
import type { Departure } from '../../src/budget/departures.ts';
import { createBudgetLimiter } from '../../src/budget/rate-limiter.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';

/** How long the process did nothing at all, ms, after so many milliseconds of work. */
interface Stall {
  readonly afterMs: number;
  readonly ms: number;
}

const CALL_MS = 2;
const LINE = 20;
/** Under fake timers both clocks are one, so that a stall is time that passes while no timer fires. */
const clock: Clock = { ...systemClock, now: () => Date.now(), monotonic: () => Date.now() };

/**
 * When calls go out, ms, of a line that is never empty: during the stalls, and for a second after the last. `askMs` tells of each how
 * long it asks whether it may go out.
 */
async function departuresUnder(
  limit: number,
  stalls: readonly Stall[],
  askMs: () => number = () => 0,
): Promise<number[]> {
  const limits = { requestsPerSecond: limit, maxConcurrent: 16 };
  const limiter = createBudgetLimiter(limits, { clock, random: { next: () => 0 } });
  const departures: number[] = [];
  const join = (): void => {
    const call = async (departure: Departure): Promise<void> => {
      join();
      await departure.approach();
      await clock.sleep(askMs());
      await departure.depart();
      departures.push(Date.now());
      await clock.sleep(CALL_MS);
    };
    void limiter.schedule('sync', call, 600_000);
  };
  for (let waiting = 0; waiting < LINE; waiting += 1) join();
  for (const { afterMs, ms } of stalls) {
    await jest.advanceTimersByTimeAsync(afterMs);
    jest.setSystemTime(Date.now() + ms);
  }
  await jest.advanceTimersByTimeAsync(1_000);
  return departures;
}

function busiestSecond(times: readonly number[]): number {
  const counts = times.map((from) => times.filter((at) => at >= from && at < from + 1_000).length);
  return Math.max(0, ...counts);
}

/** Over the limit; the whole of it is 0.97. */
function used(times: readonly number[], limit: number): number {
  const seconds = ((times.at(-1) ?? 0) - (times[0] ?? 0)) / 1_000;
  return (times.length - 1) / seconds / limit;
}

/** As where the processors are busy: each timer some milliseconds later than it was asked for. */
function comeLate(ms: number): void {
  const inTime = globalThis.setTimeout;
  const late = (action: () => void, wait = 0) => inTime(action, wait + ms);
  globalThis.setTimeout = late as typeof globalThis.setTimeout;
}

beforeEach(() => {
  jest.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  jest.clearAllTimers();
  jest.useRealTimers();
});

describe('a budget’s limiter', () => {
  it('lets no more calls out in any second than the limit, whatever stands still and however long they ask', async () => {
    // In hundredths of the distance between two calls.
    const stall = fc.record({ after: fc.nat({ max: 400 }), lasts: fc.nat({ max: 600 }) });
    const property = fc.asyncProperty(
      fc.constantFrom(2, 10, 50, 200),
      fc.array(stall, { maxLength: 12 }),
      fc.array(fc.nat({ max: 400 }), { minLength: 1, maxLength: 12 }),
      async (limit, stalls, asks) => {
        const part = 10 / limit;
        let asked = 0;
        const inMs = stalls.map(({ after, lasts }) => ({ afterMs: after * part, ms: lasts * part }));
        const departures = await departuresUnder(
          limit,
          inMs,
          () => (asks[(asked += 1) % asks.length] ?? 0) * part,
        );
        expect(busiestSecond(departures)).toBeLessThanOrEqual(limit);
      },
    );
    await fc.assert(property, { numRuns: 15, endOnFailure: true });
  }, 60_000);

  it('starts each call one distance after the one before it, also the first of a line', async () => {
    const limits = { requestsPerSecond: 200, maxConcurrent: 16 };
    const limiter = createBudgetLimiter(limits, { clock, random: { next: () => 0 } });
    const starts: number[] = [];
    const call = () => Promise.resolve(starts.push(Date.now()));
    for (let waiting = 0; waiting < LINE; waiting += 1) void limiter.schedule('sync', call, 600_000);
    await jest.advanceTimersByTimeAsync(1_000);
    expect(starts).toHaveLength(LINE);
    const gaps = starts.slice(1).map((at, index) => at - (starts[index] ?? 0));
    expect(Math.min(...gaps)).toBeGreaterThanOrEqual(5);
  });

  it('makes up for stalls that are shorter than the calls that may follow each other at once', async () => {
    const stalls = Array.from({ length: 20 }, () => ({ afterMs: 85, ms: 15 }));
    expect(used(await departuresUnder(200, stalls), 200)).toBeGreaterThan(0.95);
  });

  it('makes up for timers that all come late, of which bottleneck alone needs several for each turn', async () => {
    comeLate(5);
    expect(used(await departuresUnder(200, [{ afterMs: 2_000, ms: 0 }]), 200)).toBeGreaterThan(0.95);
  });

  it('loses nothing by calls that ask for as long as some others take', async () => {
    const asks = [0, 60, 10, 80, 30];
    let asked = 0;
    const askMs = (): number => asks[(asked += 1) % asks.length] ?? 0;
    expect(used(await departuresUnder(50, [{ afterMs: 3_000, ms: 0 }], askMs), 50)).toBeGreaterThan(0.95);
  });
});
