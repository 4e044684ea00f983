import { describe, expect, it } from '@jest/globals';
import { createRateLimiters } from '../../src/delivery/rate-limiters.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const LIMITS = { requestsPerSecond: 1_000, maxConcurrent: 10 };
const make = () => {
  const clock = createVirtualClock();
  const limiters = createRateLimiters({ clock, random: { next: () => 0 }, idleMs: 30_000 });
  return { clock, limiters };
};

describe('the limiters of a worker', () => {
  it('are shared by those who name the same budget', () => {
    const { clock, limiters } = make();
    const [one, same, other] = ['a', 'a', 'b'].map((key) => limiters.acquire(key, LIMITS));
    one?.refused(5_000);
    expect(same?.pausedUntil()).toBe(clock.now() + 5_000);
    expect(other?.pausedUntil()).toBeNull();
    expect(limiters.size).toBe(2);
  });

  it('are forgotten once nobody has used them for a while', async () => {
    const { clock, limiters } = make();
    const handles = [limiters.acquire('a', LIMITS), limiters.acquire('a', LIMITS)];
    handles[0]?.release();
    handles[0]?.release();
    await clock.advance(60_000);
    expect(limiters.size).toBe(1);
    handles[1]?.release();
    await clock.advance(29_999);
    expect(limiters.size).toBe(1);
    await clock.advance(1);
    expect(limiters.size).toBe(0);
    expect(clock.sleepers).toBe(0);
  });

  it('stay when somebody comes back in time', async () => {
    const { clock, limiters } = make();
    limiters.acquire('a', LIMITS).release();
    await clock.advance(20_000);
    const back = limiters.acquire('a', LIMITS);
    await clock.advance(100_000);
    expect(limiters.size).toBe(1);
    back.release();
    await clock.advance(30_000);
    expect(limiters.size).toBe(0);
  });

  it('are not forgotten while they know of a pause or a lowered rate', async () => {
    const { clock, limiters } = make();
    const handle = limiters.acquire('a', LIMITS);
    handle.refused(120_000);
    handle.release();
    await clock.advance(119_999);
    expect(limiters.size).toBe(1);
    expect(limiters.acquire('a', LIMITS).pausedUntil()).not.toBeNull();
  });

  it('are not forgotten while a call runs', async () => {
    const { clock, limiters } = make();
    const handle = limiters.acquire('a', LIMITS);
    const { promise, resolve } = Promise.withResolvers<void>();
    const started = Promise.withResolvers<void>();
    const call = handle.schedule(
      'live',
      () => {
        started.resolve();
        return promise;
      },
      1_000,
    );
    await started.promise;
    handle.release();
    await clock.advance(45_000);
    expect(limiters.size).toBe(1);
    resolve();
    await call;
    await clock.advance(30_000);
    expect(limiters.size).toBe(0);
  });

  it('leave no wait behind when all are closed', async () => {
    const { clock, limiters } = make();
    limiters.acquire('a', LIMITS).release();
    limiters.close();
    await clock.advance(0);
    expect([limiters.size, clock.sleepers]).toEqual([0, 0]);
  });
});
