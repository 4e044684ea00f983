import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import Opossum from 'opossum';
import { type CircuitBreaker, createCircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';

/** What opossum does by itself, and what becomes of it here; see `bottleneck-faults`. */

type Act = () => Promise<unknown>;

const RESET_MS = 10_000;
const SETTINGS = {
  timeout: false,
  resetTimeout: RESET_MS,
  volumeThreshold: 5,
  errorThresholdPercentage: 50,
  rollingCountTimeout: 60_000,
} as const;
const DONE: CallOutcome<number> = { kind: 'applied', value: 1 };
const DOWN: CallOutcome<number> = { kind: 'ambiguous', code: 'CRM_FAILED', detail: '', status: 503 };
const LIMITED: CallOutcome<number> = {
  kind: 'rate_limited',
  code: 'TOO_MANY_REQUESTS',
  detail: '',
  retryAfterMs: 1,
};

const opened: { shutdown(): void }[] = [];
const bare = (options: Opossum.Options = {}) => {
  const breaker = new Opossum((act: Act) => act(), { ...SETTINGS, ...options });
  opened.push(breaker);
  return breaker;
};
const ours = (): CircuitBreaker => {
  const breaker = createCircuitBreaker({ clock: { now: () => Date.now() }, windowMs: 60_000 });
  opened.push({ shutdown: () => breaker.dispose() });
  return breaker;
};
const ends = (outcome: CallOutcome<number>) => () => Promise.resolve(outcome);
const fails: Act = () => Promise.reject(new Error('503'));
const works: Act = () => Promise.resolve();
const fire = (breaker: Opossum<[Act]>, act: Act) => breaker.fire(act).catch((error: unknown) => error);
const openBare = async (options: Opossum.Options = {}) => {
  const breaker = bare(options);
  for (let call = 0; call < 5; call += 1) await fire(breaker, fails);
  expect(breaker.opened).toBe(true);
  return breaker;
};
const openOurs = async () => {
  const breaker = ours();
  for (let call = 0; call < 5; call += 1) await breaker.run(ends(DOWN));
  expect(breaker.state()).toBe('open');
  return breaker;
};

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  for (const breaker of opened.splice(0)) breaker.shutdown();
  jest.useRealTimers();
});

describe('an end that says nothing, such as a 429', () => {
  it('is a success for opossum where a filter lets it pass: it closes the breaker', async () => {
    const filtered = await openBare({ errorFilter: (error: Error) => error.message === '429' });
    jest.advanceTimersByTime(RESET_MS);
    await fire(filtered, () => Promise.reject(new Error('429')));
    expect(filtered.closed).toBe(true);
  });

  it('is neither here', async () => {
    const breaker = await openOurs();
    jest.advanceTimersByTime(RESET_MS);
    expect(await breaker.probe(ends(LIMITED))).toBe(LIMITED);
    expect(breaker.state()).toBe('open');
  });

  it('calms opossum, and not ours', async () => {
    const [filtered, breaker] = [bare({ errorFilter: (error: Error) => error.message === '429' }), ours()];
    for (let turn = 0; turn < 6; turn += 1) {
      await fire(filtered, fails);
      await breaker.run(ends(DOWN));
      for (let call = 0; call < 3; call += 1) {
        await fire(filtered, () => Promise.reject(new Error('429')));
        await breaker.run(ends(LIMITED));
      }
    }
    expect([filtered.closed, breaker.state()]).toEqual([true, 'open']);
  });
});

describe('a call that began before the breaker opened', () => {
  it('closes opossum when it ends well while a probe is awaited', async () => {
    const breaker = bare();
    const late = Promise.withResolvers<void>();
    const call = fire(breaker, () => late.promise);
    for (let other = 0; other < 5; other += 1) await fire(breaker, fails);
    jest.advanceTimersByTime(RESET_MS);
    late.resolve();
    await call;
    expect(breaker.closed).toBe(true);
  });

  it('tells ours nothing', async () => {
    const breaker = ours();
    const late = Promise.withResolvers<CallOutcome<number>>();
    const call = breaker.run(() => late.promise);
    for (let other = 0; other < 5; other += 1) await breaker.run(ends(DOWN));
    jest.advanceTimersByTime(RESET_MS);
    late.resolve(DONE);
    await call;
    expect(breaker.state()).toBe('half_open');
  });
});

describe('failures from before it closed', () => {
  it('open opossum again at the next failure', async () => {
    const breaker = await openBare();
    jest.advanceTimersByTime(RESET_MS);
    await fire(breaker, works);
    expect(breaker.closed).toBe(true);
    await fire(breaker, fails);
    expect(breaker.opened).toBe(true);
  });

  it('are forgotten here', async () => {
    const breaker = await openOurs();
    jest.advanceTimersByTime(RESET_MS);
    await breaker.probe(ends(DONE));
    for (let call = 0; call < 4; call += 1) await breaker.run(ends(DOWN));
    expect(breaker.state()).toBe('closed');
  });
});

describe('a call that takes long', () => {
  it('goes on after opossum’s time-out, which says that it failed', async () => {
    const breaker = bare({ timeout: 1_000 });
    let created = false;
    const call = fire(breaker, async () => {
      await new Promise((resolve) => setTimeout(resolve, 2_000));
      created = true;
    });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(await call).toMatchObject({ code: 'ETIMEDOUT' });
    await jest.advanceTimersByTimeAsync(1_000);
    expect(created).toBe(true);
  });

  it('leaves opossum’s one abort signal aborted for all that come after it', async () => {
    const abortController = new AbortController();
    const breaker = bare({ timeout: 1_000, abortController });
    void fire(breaker, () => new Promise(() => undefined));
    await jest.advanceTimersByTimeAsync(1_000);
    expect([breaker.closed, abortController.signal.aborted]).toEqual([true, true]);
  });

  it('ends as it ends here: its deadline is the transport’s', async () => {
    const breaker = ours();
    const late = Promise.withResolvers<CallOutcome<number>>();
    const call = breaker.run(() => late.promise);
    await jest.advanceTimersByTimeAsync(600_000);
    late.resolve(DONE);
    expect(await call).toBe(DONE);
  });
});

describe('a probe that hangs', () => {
  it('leaves opossum half-open for good, and so it has to end: here it opens again', async () => {
    const hanging = await openBare();
    jest.advanceTimersByTime(RESET_MS);
    void fire(hanging, () => new Promise(() => undefined));
    jest.advanceTimersByTime(86_400_000);
    expect([hanging.halfOpen, await fire(hanging, works)]).toMatchObject([true, { code: 'EOPENBREAKER' }]);
    const breaker = await openOurs();
    jest.advanceTimersByTime(RESET_MS);
    const end = Promise.withResolvers<CallOutcome<number>>();
    const probe = breaker.probe(() => end.promise);
    end.resolve({ kind: 'retry_later', code: 'TIMEOUT', detail: '', status: null });
    await probe;
    expect(breaker.state()).toBe('open');
  });
});

describe('more calls at once than a capacity', () => {
  it('are failures for opossum, and open it', async () => {
    const breaker = bare({ capacity: 1, volumeThreshold: 3 });
    await Promise.all([works, works, works].map((act) => fire(breaker, act)));
    expect(breaker.opened).toBe(true);
  });

  it('are no matter of the breaker here', async () => {
    const breaker = ours();
    await Promise.all(Array.from({ length: 50 }, () => breaker.run(ends(DONE))));
    expect(breaker.state()).toBe('closed');
  });
});

describe('the timers of a breaker', () => {
  it('go on in opossum until it is shut down, which ours does when it closes and when it is disposed of', async () => {
    const before = jest.getTimerCount();
    const breaker = await openOurs();
    jest.advanceTimersByTime(RESET_MS);
    await breaker.probe(ends(DONE));
    breaker.dispose();
    expect(jest.getTimerCount()).toBe(before);
    bare();
    expect(jest.getTimerCount()).toBeGreaterThan(before);
  });
});
