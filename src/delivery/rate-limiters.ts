import type { PaceParts } from './pace.ts';
import {
  type BudgetLimiter,
  type RateLimiter,
  type RateLimits,
  createBudgetLimiter,
} from './rate-limiter.ts';
import { sleepUnlessAborted } from './waiting-line.ts';

export interface RateLimiterHandle extends RateLimiter {
  /** To be called once by each who acquired it; calls that wait or run still end. */
  release(): void;
}

export interface RateLimiters {
  /** The one limiter of a budget, made where there is none; the limits given first hold until it is forgotten. */
  acquire(budgetKey: string, limits: RateLimits): RateLimiterHandle;
  /** How many exist. */
  readonly size: number;
  /** Forgets all of them and ends every wait for that. */
  close(): void;
}

export interface RateLimitersOptions extends PaceParts {
  /** How long an unused limiter is kept, ms. */
  readonly idleMs?: number;
}

interface Kept {
  readonly limiter: BudgetLimiter;
  users: number;
  forgetting: AbortController | null;
}

/**
 * The limiters of a worker, by budget. They exist while somebody has work for them, and after that as long as they know
 * something that a new one would not: a pause, a lowered rate, calls of the last second.
 */
export function createRateLimiters(options: RateLimitersOptions): RateLimiters {
  const { clock, idleMs = 30_000 } = options;
  const budgets = new Map<string, Kept>();

  const forgetWhenIdle = async (budgetKey: string, kept: Kept) => {
    const { signal } = (kept.forgetting = new AbortController());
    let wait = idleMs;
    while (wait > 0) {
      if (!(await sleepUnlessAborted(clock, wait, signal))) return;
      const needed = kept.limiter.neededFor();
      wait = Number.isFinite(needed) ? needed : idleMs;
    }
    budgets.delete(budgetKey);
  };

  return {
    acquire(budgetKey, limits) {
      const kept: Kept = budgets.get(budgetKey) ?? {
        limiter: createBudgetLimiter(limits, options),
        users: 0,
        forgetting: null,
      };
      budgets.set(budgetKey, kept);
      kept.users += 1;
      kept.forgetting?.abort();
      kept.forgetting = null;
      let released = false;
      return {
        ...kept.limiter,
        release() {
          if (released) return;
          released = true;
          kept.users -= 1;
          if (kept.users === 0) void forgetWhenIdle(budgetKey, kept);
        },
      };
    },
    get size() {
      return budgets.size;
    },
    close() {
      for (const { forgetting } of budgets.values()) forgetting?.abort();
      budgets.clear();
    },
  };
}
