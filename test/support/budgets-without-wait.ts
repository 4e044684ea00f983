import type { Budgets } from '../../src/budget/budgets.ts';
import { createApplicationRefusal } from '../../src/budget/application-refusal.ts';
import { createDailyQuota } from '../../src/budget/daily-quota.ts';
import type { CircuitBreaker } from '../../src/budget/circuit-breaker.ts';
import { createForeignAnswers } from '../../src/budget/foreign-answers.ts';
import type { RateLimiter } from '../../src/budget/rate-limiter.ts';
import type { CallOutcome } from '../../src/domain/outcome.ts';
import type { Clock } from '../../src/runtime/clock.ts';
import { createMemoryBudgetStore } from '../budget/memory-budget-store.ts';

/** After what was judged to be an outage nothing goes out for so long, ms. */
const OUTAGE_MS = 5_000;
/** Where a 429 names no time, ms. */
const PAUSE_MS = 1_000;

/**
 * One budget for all, in which turns come at once, pauses last as long as they are asked for, and days are counted: by the clock alone. What
 * the real one waits for goes by timers that no virtual clock moves.
 */
export function budgetsWithoutWait(clock: Clock): Budgets {
  const store = createMemoryBudgetStore();
  const { limiter, breaker } = unhurried(clock);
  return {
    acquire: (budget, { limits }) =>
      Promise.resolve({
        limiter,
        breaker,
        foreign: createForeignAnswers(),
        application: createApplicationRefusal(() => undefined),
        quota:
          limits.requestsPerDay === null
            ? null
            : createDailyQuota({
                store,
                budget,
                requestsPerDay: limits.requestsPerDay,
                clock,
                onError: (error) => {
                  throw error;
                },
              }),
        contexts: null,
        release: () => undefined,
      }),
    breakerStates: () => ({ closed: 1, open: 0, half_open: 0 }),
    refusedApplications: () => 0,
    size: 1,
    close: () => undefined,
  };
}

/** What a single conversation passes. */
export function unhurried(clock: Clock) {
  return { limiter: simpleLimiter(clock), breaker: simpleBreaker(clock) };
}

function simpleLimiter(clock: Clock): RateLimiter {
  let paused = 0;
  const departure = {
    approach: async () => undefined,
    depart: async () => undefined,
    leave: () => undefined,
  };
  const isPaused = (): boolean => paused > clock.now();
  return {
    schedule: async (_priority, fn) =>
      isPaused()
        ? { ran: false, reason: 'paused', retryAfterMs: paused - clock.now(), waitedMs: 0 }
        : { ran: true, value: await fn(departure), waitedMs: 0 },
    refused(retryAfterMs) {
      const pause = Math.max(PAUSE_MS, retryAfterMs ?? 0);
      paused = Math.max(paused, clock.now() + pause);
      return pause;
    },
    accepted: () => undefined,
    pauseUntil: (at) => {
      paused = Math.max(paused, at);
    },
    pausedUntil: () => (isPaused() ? paused : null),
  };
}

function simpleBreaker(clock: Clock): CircuitBreaker {
  let open = 0;
  const isOpen = (): boolean => open > clock.now();
  const run = async <T>(fn: () => Promise<CallOutcome<T>>): Promise<CallOutcome<T>> =>
    isOpen() ? { kind: 'withheld', code: 'BREAKER_OPEN', detail: 'The CRM fails.' } : await fn();
  return {
    run,
    runAside: run,
    probe: run,
    state: () => (isOpen() ? 'open' : 'closed'),
    openUntil: () => (isOpen() ? open : null),
    trip({ atLeastMs }) {
      open = clock.now() + Math.max(OUTAGE_MS, atLeastMs ?? 0);
    },
    askNow: () => undefined,
    beginTrial: () => () => undefined,
    isOnTrial: () => false,
    dispose: () => undefined,
  };
}
