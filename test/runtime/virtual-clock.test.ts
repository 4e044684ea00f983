import { describe, expect, it } from '@jest/globals';
import { createVirtualClock } from '../../src/runtime/virtual-clock.ts';

describe('the virtual clock', () => {
  it('wakes sleepers in the order of their times, then of their beginnings', async () => {
    const clock = createVirtualClock();
    const woken: string[] = [];
    for (const [name, ms] of [
      ['b', 20],
      ['a', 10],
      ['b2', 20],
      ['late', 31],
    ] as const) {
      void clock.sleep(ms).then(() => woken.push(`${name}@${clock.monotonic()}`));
    }
    await clock.advance(30);
    expect(woken).toEqual(['a@10', 'b@20', 'b2@20']);
    expect(clock.monotonic()).toBe(30);
    expect(clock.sleepers).toBe(1);
  });

  it('wakes what went to sleep during the same move, at its own time', async () => {
    const clock = createVirtualClock(0);
    const times: number[] = [];
    const work = (async () => {
      for (let round = 0; round < 3; round++) {
        await clock.sleep(10);
        await Promise.resolve().then(() => Promise.resolve());
        times.push(clock.now());
      }
    })();
    await clock.advance(100);
    await work;
    expect(times).toEqual([10, 20, 30]);
  });

  it('forgets a sleeper that was aborted', async () => {
    const clock = createVirtualClock();
    const controller = new AbortController();
    const sleep = clock.sleep(10, controller.signal);
    controller.abort();
    await expect(sleep).rejects.toThrow('abort');
    expect(clock.sleepers).toBe(0);
    await expect(clock.sleep(10, controller.signal)).rejects.toThrow('abort');
  });

  it('steps from sleeper to sleeper', async () => {
    const clock = createVirtualClock();
    void clock.sleep(86_400_000);
    expect(await clock.step()).toBe(true);
    expect(clock.monotonic()).toBe(86_400_000);
    expect(await clock.step()).toBe(false);
  });

  it('lets the wall clock jump without waking anyone', async () => {
    const clock = createVirtualClock(1_000_000);
    let awake = false;
    void clock.sleep(10).then(() => {
      awake = true;
    });
    clock.jumpWallClock(3_600_000);
    await clock.advance(5);
    expect([clock.now(), clock.monotonic(), awake]).toEqual([4_600_005, 5, false]);
    clock.jumpWallClock(-7_200_000);
    await clock.advance(5);
    expect([clock.now(), clock.monotonic(), awake]).toEqual([-2_599_990, 10, true]);
  });
});
