import type { Failure } from '../domain/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { BudgetStore } from '../state-store/ownership-store.port.ts';

/** What a CRM allows for one budget in a day, whoever owned the budget during it. */
export interface DailyQuota {
  /** Takes one call of today's. Rejects never; two asks that need the store wait for one answer of it. */
  take(): Promise<QuotaTurn>;
  /** Whether calls are reserved that were not made yet: forgotten, they are lost for the day. */
  holdsCalls(): boolean;
}

type HeldBack = Extract<Failure, { kind: 'rate_limited' }> & { readonly retryAfterMs: number };

export type QuotaTurn =
  /** The call may go. `giveBack` where it was certainly not sent. */
  | { readonly ok: true; giveBack(): void }
  /** `DAILY_QUOTA_USED` until the next midnight, or `QUOTA_UNKNOWN` while the store can't answer; neither is an attempt. */
  | { readonly ok: false; readonly failure: HeldBack };

export interface DailyQuotaOptions {
  readonly store: Pick<BudgetStore, 'reserve'>;
  /** The hash of the budget's key. */
  readonly budget: string;
  readonly requestsPerDay: number;
  readonly clock: Pick<Clock, 'now'>;
  readonly onError: (error: unknown) => void;
}

const DAY_MS = 86_400_000;
const LARGEST_BLOCK = 500;
/** A store that could not answer is asked again after this, ms. */
const ASK_AGAIN_MS = 2_000;

/** How many calls are reserved at once: a hundredth of the day's, 1 at least and 500 at most. As many can be lost at an owner's end. */
export function blockOf(requestsPerDay: number): number {
  return Math.max(1, Math.min(LARGEST_BLOCK, Math.floor(requestsPerDay / 100)));
}

/**
 * Counts in the store, in blocks, so that a day's quota holds over restarts and changes of owner, and most calls cost no write.
 * The day is the UTC date of this machine's clock; what is left of a block when it ends is dropped.
 */
export function createDailyQuota(options: DailyQuotaOptions): DailyQuota {
  const { store, budget, requestsPerDay, clock } = options;
  let day = dayOf(clock.now());
  let left = 0;
  let usedUp = false;
  let reserving: Promise<boolean> | null = null;

  const turnDay = () => {
    const today = dayOf(clock.now());
    if (today !== day) [day, left, usedUp] = [today, 0, false];
  };
  const reserve = async (): Promise<boolean> => {
    const reservedFor = day;
    try {
      const granted = await store.reserve(budget, reservedFor, blockOf(requestsPerDay), requestsPerDay);
      if (reservedFor !== day) return true;
      left += granted;
      usedUp = granted === 0;
      return true;
    } catch (error) {
      options.onError(error);
      return false;
    } finally {
      reserving = null;
    }
  };
  const takeOne = (): QuotaTurn => {
    const takenOf = day;
    let mayComeBack = true;
    left -= 1;
    return {
      ok: true,
      giveBack() {
        if (mayComeBack && takenOf === day) left += 1;
        mayComeBack = false;
      },
    };
  };

  return {
    async take() {
      for (;;) {
        turnDay();
        if (left > 0) return takeOne();
        if (usedUp) return { ok: false, failure: used(clock.now()) };
        reserving ??= reserve();
        if (!(await reserving)) return { ok: false, failure: unknown() };
      }
    },
    holdsCalls() {
      turnDay();
      return left > 0;
    },
  };
}

function dayOf(at: number): string {
  return new Date(at).toISOString().slice(0, 10);
}

function used(now: number): HeldBack {
  return {
    kind: 'rate_limited',
    code: 'DAILY_QUOTA_USED',
    detail: 'What the CRM allows for a day is used up; it goes on after midnight UTC.',
    retryAfterMs: DAY_MS - (now % DAY_MS),
  };
}

function unknown(): HeldBack {
  return {
    kind: 'rate_limited',
    code: 'QUOTA_UNKNOWN',
    detail: 'How much of the day’s quota is left could not be read, so nothing was sent.',
    retryAfterMs: ASK_AGAIN_MS,
  };
}
