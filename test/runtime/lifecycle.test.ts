import { describe, expect, it, jest } from '@jest/globals';
import { createLifecycle, stopWithin } from '../../src/runtime/lifecycle.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const ignore = () => undefined;

describe('a lifecycle', () => {
  it('releases in reverse order, each after the one before has ended', async () => {
    const lifecycle = createLifecycle(ignore);
    const released: string[] = [];
    await lifecycle.start(async () => {
      lifecycle.own('store', () => released.push('store'));
      lifecycle.own('feed', async () => {
        await new Promise((resolve) => setImmediate(resolve));
        released.push('feed');
      });
    });
    expect(await lifecycle.stop()).toEqual({ failed: [] });
    expect(released).toEqual(['feed', 'store']);
  });

  it('releases what a failed start had acquired and throws its error on', async () => {
    const lifecycle = createLifecycle(ignore);
    const release = jest.fn();
    const start = lifecycle.start(async () => {
      lifecycle.own('store', release);
      await Promise.resolve();
      throw new RangeError('no port');
    });
    await expect(start).rejects.toThrow('no port');
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('releases the others when one release fails, and names it', async () => {
    const onError = jest.fn();
    const lifecycle = createLifecycle(onError);
    const release = jest.fn();
    lifecycle.own('first', release);
    lifecycle.own('second', () => Promise.reject(new RangeError('stuck')));
    expect(await lifecycle.stop()).toEqual({ failed: ['second'] });
    expect(release).toHaveBeenCalledTimes(1);
    expect(onError).toHaveBeenCalledWith('second', expect.any(RangeError));
  });

  it('stops once, however often it is asked', async () => {
    const lifecycle = createLifecycle(ignore);
    const release = jest.fn();
    lifecycle.own('store', release);
    const first = lifecycle.stop();
    expect(lifecycle.stop()).toBe(first);
    await first;
    expect(lifecycle.stop()).toBe(first);
    expect(release).toHaveBeenCalledTimes(1);
  });

  it('tells a start under way to give up, waits for it and releases what it still acquired', async () => {
    const lifecycle = createLifecycle(ignore);
    const released: string[] = [];
    const start = lifecycle.start(async (signal) => {
      await new Promise((resolve) => {
        signal.addEventListener('abort', resolve);
      });
      lifecycle.own('late', () => released.push('late'));
    });
    await lifecycle.stop();
    await start;
    expect(released).toEqual(['late']);
  });

  it('releases at once what is acquired after the stop', async () => {
    const lifecycle = createLifecycle(ignore);
    await lifecycle.stop();
    const released = new Promise<void>((resolve) => {
      lifecycle.own('late', resolve);
    });
    await released;
  });

  it('gives up waiting when the grace period is over', async () => {
    const clock = createVirtualClock();
    const stuck = createLifecycle(ignore);
    stuck.own('stuck', () => new Promise(ignore));
    const stopping = stopWithin(stuck, 15_000, clock);
    await clock.advance(15_000);
    expect(await stopping).toBe(false);

    const quick = createLifecycle(ignore);
    expect(await stopWithin(quick, 15_000, clock)).toBe(true);
    expect(clock.sleepers).toBe(0);
  });
});
