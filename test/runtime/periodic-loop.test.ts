import { describe, expect, it } from '@jest/globals';
import { startPeriodicLoop } from '../../src/runtime/periodic-loop.ts';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

function loopOf(run: (signal: AbortSignal) => Promise<unknown>, waitMs: number | (() => number) = 1_000) {
  const clock = createVirtualClock(0);
  const errors: unknown[] = [];
  const loop = startPeriodicLoop({ run, waitMs, clock, onError: (error) => errors.push(error) });
  return { clock, errors, loop };
}

describe('a periodic loop', () => {
  it('runs at once and then after each wait', async () => {
    let rounds = 0;
    const { clock, loop } = loopOf(async () => ++rounds);
    await clock.advance(0);
    expect(rounds).toBe(1);
    await clock.advance(2_500);
    expect(rounds).toBe(3);
    await loop.stop();
  });

  it('never runs two rounds at once, and waits from the end of a round', async () => {
    const starts: number[] = [];
    const { clock, loop } = loopOf(async () => {
      starts.push(clock.now());
      await clock.sleep(300);
    });
    await clock.advance(3_000);
    expect(starts).toEqual([0, 1_300, 2_600]);
    const stopping = loop.stop();
    await clock.advance(300);
    await stopping;
  });

  it('goes on after an error and reports it', async () => {
    let rounds = 0;
    const { clock, errors, loop } = loopOf(async () => {
      rounds++;
      throw new RangeError('store away');
    });
    await clock.advance(1_000);
    expect([rounds, errors.length]).toEqual([2, 2]);
    await loop.stop();
  });

  it('wakes early when asked, also when asked during a round', async () => {
    const starts: number[] = [];
    const { clock, loop } = loopOf(async () => {
      starts.push(clock.now());
      if (starts.length === 2) loop.wake();
    }, 60_000);
    await clock.advance(500);
    loop.wake();
    await clock.advance(0);
    expect(starts).toEqual([0, 500, 500]);
    await clock.advance(60_000);
    expect(starts).toEqual([0, 500, 500, 60_500]);
    await loop.stop();
  });

  it('asks for the wait anew each time', async () => {
    const waits = [10, 20, 1_000];
    const starts: number[] = [];
    const { clock, loop } = loopOf(
      async () => starts.push(clock.now()),
      () => waits.shift() ?? 0,
    );
    await clock.advance(100);
    expect(starts).toEqual([0, 10, 30]);
    await loop.stop();
  });

  it('ends its wait or its round when stopped, and takes no error of that for one', async () => {
    const idle = loopOf(async () => undefined);
    await idle.clock.advance(0);
    await idle.loop.stop();
    expect(idle.clock.sleepers).toBe(0);

    let rounds = 0;
    const busy = loopOf(async (signal) => {
      rounds++;
      await busy.clock.sleep(60_000, signal);
    });
    await busy.clock.advance(10);
    await busy.loop.stop();
    await busy.clock.advance(60_000);
    expect([rounds, busy.errors]).toEqual([1, []]);
  });
});
