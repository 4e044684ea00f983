import { afterEach, describe, expect, it, jest } from '@jest/globals';
import { LONGEST_TIMER_MS, systemClock } from '../../src/runtime/clock.ts';

afterEach(() => {
  jest.useRealTimers();
});

describe('the system clock', () => {
  it('sleeps no shorter than asked', async () => {
    const before = systemClock.monotonic();
    await systemClock.sleep(20);
    expect(systemClock.monotonic() - before).toBeGreaterThanOrEqual(20);
  });

  it('ends a sleep with the reason of its signal, also of one that aborted before', async () => {
    const controller = new AbortController();
    const sleep = systemClock.sleep(60_000, controller.signal);
    controller.abort(new RangeError('enough'));
    await expect(sleep).rejects.toThrow('enough');
    await expect(systemClock.sleep(60_000, controller.signal)).rejects.toThrow('enough');
  });

  it('sleeps through a time that is longer than a timer can be', async () => {
    jest.useFakeTimers();
    const timers = jest.spyOn(globalThis, 'setTimeout');
    let awake = false;
    const sleep = systemClock.sleep(LONGEST_TIMER_MS + 5_000).then(() => {
      awake = true;
    });
    await jest.advanceTimersByTimeAsync(LONGEST_TIMER_MS);
    expect(awake).toBe(false);
    await jest.advanceTimersByTimeAsync(5_000);
    await sleep;
    expect(awake).toBe(true);
    // Node fires a longer timer at once; the fake ones don't, so the lengths themselves are looked at.
    expect(timers.mock.calls.map(([, ms]) => ms)).toEqual([LONGEST_TIMER_MS, 5_000]);
    timers.mockRestore();
  });

  it('takes a time that is past, or no number, for none', async () => {
    await Promise.all([systemClock.sleep(-5), systemClock.sleep(Number.NaN), systemClock.sleep(0)]);
  });
});
