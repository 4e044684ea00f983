import { afterEach, beforeEach, describe, expect, it, jest } from '@jest/globals';
import { type CircuitBreaker, createCircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import { createForeignAnswers } from '../../src/budget/foreign-answers.ts';
import { createProbeWaits } from '../../src/budget/probe-waits.ts';
import type { CallOutcome, Failure } from '../../src/domain/outcome.ts';

const DONE: CallOutcome<true> = { kind: 'applied', value: true };
const DOWN: Failure = { kind: 'retry_later', code: 'CRM_FAILED', detail: '', status: 503 };
const PAGE: Failure = { ...DOWN, code: 'FOREIGN_ANSWER', status: 404 };
const asking = (retryAfterMs: number): Failure => ({
  ...DOWN,
  answer: { status: 503, form: 'json', retryAfterMs, limited: false },
});
const SHOWN = { atLeastMs: null, isHidden: false } as const;
const HIDDEN = { atLeastMs: null, isHidden: true } as const;

let breaker: CircuitBreaker;
let told: boolean[];
let successes: number;
beforeEach(() => {
  jest.useFakeTimers();
  told = [];
  successes = 0;
  breaker = make(null);
});
afterEach(() => {
  breaker.dispose();
  jest.useRealTimers();
});

function make(openUntil: number | null): CircuitBreaker {
  const clock = { now: () => Date.now() };
  return createCircuitBreaker({
    clock,
    waits: createProbeWaits({ clock, random: { next: () => 0 }, requestsPerDay: null }),
    openUntil,
    onOutage: (began) => told.push(began),
    onSuccess: () => (successes += 1),
  });
}
const leftMs = () => (breaker.openUntil() ?? Number.NaN) - Date.now();
const probe = async (outcome: CallOutcome<true>) => {
  await jest.advanceTimersByTimeAsync(leftMs());
  return await breaker.probe(() => Promise.resolve(outcome));
};
const call = (outcome: CallOutcome<true> = DONE) => breaker.run(() => Promise.resolve(outcome));

describe('an outage that was judged to be one', () => {
  it('lets nothing out but probes, further and further apart, until one is well', async () => {
    breaker.trip(SHOWN);
    expect(await call()).toMatchObject({ kind: 'withheld', code: 'BREAKER_OPEN' });
    const waited: number[] = [];
    // A page with 404 says neither that it is there nor that it isn't, and is no success.
    for (const outcome of [DOWN, PAGE, DOWN, PAGE]) {
      waited.push(leftMs());
      await probe(outcome);
    }
    expect([...waited, leftMs()]).toEqual([2_000, 4_000, 8_000, 16_000, 32_000]);
    await probe(DONE);
    expect(breaker.state()).toBe('closed');
    expect(told).toEqual([true, false]);
  });

  it('does not begin anew before something other than a probe succeeded', async () => {
    breaker.trip(SHOWN);
    await probe(DONE);
    breaker.trip(SHOWN);
    expect(leftMs()).toBe(4_000);
    await probe(DONE);
    await call();
    expect(successes).toBe(1);
    breaker.trip(SHOWN);
    expect(leftMs()).toBe(2_000);
  });

  it('lasts no shorter than an answer asks, an hour at most', async () => {
    breaker.trip({ atLeastMs: 90_000, isHidden: false });
    expect(leftMs()).toBe(90_000);
    await probe(asking(600_000));
    expect(leftMs()).toBe(600_000);
    await probe(asking(1e12));
    expect(leftMs()).toBe(3_600_000);
    await probe(asking(-5));
    expect(leftMs()).toBeLessThanOrEqual(300_000);
  });

  it('is longer where a later answer asks for more, and not deeper for the answers of one moment', () => {
    for (let answers = 0; answers < 16; answers += 1) breaker.trip(SHOWN);
    expect(leftMs()).toBe(2_000);
    breaker.trip({ atLeastMs: 30_000, isHidden: false });
    expect(leftMs()).toBe(30_000);
    breaker.trip({ atLeastMs: 10_000, isHidden: false });
    expect(leftMs()).toBe(30_000);
  });

  it('is probed at once where a person asks, and waits begin anew', async () => {
    breaker.trip(SHOWN);
    for (let turn = 0; turn < 8; turn += 1) await probe(DOWN);
    expect(leftMs()).toBe(300_000);
    breaker.askNow();
    expect(leftMs()).toBeLessThan(10);
    await probe(DOWN);
    expect(leftMs()).toBe(2_000);
    breaker.askNow();
    await probe(DONE);
    expect(breaker.state()).toBe('closed');
  });

  it('outlives its process, with waits that go on', async () => {
    breaker.dispose();
    breaker = make(Date.now() + 50_000);
    expect(leftMs()).toBe(50_000);
    await probe(DOWN);
    expect(leftMs()).toBe(128_000);
    expect(told).toEqual([]);
  });
});

describe('an outage that authenticate does not show', () => {
  it('ends for one record at a time, until one gets through', async () => {
    expect(breaker.beginTrial()).not.toBeNull();
    breaker.trip(HIDDEN);
    await probe(DONE);
    expect([breaker.state(), breaker.isOnTrial(), told]).toEqual(['closed', true, [true]]);
    const end = breaker.beginTrial();
    expect(breaker.beginTrial()).toBeNull();
    end?.();
    const again = breaker.beginTrial();
    expect(again).not.toBeNull();
    await call();
    expect(breaker.isOnTrial()).toBe(false);
    expect(breaker.beginTrial()).not.toBeNull();
    expect(told).toEqual([true, false]);
  });

  it('waits longer each time that a record finds it still there', async () => {
    const waited: number[] = [];
    for (let turn = 0; turn < 4; turn += 1) {
      breaker.trip(HIDDEN);
      waited.push(leftMs());
      await probe(DONE);
    }
    expect(waited).toEqual([2_000, 4_000, 8_000, 16_000]);
  });

  it('takes two records with nothing that succeeded in between', () => {
    const foreign = createForeignAnswers();
    expect([foreign.note('a'), foreign.note('a'), foreign.note('b'), foreign.note('a')]).toEqual([
      false,
      false,
      true,
      true,
    ]);
    foreign.clear();
    expect([foreign.note('b'), foreign.note('b'), foreign.note('c')]).toEqual([false, false, true]);
  });
});
