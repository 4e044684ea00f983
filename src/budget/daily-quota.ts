import type { CrmAnswer } from '../connectors/connector.port.ts';
import { utcDay } from '../domain/deciding/day-of-calls.ts';
import type { Failure } from '../domain/outcome.ts';
import type { Clock } from '../runtime/clock.ts';
import type { BudgetStore } from '../state-store/ownership-store.port.ts';
import { createDayShares, nextMidnight, shareWaitMs } from './day-shares.ts';

/** What a CRM allows for one budget in a day, whoever owned the budget during it. */
export interface DailyQuota {
  /**
   * Takes one call of today's. Rejects never; two asks that need the store wait for one answer of it.
   *
   * @param isLive whether it is for a change that somebody just made: what is kept for those is its as well. Absent: it is
   * @param agency whose call it is, of those that share the budget: none uses up what is another's. Absent: nobody's in particular
   */
  take(isLive?: boolean, agency?: string): Promise<QuotaTurn>;
  /** Epoch ms until when an agency gets calls for live changes only; null where it gets others, too. */
  keptUntil(agency?: string): number | null;
  /** Whether calls are reserved that were not made yet: forgotten, they are lost for the day. */
  holdsCalls(): boolean;
  /** What an answer tells of it. Absent: nothing is learned so. */
  told?(answer: Pick<CrmAnswer, 'status' | 'headers'>): void;
}

type HeldBack = Extract<Failure, { kind: 'rate_limited' }> & { readonly retryAfterMs: number };

export type QuotaTurn =
  /** The call may go. `giveBack` where it was certainly not sent. */
  | { readonly ok: true; giveBack(): void }
  /**
   * `DAILY_QUOTA_USED` until the next midnight, `DAILY_QUOTA_KEPT` until then for all but live changes, `DAILY_SHARE_USED` for a while for
   * an agency that had its share while the rest is others', or `QUOTA_UNKNOWN` while the store can't answer; none is an attempt.
   */
  | { readonly ok: false; readonly failure: HeldBack };

export interface DailyQuotaOptions {
  readonly store: Pick<BudgetStore, 'reserve' | 'usedOn'>;
  /** The hash of the budget's key. */
  readonly budget: string;
  readonly requestsPerDay: number;
  /** The part of them that is kept for live changes, from 0 to 1. */
  readonly keptForLive?: number;
  /** How many agencies share the budget now. Absent: one. */
  readonly agencies?: () => Promise<number>;
  readonly clock: Pick<Clock, 'now'>;
  readonly onError: (error: unknown) => void;
}

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
  const { requestsPerDay, keptForLive = 0, clock } = options;
  const shared = Math.floor(requestsPerDay * (1 - keptForLive));
  const forAll = createPool(options, shared);
  const forLive = shared < requestsPerDay ? createPool(options, requestsPerDay) : null;
  const shares = createDayShares(options);
  const takeFrom = async (isLive: boolean): Promise<QuotaTurn> => {
    const turn = await forAll.take();
    if (turn !== 'used_up') return turn;
    const kept = forLive === null || !isLive ? 'used_up' : await forLive.take();
    if (kept !== 'used_up') return kept;
    const isKept = forLive !== null && !isLive && !forLive.isUsedUp();
    return { ok: false, failure: isKept ? keptBack(clock.now()) : used(clock.now()) };
  };
  const allKeptUntil = (): number | null =>
    forLive !== null && forAll.isUsedUp() && !forLive.isUsedUp() ? nextMidnight(clock.now()) : null;
  return {
    async take(isLive = true, agency = NOBODY) {
      const own = await shares.ask(agency, isLive);
      if (own === 'unknown') return { ok: false, failure: unknown() };
      if (own === 'others') return { ok: false, failure: shareUsed(clock.now()) };
      const turn = await takeFrom(isLive);
      if (!turn.ok) {
        own.giveBack();
        return turn;
      }
      return {
        ok: true,
        giveBack() {
          turn.giveBack();
          own.giveBack();
        },
      };
    },
    keptUntil: (agency = NOBODY) => allKeptUntil() ?? shares.othersUntil(agency),
    holdsCalls: () => forAll.holdsCalls() || (forLive?.holdsCalls() ?? false),
  };
}

/** Calls of nobody in particular. */
const NOBODY = '';

interface Pool {
  take(): Promise<QuotaTurn | 'used_up'>;
  isUsedUp(): boolean;
  holdsCalls(): boolean;
}

/** Calls of a day while fewer than `most` of it were given out, by whomever. */
function createPool(
  { store, budget, requestsPerDay, clock, onError }: DailyQuotaOptions,
  most: number,
): Pool {
  let day = utcDay(clock.now());
  let left = 0;
  let usedUp = false;
  let reserving: Promise<boolean> | null = null;

  const turnDay = () => {
    const today = utcDay(clock.now());
    if (today !== day) [day, left, usedUp] = [today, 0, false];
  };
  const reserve = async (): Promise<boolean> => {
    const reservedFor = day;
    try {
      const granted = await store.reserve(budget, reservedFor, blockOf(requestsPerDay), most);
      if (reservedFor !== day) return true;
      left += granted;
      usedUp = granted === 0;
      return true;
    } catch (error) {
      onError(error);
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
        if (usedUp) return 'used_up';
        reserving ??= reserve();
        if (!(await reserving)) return { ok: false, failure: unknown() };
      }
    },
    isUsedUp() {
      turnDay();
      return usedUp && left === 0;
    },
    holdsCalls() {
      turnDay();
      return left > 0;
    },
  };
}

function used(now: number): HeldBack {
  return {
    kind: 'rate_limited',
    code: 'DAILY_QUOTA_USED',
    detail: 'What the CRM allows for a day is used up; it goes on after midnight UTC.',
    retryAfterMs: nextMidnight(now) - now,
  };
}

/** About this call alone: others go on. */
function keptBack(now: number): HeldBack {
  return {
    kind: 'rate_limited',
    whose: 'request',
    code: 'DAILY_QUOTA_KEPT',
    detail:
      'What is left of the CRM’s calls for today is kept for changes that people make; the rest goes on after midnight UTC.',
    retryAfterMs: nextMidnight(now) - now,
  };
}

/** About this agency's calls alone: others go on. */
function shareUsed(now: number): HeldBack {
  return {
    kind: 'rate_limited',
    whose: 'request',
    code: 'DAILY_SHARE_USED',
    detail:
      'Several share the CRM’s calls of a day, and this account had its share: it goes on as others leave theirs, and after midnight UTC.',
    retryAfterMs: shareWaitMs(now),
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
