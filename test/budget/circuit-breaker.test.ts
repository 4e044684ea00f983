import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import {
  type CircuitBreaker,
  type CircuitBreakerOptions,
  createCircuitBreaker,
} from '../../src/budget/circuit-breaker.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';

const DONE: CallOutcome<number> = { kind: 'applied', value: 1 };
const DOWN: CallOutcome<number> = { kind: 'ambiguous', code: 'CRM_FAILED', detail: '', status: 503 };
const UNREACHABLE: CallOutcome<number> = {
  kind: 'retry_later',
  code: 'CONNECT_FAILED',
  detail: '',
  status: null,
};
const LIMITED: CallOutcome<number> = {
  kind: 'rate_limited',
  code: 'TOO_MANY_REQUESTS',
  detail: '',
  retryAfterMs: 1,
};
const UNAUTHORISED: CallOutcome<number> = {
  kind: 'unauthorised',
  code: 'CREDENTIALS_REFUSED',
  detail: '',
  status: 401,
};
const REJECTED: CallOutcome<number> = {
  kind: 'rejected',
  code: 'REFUSED_BY_CRM',
  detail: '',
  status: 422,
  fields: [],
};
const GONE: CallOutcome<number> = { kind: 'gone', code: 'NOT_FOUND', detail: '' };
const STOPPING: CallOutcome<number> = { kind: 'withheld', code: 'STOPPING', detail: '' };
const NEUTRAL = [LIMITED, UNAUTHORISED, REJECTED, GONE, STOPPING];

const made: CircuitBreaker[] = [];
const make = (options: Pick<CircuitBreakerOptions, 'openUntil' | 'onChange'> = {}) => {
  const breaker = createCircuitBreaker({ clock: { now: () => Date.now() }, ...options });
  made.push(breaker);
  return breaker;
};
const ending = (outcome: CallOutcome<number>) => jest.fn(() => Promise.resolve(outcome));
const runAll = async (breaker: CircuitBreaker, outcomes: readonly CallOutcome<number>[]) => {
  for (const outcome of outcomes) await breaker.run(ending(outcome));
};
const times = (count: number, outcome: CallOutcome<number>) => Array.from({ length: count }, () => outcome);
const opened = async () => {
  const breaker = make();
  await runAll(breaker, times(5, DOWN));
  expect(breaker.state()).toBe('open');
  return breaker;
};
const halfOpened = async () => {
  const breaker = await opened();
  jest.advanceTimersByTime(10_000);
  expect(breaker.state()).toBe('half_open');
  return breaker;
};

beforeEach(() => {
  jest.useFakeTimers();
});
afterEach(() => {
  for (const breaker of made.splice(0)) breaker.dispose();
  expect(jest.getTimerCount()).toBe(0);
  jest.useRealTimers();
});

describe('a closed breaker', () => {
  it('returns what the call ends in, and opens at the fifth failure in a row', async () => {
    expect(await make().run(ending(DONE))).toBe(DONE);
    const breaker = make();
    for (const outcome of [DOWN, UNREACHABLE, DOWN, UNREACHABLE]) {
      expect(await breaker.run(ending(outcome))).toBe(outcome);
      expect(breaker.state()).toBe('closed');
    }
    await breaker.run(ending(DOWN));
    expect(breaker.state()).toBe('open');
  });

  it('stays closed while no more than half of the calls fail', async () => {
    const breaker = make();
    for (let turn = 0; turn < 50; turn += 1) await runAll(breaker, [DONE, DOWN]);
    expect(breaker.state()).toBe('closed');
  });

  it('forgets failures after the window', async () => {
    const breaker = make();
    await runAll(breaker, times(4, DOWN));
    jest.advanceTimersByTime(11_000);
    await runAll(breaker, times(4, DOWN));
    expect(breaker.state()).toBe('closed');
  });

  it('is neither opened by a storm of limits and refusals nor calmed by them', async () => {
    const breaker = make();
    for (let turn = 0; turn < 20; turn += 1) await runAll(breaker, NEUTRAL);
    expect(breaker.state()).toBe('closed');
    for (let turn = 0; turn < 5; turn += 1) await runAll(breaker, [DOWN, ...NEUTRAL]);
    expect(breaker.state()).toBe('open');
  });

  it('is not opened by calls whose failing tells nothing of the others, which fare as any', async () => {
    const breaker = make();
    for (const outcome of [...times(20, DOWN), DONE])
      expect(await breaker.runAside(ending(outcome))).toBe(outcome);
    expect(breaker.state()).toBe('closed');
    await runAll(breaker, times(5, DOWN));
    expect(breaker.state()).toBe('open');
    const call = ending(DONE);
    expect(await breaker.runAside(call)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(call).not.toHaveBeenCalled();
  });

  it('is not opened by many calls at once while they are under way', async () => {
    const breaker = make();
    const outcomes = await Promise.all(times(50, DONE).map((outcome) => breaker.run(ending(outcome))));
    expect(outcomes.every(({ kind }) => kind === 'applied')).toBe(true);
    expect(breaker.state()).toBe('closed');
  });

  it('passes on what a call throws and counts nothing', async () => {
    const breaker = make();
    for (let turn = 0; turn < 10; turn += 1) {
      await expect(breaker.run(() => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    }
    expect(breaker.state()).toBe('closed');
  });

  it('lets a probe through as any call', async () => {
    expect(await make().probe(ending(DONE))).toBe(DONE);
  });
});

describe('an open breaker', () => {
  it('withholds calls and probes without calling, and says until when', async () => {
    const breaker = await opened();
    const call = ending(DONE);
    expect(await breaker.run(call)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(await breaker.probe(call)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(call).not.toHaveBeenCalled();
    expect(breaker.openUntil()).toBe(Date.now() + 10_000);
  });

  it('takes no notice of calls that were begun before it opened', async () => {
    const breaker = make();
    const late = Promise.withResolvers<CallOutcome<number>>();
    const call = breaker.run(() => late.promise);
    await runAll(breaker, times(5, DOWN));
    jest.advanceTimersByTime(10_000);
    late.resolve(DONE);
    expect(await call).toBe(DONE);
    expect(breaker.state()).toBe('half_open');
  });

  it('can be one that an earlier owner opened, for the time that was left', async () => {
    const breaker = make({ openUntil: Date.now() + 3_000 });
    expect([breaker.state(), breaker.openUntil()]).toEqual(['open', Date.now() + 3_000]);
    jest.advanceTimersByTime(3_000);
    expect(breaker.state()).toBe('half_open');
    await breaker.probe(ending(DOWN));
    expect(breaker.openUntil()).toBe(Date.now() + 10_000);
    jest.advanceTimersByTime(9_999);
    expect(breaker.state()).toBe('open');
  });

  it('is closed from the start where an earlier owner’s time has passed', () => {
    expect(make({ openUntil: Date.now() - 1 }).state()).toBe('closed');
  });
});

describe('a half-open breaker', () => {
  it('still withholds ordinary calls', async () => {
    const breaker = await halfOpened();
    const call = ending(DONE);
    expect(await breaker.run(call)).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    expect(call).not.toHaveBeenCalled();
    expect(breaker.state()).toBe('half_open');
  });

  it('closes after a probe that went well, with the old failures forgotten', async () => {
    const breaker = await halfOpened();
    expect(await breaker.probe(ending(DONE))).toBe(DONE);
    expect([breaker.state(), breaker.openUntil()]).toEqual(['closed', null]);
    await runAll(breaker, times(4, DOWN));
    expect(breaker.state()).toBe('closed');
    await runAll(breaker, [DOWN]);
    expect(breaker.state()).toBe('open');
  });

  it('opens for another window after a probe that failed', async () => {
    const breaker = await halfOpened();
    await breaker.probe(ending(DOWN));
    expect(breaker.state()).toBe('open');
    jest.advanceTimersByTime(9_999);
    expect(breaker.state()).toBe('open');
    jest.advanceTimersByTime(1);
    expect(breaker.state()).toBe('half_open');
  });

  it.each(NEUTRAL)(
    'does not close after a probe that ended in $kind, but tries again a window later',
    async (end) => {
      const breaker = await halfOpened();
      expect(await breaker.probe(ending(end))).toBe(end);
      expect(breaker.state()).toBe('open');
      jest.advanceTimersByTime(10_000);
      await breaker.probe(ending(DONE));
      expect(breaker.state()).toBe('closed');
    },
  );

  it('is not left half-open by a probe that throws', async () => {
    const breaker = await halfOpened();
    await expect(breaker.probe(() => Promise.reject(new Error('bug')))).rejects.toThrow('bug');
    expect(breaker.state()).toBe('open');
  });

  it('lets one probe through, however many ask', async () => {
    const breaker = await halfOpened();
    const end = Promise.withResolvers<CallOutcome<number>>();
    const probe = jest.fn(() => end.promise);
    const all = Array.from({ length: 50 }, () => breaker.probe(probe));
    end.resolve(DONE);
    const kinds = (await Promise.all(all)).map(({ kind }) => kind);
    expect(probe).toHaveBeenCalledTimes(1);
    expect(kinds.filter((kind) => kind === 'withheld')).toHaveLength(49);
  });
});

describe('whoever wants to know', () => {
  it('is told when it opens, opens again and closes, and not of what an earlier owner left', async () => {
    const told: (number | null)[] = [];
    const start = Date.now();
    const breaker = make({ openUntil: start + 3_000, onChange: (until) => told.push(until) });
    expect(told).toEqual([]);
    jest.advanceTimersByTime(3_000);
    await breaker.probe(ending(LIMITED));
    jest.advanceTimersByTime(10_000);
    await breaker.probe(ending(DONE));
    await runAll(breaker, times(5, DOWN));
    expect(told).toEqual([start + 13_000, null, start + 23_000]);
  });
});

describe('a breaker that was disposed of', () => {
  it('withholds everything and takes no notice of late ends', async () => {
    const breaker = await halfOpened();
    const end = Promise.withResolvers<CallOutcome<number>>();
    const probe = breaker.probe(() => end.promise);
    breaker.dispose();
    end.resolve(DONE);
    expect(await probe).toBe(DONE);
    expect(await breaker.run(ending(DONE))).toMatchObject({ code: 'BREAKER_OPEN' });
    expect(await breaker.probe(ending(DONE))).toMatchObject({ code: 'BREAKER_OPEN' });
  });
});
