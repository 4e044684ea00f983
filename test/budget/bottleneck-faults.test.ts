import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Bottleneck from 'bottleneck/light.js';
import { createBudgetLimiter } from '../../src/budget/rate-limiter.ts';
import type { CallPriority } from '../../src/budget/waiting-line.ts';
import { type Clock, systemClock } from '../../src/runtime/clock.ts';

/**
 * What bottleneck does by itself, and what becomes of it here: each fault is shown on the bare library, too, so that code for one that
 * is gone can go as well.
 */

const SPACING_MS = 100;
/** Bottleneck's time and ours are one. */
const clock: Clock = { ...systemClock, now: () => Date.now(), monotonic: () => Date.now() };
const bare = (options: Bottleneck.ConstructorOptions = {}) =>
  new Bottleneck({ minTime: SPACING_MS, maxConcurrent: 10, ...options });
/** Of the same distance. */
const ours = (maxConcurrent = 10) =>
  createBudgetLimiter(
    { requestsPerSecond: 1_000 / SPACING_MS / 0.97, maxConcurrent },
    { clock, random: { next: () => 0 } },
  );

let started: string[];
const note = (name: string) => () => {
  started.push(name);
  return Promise.resolve();
};
const never = () => new Promise<void>(() => undefined);
const passes = (ms: number) => jest.advanceTimersByTimeAsync(ms);
const begin = (limiter: ReturnType<typeof ours>, name: string, priority: CallPriority = 'sync', most = 1e7) =>
  void limiter.schedule(priority, note(name), most);

beforeEach(() => {
  started = [];
  jest.useFakeTimers({ now: 1_000_000 });
});
afterEach(() => {
  jest.clearAllTimers();
  jest.useRealTimers();
});

describe('several timers for each job, one after the other', () => {
  const LATE_MS = 20;
  /** As where the processors are busy. */
  const comeLate = () => {
    const inTime = globalThis.setTimeout;
    const late = (action: () => void, ms = 0) => inTime(action, ms + LATE_MS);
    globalThis.setTimeout = late as typeof globalThis.setTimeout;
  };

  it('cost bottleneck most of its jobs where each is late', async () => {
    comeLate();
    const limiter = bare({ minTime: 10 });
    for (let job = 0; job < 200; job += 1) void limiter.schedule(note('job'));
    await passes(1_000);
    expect(started.length).toBeLessThan(50);
  });

  it('are one here, which may be late', async () => {
    comeLate();
    const limiter = createBudgetLimiter(
      { requestsPerSecond: 100, maxConcurrent: 16 },
      { clock, random: { next: () => 0 } },
    );
    for (let job = 0; job < 200; job += 1) begin(limiter, 'job');
    await passes(1_000);
    expect(started.length).toBeGreaterThan(90);
  });
});

describe('a job that nobody waits for any more', () => {
  it('can not be taken out of bottleneck, and has its turn', async () => {
    const limiter = bare({ maxConcurrent: 1 });
    let needed = true;
    void limiter.schedule(note('first'));
    for (let job = 0; job < 3; job += 1)
      void limiter.schedule(() => (needed ? note('given up')() : Promise.resolve()));
    void limiter.schedule(note('last'));
    await passes(10);
    needed = false;
    await passes(2 * SPACING_MS);
    expect(started).toEqual(['first']);
    await passes(3 * SPACING_MS);
    expect(started).toEqual(['first', 'last']);
  });

  it('costs no turn here', async () => {
    const limiter = ours(1);
    begin(limiter, 'first');
    for (let job = 0; job < 3; job += 1) begin(limiter, 'given up', 'sync', 50);
    begin(limiter, 'last');
    await passes(1.5 * SPACING_MS);
    expect(started).toEqual(['first', 'last']);
  });
});

describe('a job whose time bottleneck has set', () => {
  it('can not be overtaken, whatever the priority', async () => {
    const limiter = bare();
    for (const name of ['one', 'two', 'three']) void limiter.schedule({ priority: 4 }, note(name));
    await passes(20);
    void limiter.schedule({ priority: 1 }, note('live'));
    await passes(5 * SPACING_MS);
    expect(started).toEqual(['one', 'two', 'three', 'live']);
  });

  it('gives its turn to one that is more urgent here', async () => {
    const limiter = ours();
    for (const name of ['one', 'two', 'three']) begin(limiter, name);
    await passes(20);
    begin(limiter, 'live', 'live');
    await passes(5 * SPACING_MS);
    expect(started).toEqual(['one', 'live', 'two', 'three']);
  });
});

describe('a job that does not end', () => {
  it('keeps its place in bottleneck for good', async () => {
    const limiter = bare({ maxConcurrent: 1 });
    void limiter.schedule(never);
    void limiter.schedule(note('next'));
    await passes(86_400_000);
    expect(started).toEqual([]);
  });

  it('is given up here after two minutes', async () => {
    const limiter = ours(1);
    const failed = limiter.schedule('live', never, 1_000).catch((error: unknown) => String(error));
    begin(limiter, 'next');
    await passes(125_000);
    expect(started).toEqual(['next']);
    expect(await failed).toContain('given up');
    expect(limiter.neededFor()).toBeLessThan(1_000);
  });
});

describe('a wall clock that is set back by an hour', () => {
  it('stops bottleneck for that hour', async () => {
    const limiter = bare();
    void limiter.schedule(note('before'));
    await passes(SPACING_MS);
    jest.setSystemTime(Date.now() - 3_600_000);
    void limiter.schedule(note('after'));
    await passes(3_500_000);
    expect(started).toEqual(['before']);
  });

  it('stops nothing here, neither what waits nor what comes, and frees no place twice', async () => {
    let elapsed = 1_000_000;
    const tick = jest.now();
    const limiter = createBudgetLimiter(
      { requestsPerSecond: 1_000 / SPACING_MS / 0.97, maxConcurrent: 2 },
      {
        clock: { ...clock, monotonic: () => elapsed + (jest.now() - tick) },
        random: { next: () => 0 },
      },
    );
    const running = Promise.withResolvers<void>();
    void limiter.schedule('live', () => running.promise, 1_000);
    void limiter.schedule('live', () => running.promise, 1_000);
    begin(limiter, 'waits');
    await passes(3 * SPACING_MS);
    jest.setSystemTime(Date.now() - 3_600_000);
    elapsed += 3_600_000;
    begin(limiter, 'comes');
    await passes(5 * SPACING_MS);
    expect(started).toEqual([]);
    running.resolve();
    await passes(5 * SPACING_MS);
    expect(started).toEqual(['waits', 'comes']);
  });
});

describe('a limit that changes', () => {
  it('stops the refill of bottleneck’s reservoir for good', async () => {
    const limiter = bare({
      minTime: 0,
      reservoir: 2,
      reservoirRefreshAmount: 2,
      reservoirRefreshInterval: 1_000,
    });
    for (let job = 0; job < 8; job += 1) void limiter.schedule(note('job'));
    await passes(1_500);
    void limiter.updateSettings({ minTime: 10 });
    await passes(60_000);
    expect(started.length).toBeLessThan(8);
  });

  it('is no setting here: all go on after a refusal, at half the rate', async () => {
    const limiter = ours();
    for (let job = 0; job < 8; job += 1) begin(limiter, 'job');
    await passes(150);
    limiter.refused(1_000);
    await passes(1_000 + 2 * SPACING_MS);
    expect(started.length).toBeLessThanOrEqual(4);
    await passes(10 * SPACING_MS);
    expect(started).toHaveLength(8);
  });
});

describe('a bound on what waits', () => {
  it('makes bottleneck drop the job that waited longest', async () => {
    const limiter = bare({ maxConcurrent: 1, highWater: 2 });
    const ends = [1, 2, 3, 4, 5].map((job) =>
      limiter.schedule(note(String(job))).then(
        () => 'ran',
        () => 'dropped',
      ),
    );
    await passes(10 * SPACING_MS);
    expect(await Promise.all(ends)).toContain('dropped');
  });

  it('is not set here: who asks waits for a time that is told', async () => {
    const limiter = ours(1);
    const ends = [1, 2, 3, 4, 5].map((job) => limiter.schedule('live', note(String(job)), 10 * SPACING_MS));
    await passes(10 * SPACING_MS);
    expect((await Promise.all(ends)).every(({ ran }) => ran)).toBe(true);
  });
});
