import { setTimeout as realSleep } from 'node:timers/promises';
import { describe, expect, it } from '@jest/globals';
import { type BudgetLimiter, createBudgetLimiter } from '../../src/budget/rate-limiter.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';
import { type VirtualClock, createVirtualClock } from '../../src/runtime/virtual-clock.ts';

const FAST = { requestsPerSecond: 1_000, maxConcurrent: 100 };
const make = (clock: Clock, limits = FAST) =>
  createBudgetLimiter(limits, { clock, random: { next: () => 0 } });

/** A call that ends when told to. */
const pending = () => {
  const { promise, resolve } = Promise.withResolvers<void>();
  const started = Promise.withResolvers<void>();
  return {
    fn: () => {
      started.resolve();
      return promise;
    },
    started: started.promise,
    end: resolve,
  };
};
const nothing = () => Promise.resolve();
const run = (limiter: BudgetLimiter) => limiter.schedule('live', nothing, 60_000);

describe('a budget’s limiter', () => {
  it('returns what the call returns and how long it waited, or rejects as it does', async () => {
    const limiter = make(systemClock);
    const scheduled = await limiter.schedule('live', () => Promise.resolve(7), 5_000);
    expect(scheduled).toMatchObject({ ran: true, value: 7 });
    expect(scheduled.waitedMs).toBeGreaterThan(0);
    await expect(limiter.schedule('live', () => Promise.reject(new Error('no')), 5_000)).rejects.toThrow(
      'no',
    );
    expect(await limiter.schedule('live', () => Promise.resolve(8), 5_000)).toMatchObject({ value: 8 });
  });

  it('keeps the distance between two starts that the rate asks for', async () => {
    const limiter = make(systemClock, { requestsPerSecond: 50, maxConcurrent: 10 });
    const starts: number[] = [];
    const call = () => {
      starts.push(performance.now());
      return realSleep(30);
    };
    await Promise.all(Array.from({ length: 30 }, () => limiter.schedule('live', call, 20_000)));
    // 29 distances of 20.6 ms; a slow machine may only make them longer.
    expect((starts.at(-1) ?? 0) - (starts[0] ?? 0)).toBeGreaterThanOrEqual(29 * 20);
  });

  it('runs no more calls at once than allowed, and lets the next in when one ends', async () => {
    const limiter = make(systemClock, { requestsPerSecond: 1_000, maxConcurrent: 2 });
    const calls = [pending(), pending(), pending()] as const;
    const all = calls.map(({ fn }) => limiter.schedule('live', fn, 10_000));
    let thirdStarted = false;
    void calls[2].started.then(() => (thirdStarted = true));
    await Promise.all([calls[0].started, calls[1].started]);
    await realSleep(50);
    expect(thirdStarted).toBe(false);
    calls[0].end();
    await calls[2].started;
    for (const call of calls) call.end();
    await Promise.all(all);
  });

  it('lets no others follow calls that are held up before they may ask to go out', async () => {
    const limiter = make(systemClock, { requestsPerSecond: 25, maxConcurrent: 16 });
    const store = Promise.withResolvers<void>();
    const begun = Array.from({ length: 7 }, () => Promise.withResolvers<void>());
    let count = 0;
    const all = begun.map(() =>
      limiter.schedule(
        'live',
        async (departure) => {
          begun[count]?.resolve();
          count += 1;
          await departure.approach();
          await store.promise;
          await departure.depart();
        },
        10_000,
      ),
    );
    // Four ask, the fifth may not yet.
    await begun[4]?.promise;
    await realSleep(100);
    expect(count).toBe(5);
    store.resolve();
    expect(await Promise.all(all)).toHaveLength(7);
    expect(count).toBe(7);
  });

  it('lets live calls go before those that began to wait earlier for less', async () => {
    const limiter = make(systemClock, { requestsPerSecond: 1_000, maxConcurrent: 1 });
    const first = pending();
    const order: string[] = [];
    const note = (name: string) => () => {
      order.push(name);
      return Promise.resolve();
    };
    const all = [limiter.schedule('live', first.fn, 10_000)];
    await first.started;
    all.push(
      limiter.schedule('sync', note('sync'), 10_000),
      limiter.schedule('replay', note('replay'), 10_000),
      limiter.schedule('live', note('live 1'), 10_000),
      limiter.schedule('retry', note('retry'), 10_000),
      limiter.schedule('live', note('live 2'), 10_000),
    );
    first.end();
    await Promise.all(all);
    expect(order).toEqual(['live 1', 'live 2', 'retry', 'replay', 'sync']);
  });

  it('gives up a call whose turn does not come in time, without calling it', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock, { requestsPerSecond: 1_000, maxConcurrent: 1 });
    const first = pending();
    const running = limiter.schedule('live', first.fn, 60_000);
    await first.started;
    let called = false;
    const late = limiter.schedule(
      'live',
      () => {
        called = true;
        return Promise.resolve();
      },
      3_000,
    );
    await clock.advance(3_000);
    expect(await late).toEqual({ ran: false, reason: 'busy', waitedMs: 3_000, retryAfterMs: 1_000 });
    first.end();
    await running;
    await run(limiter);
    expect(called).toBe(false);
  });
});

describe('a call whose caller needs it no longer', () => {
  it('leaves the line at once, uncalled, and its turn is another’s', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock, { requestsPerSecond: 1, maxConcurrent: 10 });
    await run(limiter);
    const over = new AbortController();
    const called: string[] = [];
    const call = (name: string) => () => Promise.resolve(void called.push(name));
    const left = ['a', 'b', 'c'].map((name) => limiter.schedule('live', call(name), 60_000, over.signal));
    const stays = limiter.schedule('live', call('stays'), 60_000);
    const before = clock.monotonic();
    over.abort();
    expect(await Promise.all(left)).toEqual(
      Array(3).fill({ ran: false, reason: 'left', waitedMs: expect.any(Number) }),
    );
    expect(clock.monotonic()).toBe(before);
    await clock.advance(1_100);
    // The next turn, and not the fourth.
    expect(await stays).toMatchObject({ ran: true });
    expect(called).toEqual(['stays']);
  });

  it('is not called at all where that was known before it came, and is not given up once it was', async () => {
    const limiter = make(systemClock);
    const gone = AbortSignal.abort();
    const calls = pending();
    expect(await limiter.schedule('live', calls.fn, 1_000, gone)).toMatchObject({
      ran: false,
      reason: 'left',
    });
    const over = new AbortController();
    const begun = limiter.schedule('live', calls.fn, 1_000, over.signal);
    await calls.started;
    over.abort();
    calls.end();
    expect(await begun).toMatchObject({ ran: true });
  });
});

describe('a budget’s limiter after a 429', () => {
  /** Waits for a turn, and reports whether it had come after each move of the clock but the last, which has to bring it. */
  const startedAfter = async (clock: VirtualClock, limiter: BudgetLimiter, moves: readonly number[]) => {
    let started = false;
    const call = limiter.schedule(
      'live',
      () => {
        started = true;
        return Promise.resolve();
      },
      7_200_000,
    );
    const seen: boolean[] = [];
    for (const ms of moves) {
      await clock.advance(ms);
      await realSleep(20);
      seen.push(started);
    }
    await call;
    return seen.slice(0, -1);
  };

  it('starts nothing until the pause is over, for everybody', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock);
    expect(limiter.refused(5_000)).toBe(5_000);
    expect(limiter.pausedUntil()).toBe(clock.now() + 5_000);
    expect(await startedAfter(clock, limiter, [0, 4_999, 1])).toEqual([false, false]);
    expect(limiter.pausedUntil()).toBeNull();
  });

  it('holds back a call that was already next in turn', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock);
    const waiting = startedAfter(clock, limiter, [4_999, 1]);
    limiter.refused(5_000);
    expect(await waiting).toEqual([false]);
  });

  it('answers at once where the pause is longer than the call could wait', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock, { requestsPerSecond: 1_000, maxConcurrent: 1 });
    const first = pending();
    const running = limiter.schedule('live', first.fn, 60_000);
    await first.started;
    const waiting = limiter.schedule('live', nothing, 10_000);
    limiter.refused(3_600_000_000);
    const paused = { ran: false, reason: 'paused', waitedMs: 0, retryAfterMs: 3_600_000 };
    expect(await waiting).toEqual(paused);
    expect(await limiter.schedule('live', nothing, 10_000)).toEqual(paused);
    first.end();
    await running;
  });

  it('pauses longer with each refusal in a row, and starts over once a call was accepted', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock);
    const pauses: number[] = [];
    for (let refusal = 0; refusal < 3; refusal += 1) {
      const pause = limiter.refused(null);
      pauses.push(pause);
      await clock.advance(pause);
    }
    limiter.accepted();
    pauses.push(limiter.refused(null));
    expect(pauses).toEqual([1_000, 2_000, 4_000, 1_000]);
  });

  it('takes refusals of calls that were under way together for one', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock);
    expect([1, 2, 3].map(() => limiter.refused(null))).toEqual([1_000, 1_000, 1_000]);
    expect(limiter.refused(9_000)).toBe(9_000);
    await clock.advance(9_000);
    expect(limiter.refused(null)).toBe(2_000);
  });

  it('goes on at half the rate, and at the whole again after 50 s', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock, { requestsPerSecond: 100, maxConcurrent: 10 });
    limiter.refused(1_000);
    await clock.advance(1_000);
    await run(limiter);
    // Twice the distance of 10.3 ms, by the injected clock.
    expect(await startedAfter(clock, limiter, [20, 1])).toEqual([false]);
    await clock.advance(50_000);
    await run(limiter);
    expect(await startedAfter(clock, limiter, [0])).toEqual([]);
  });

  it('keeps a pause of an earlier owner', async () => {
    const clock = createVirtualClock();
    const limiter = make(clock);
    limiter.pauseUntil(clock.now() + 3_000);
    limiter.pauseUntil(clock.now() + 1_000);
    expect(await startedAfter(clock, limiter, [2_999, 1])).toEqual([false]);
  });
});

describe('a budget’s limiter and the wall clock', () => {
  it('goes on when the clock is set back by an hour', async () => {
    const wall = { jump: 0 };
    const realNow = Date.now;
    const clock: Clock = { ...systemClock, now: () => realNow() + wall.jump };
    const limiter = make(clock, { requestsPerSecond: 50, maxConcurrent: 10 });
    Date.now = () => clock.now();
    try {
      await run(limiter);
      wall.jump = -3_600_000;
      expect(await limiter.schedule('live', nothing, 5_000)).toMatchObject({ ran: true });
      expect(await limiter.schedule('live', nothing, 5_000)).toMatchObject({ ran: true });
    } finally {
      Date.now = realNow;
    }
  });
});
